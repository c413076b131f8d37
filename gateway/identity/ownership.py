"""Who owns whom: subsidiaries are looked through, up to the top.

Brackets accumulate over the beneficial owner, so that splitting one taker into
ten never gains. Only verified or vouched control counts: nobody can load their
taking on a stranger by claiming to belong to them.

A controller is known by a party's id, or by a name where it was no party when it was
named. Whoever is controlled under one name has one owner, whose key is made from the
name; a party of that name that is added later takes the same key. So nobody's owner
changes, and no bracket starts anew, because somebody was added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from gateway.identity.party import Party, folded
from gateway.kernel.errors import Conflict
from gateway.kernel.evidence import Level

KEY_CHARS = 32


def controller_of(party: Party) -> str:
    """What a party is provably controlled by: a name or a party's id, or empty."""
    control = party.attributes.get("controlled_by")
    if control is None or control.level < Level.VERIFIED:
        return ""
    return str(control.value)


def owner_key(name: str) -> str:
    """The id of a beneficial owner that is known by name only.

    A digest: the ledger keeps it for ten years, and the name may be a person's.
    """
    digest = hashlib.sha256(folded(name).encode()).hexdigest()
    return f"owner:{digest[:KEY_CHARS]}"


def owners(parties: Iterable[Party]) -> Mapping[str, str]:
    """The beneficial owner of each party.

    Returns:
        Party id to the id of the owner at the top: a party's, or an `owner_key`;
        empty for the party itself.

    Raises:
        Conflict: parties control each other in a circle.
    """
    known = {party.id: party for party in parties}
    keys = {owner_key(party.name): party_id for party_id, party in known.items()}
    above = {party.id: _above(party, known) for party in known.values()}
    named = {key for key in above.values() if key in keys}
    found: dict[str, str] = {}
    for party_id in known:
        top = _top(party_id, above, keys=keys)
        if top in known and owner_key(known[top].name) in named:
            top = owner_key(known[top].name)
        found[party_id] = "" if top == party_id else top
    return found


def _above(party: Party, known: Mapping[str, Party]) -> str:
    """The next owner: a party's id or the key of a name; empty at the top."""
    own = owner_key(party.name)
    if party.erased_us is not None:  # what it was controlled by may be gone
        return "" if party.owner_id == own else party.owner_id
    controller = controller_of(party)
    if not controller or controller in known:
        return controller
    key = owner_key(controller)
    return "" if key == own else key


def _top(party_id: str, above: Mapping[str, str], *, keys: Mapping[str, str]) -> str:
    seen, top = {party_id}, party_id
    while next_up := above.get(top, ""):
        top = keys.get(next_up, next_up)
        if top in seen:
            detail = (
                f"{party_id} would control itself through {top}; correct "
                "controlled_by of one of them first"
            )
            raise Conflict(detail)
        seen.add(top)
    return top
