"""Very many keys in a store, a few of which somebody uses.

They are stored in large transactions; issuing them one by one would measure the
disk. What is stored is what `copyfair key issue` stores.
"""

from __future__ import annotations

import hashlib

from gateway.bootstrap.house import House
from gateway.bootstrap.keys import peppers_of
from gateway.identity.api_key import ApiKey, spelled
from gateway.identity.pepper import hashed
from gateway.storage.stores.identity_rows import key_params
from gateway.storage.stores.identity_store import INSERT_KEY

BATCH = 50_000


def fill(house: House, *, total: int, in_use: int) -> tuple[list[str], list[str]]:
    """Store *total* keys of one new party.

    Args:
        house: The set-up.
        total: How many keys.
        in_use: How many of them somebody will show.

    Returns:
        The keys in use, and the hashes of as many others, spread over the store.
    """
    party = house.parties.add("Bench Key Holders")
    pepper = peppers_of(house.settings).current
    shown = [spelled(number, is_test=False) for number in range(in_use)]
    hashes = [hashed(key, pepper) for key in shown]
    made = hashes + [
        hashlib.sha256(f"{number}".encode()).hexdigest()
        for number in range(in_use, total)
    ]
    now_us = house.clock.now_us()
    for first in range(0, total, BATCH):
        keys = [
            ApiKey(
                id=f"key_{first + place:026d}",
                party_id=party.id,
                label=f"{first + place}",
                hash=hash_,
                pepper_id=pepper.id,
                last4="0000",
                is_test=False,
                created_us=now_us,
            )
            for place, hash_ in enumerate(made[first : first + BATCH])
        ]
        with house.store.transaction() as tx:
            tx.run_many(INSERT_KEY, [key_params(key) for key in keys])
    step = max(1, total // in_use)
    return [key.reveal() for key in shown], made[::step][:in_use]
