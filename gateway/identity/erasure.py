"""Erasing a party without breaking the books.

Ledger rows name a party by its id and the open books commit to what was known
about it. To erase is to put the commitment in the place of the text and to throw
its salt away: proofs still add up, and nobody can guess what stood there.

Persons lose their name and everything said about them. An organisation keeps
what bookkeeping needs, and loses what may name a person.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.identity.party import AttributeValue, Party
from gateway.identity.statement import Statement
from gateway.identity.vocabulary import PERSONAL

ENTITIES_OF_PERSONS = frozenset({"person", "informal", "unknown"})
"""A party nobody described is treated as a person: doubt favours privacy."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure puts in the place of what.

    Attributes:
        party_id: Whose.
        name: The commitment that replaces the name; None keeps the name.
        values: Statement number to the commitment that replaces its value.
        erased_us: Microseconds UTC.
    """

    party_id: str
    name: str | None
    values: Mapping[int, str]
    erased_us: int


def commitment(salt: str, what: str, value: AttributeValue) -> str:
    """A commitment to one text: `sha256:` and the hex HMAC-SHA256 under the salt."""
    message = json.dumps([what, value], ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hmac.digest(salt.encode(), message.encode(), 'sha256').hex()}"


def committed(statements: Iterable[Statement]) -> Mapping[int, str]:
    """Number of a statement to the commitment that can stand for its value."""
    return {
        one.number: commitment(one.salt, one.attribute, one.value)
        for one in statements
        if not one.is_erased
    }


def planned_erasure(
    party: Party, statements: tuple[Statement, ...], *, salt: str, at_us: int
) -> Erasure:
    """What erasing a party replaces.

    Args:
        party: Who is to be erased.
        statements: Everything ever said about it.
        salt: The salt of the commitment to its name.
        at_us: When, microseconds UTC.
    """
    entity = party.attributes.get("entity")
    is_person = entity is None or entity.value in ENTITIES_OF_PERSONS
    values = committed(
        one for one in statements if is_person or one.attribute in PERSONAL
    )
    name = commitment(salt, "name", party.name) if is_person else None
    return Erasure(party.id, name, MappingProxyType(values), at_us)
