"""Parties and keys in memory; held to the same contracts as the real store."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.identity.api_key import ApiKey
from gateway.identity.erasure import Erasure
from gateway.identity.party import Party, folded
from gateway.identity.ports import NO_OWNERS, Found, Held
from gateway.identity.statement import Statement, current
from gateway.kernel.errors import Conflict, NotFound, Unavailable


class FakeIdentityStore:
    """`PartyStore`, `KeyStore` and `KeyDirectory` over dictionaries.

    Attributes:
        is_down: Every question is answered with `Unavailable`.
        asked: How many look-ups there were.
    """

    def __init__(self) -> None:
        self.is_down = False
        self.asked = 0
        self._epoch = 1
        self._lock = threading.RLock()
        self._parties: dict[str, Party] = {}
        self._salts: dict[str, str] = {}
        self._said: dict[str, list[Statement]] = {}
        self._keys: dict[str, ApiKey] = {}

    def add_party(
        self,
        party: Party,
        statements: Sequence[Statement],
        *,
        salt: str,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        if party.id in self._parties or self.find_party_named(party.name):
            detail = f"there is a party named {party.name!r} already"
            raise Conflict(detail)
        self._parties[party.id] = party
        self._salts[party.id] = salt
        self._said[party.id] = list(statements)
        self.set_owners(owners)

    def find_party(self, party_id: str) -> Party | None:
        party = self._parties.get(party_id)
        if party is None:
            return None
        return replace(party, attributes=current(self._said[party_id]))

    def find_party_named(self, name: str) -> Party | None:
        for party in self._parties.values():
            if folded(party.name) == folded(name):
                return self.find_party(party.id)
        return None

    def all_parties(self) -> tuple[Party, ...]:
        found = [self.find_party(party_id) for party_id in sorted(self._parties)]
        return tuple(party for party in found if party is not None)

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        return tuple(
            party
            for party in self.all_parties()
            if party.beneficial_owner_id == owner_id
        )

    def add_statement(
        self, statement: Statement, *, owners: Mapping[str, str] = NO_OWNERS
    ) -> None:
        said = self._said[self._known_party(statement.party_id).id]
        if any(one.number == statement.number for one in said):
            detail = "somebody else said something meanwhile"
            raise Conflict(detail)
        said.append(statement)
        self.set_owners(owners)
        self._epoch += 1

    def withdraw(
        self,
        statement: Statement,
        values: Mapping[int, str],
        *,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        self.add_statement(statement, owners=owners)
        self._erase_statements(statement.party_id, values)

    def statements_about(self, party_id: str) -> tuple[Statement, ...]:
        said = self._said.get(party_id, ())
        return tuple(sorted(said, key=lambda one: one.number))

    def salt_of(self, party_id: str) -> str:
        return self._salts[self._known_party(party_id).id]

    def set_owners(self, owners: Mapping[str, str]) -> None:
        changed = False
        for party_id, owner_id in owners.items():
            party = self._parties.get(party_id)
            if party is not None and party.owner_id != owner_id:
                self._parties[party_id] = replace(party, owner_id=owner_id)
                changed = True
        self._epoch += changed

    def erase_party(self, erasure: Erasure) -> int:
        party = self._known_party(erasure.party_id)
        self._erase_statements(party.id, erasure.values)
        if erasure.name is not None and self._salts[party.id]:
            party = replace(party, name=erasure.name)
            self._salts[party.id] = ""
        if party.erased_us is None:
            party = replace(party, erased_us=erasure.erased_us)
        self._parties[party.id] = party
        live = [key for key in self.keys_of(party.id) if key.revoked_us is None]
        for key in live:
            self._keys[key.id] = replace(key, revoked_us=erasure.erased_us)
        self._epoch += 1
        return len(live)

    def _erase_statements(self, party_id: str, values: Mapping[int, str]) -> None:
        self._said[party_id] = [
            replace(one, value=values[one.number], by="", salt="", is_erased=True)
            if one.number in values and not one.is_erased
            else one
            for one in self._said[party_id]
        ]

    def add_key(self, key: ApiKey, *, live_max: int) -> None:
        self._known_party(key.party_id)
        with self._lock:
            same = [
                one
                for one in self.keys_of(key.party_id)
                if one.label == key.label and one.is_live_at(key.created_us)
            ]
            if len(same) >= live_max:
                detail = f"{live_max} keys labelled {key.label!r} are live already"
                raise Conflict(detail)
            if any(one.hash == key.hash for one in self._keys.values()):
                detail = "the hash is taken"
                raise Conflict(detail)
            self._keys[key.id] = key

    def replace_key(
        self, old_id: str, new: ApiKey, *, old_expires_us: int, live_max: int
    ) -> None:
        with self._lock:
            old = self._known_key(old_id)
            if old.replaced_by or not old.is_live_at(new.created_us):
                detail = f"key {old_id} is not the live one"
                raise Conflict(detail)
            expires_us = min(old_expires_us, old.expires_us or old_expires_us)
            ending = replace(old, expires_us=expires_us, replaced_by=new.id)
            self._keys[old_id] = ending
            try:
                self.add_key(new, live_max=live_max)
            except Conflict:
                self._keys[old_id] = old
                raise
            self._epoch += 1

    def find_key(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    def keys_of(self, party_id: str) -> tuple[ApiKey, ...]:
        return tuple(key for key in self.all_keys() if key.party_id == party_id)

    def all_keys(self) -> tuple[ApiKey, ...]:
        return tuple(sorted(self._keys.values(), key=lambda k: (k.created_us, k.id)))

    def revoke_key(self, key_id: str, *, at_us: int) -> ApiKey:
        key = self._known_key(key_id)
        if key.revoked_us is None:
            key = self._keys[key_id] = replace(key, revoked_us=at_us)
            self._epoch += 1
        return key

    def epoch(self) -> int:
        self._answer()
        return self._epoch

    def find_by_hash(self, hashes: Sequence[str]) -> Found:
        self._answer()
        for key in self._keys.values():
            if key.hash in hashes:
                return self._found(key)
        return Found(self._epoch, None)

    def find_by_id(self, key_id: str) -> Found:
        self._answer()
        key = self._keys.get(key_id)
        return Found(self._epoch, None) if key is None else self._found(key)

    def _found(self, key: ApiKey) -> Found:
        party = self.find_party(key.party_id)
        return Found(self._epoch, None if party is None else Held(key, party))

    def _answer(self) -> None:
        self.asked += 1
        if self.is_down:
            detail = "the store does not answer"
            raise Unavailable(detail)

    def _known_party(self, party_id: str) -> Party:
        if party_id not in self._parties:
            detail = f"there is no party {party_id}"
            raise NotFound(detail)
        return self._parties[party_id]

    def _known_key(self, key_id: str) -> ApiKey:
        if key_id not in self._keys:
            detail = f"there is no key {key_id}"
            raise NotFound(detail)
        return self._keys[key_id]
