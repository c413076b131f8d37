"""A party: a person or organisation we know, and how well we know what it is.

A valid key proves who, never what: every attribute carries its own evidence
level. Self-declared is claimed; a machine check is verified; entered by a
steward or an alliance member is vouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from unicodedata import normalize

from gateway.kernel.evidence import Level

AttributeValue = str | int | bool


def folded(name: str) -> str:
    """A name without its case and its spaces: what two parties may not share.

    Nor may they share one that only computers tell apart: an accent beside its letter
    or in it, a wide letter (NFKC, Unicode Standard Annex 15).
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing known about a party.

    Attributes:
        value: A word of the domain (`coop-worker`), a number or a flag.
        level: How well it is known.
        source: Who or what says so, for a reader: `self-declared`, `steward`.
    """

    value: AttributeValue
    level: Level
    source: str


NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Party:
    """A person or organisation.

    Attributes:
        id: `pty_…`.
        name: As it stands on an invoice.
        attributes: By name without prefix: `entity`, `surplus`, `staff`,
            `revenue_eur`, `mau`, `country_income`, `controlled_by`, `passes_on`,
            `country`, `email`, `operator` …
        owner_id: The beneficial owner, over whom brackets accumulate: a party's id,
            or a key where it is known by name only (`identity.ownership`); empty
            when nobody controls the party.
        created_us: Microseconds UTC.
        erased_us: Since when name and attributes are commitments; None while
            they are not.
    """

    id: str
    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)
    owner_id: str = ""
    created_us: int = 0
    erased_us: int | None = None

    @property
    def beneficial_owner_id(self) -> str:
        """Over whom brackets accumulate."""
        return self.owner_id or self.id

    def level_of(self, attribute: str) -> Level:
        """How well an attribute is known; unknown when nothing was said."""
        known = self.attributes.get(attribute)
        return known.level if known else Level.UNKNOWN
