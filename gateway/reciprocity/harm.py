"""Harm: what an organisation cost the commons, in units of that harm.

Harms stand beside credits and are shown; they are subtracted from nothing. A person
has no harm entries: doubt about what a party is favours the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.identity.erasure import ENTITIES_OF_PERSONS
from gateway.identity.party import Party
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level
from gateway.reciprocity.appeal import Appeal

UNITS_MAX = 10**15


class HarmKind(StrEnum):
    """What kind of harm. Public: add, never rename."""

    LOAD = "load"
    ENERGY = "energy"
    REIDENTIFICATION = "re-identification"
    SPAM = "spam"


UNIT_OF: Mapping[HarmKind, str] = MappingProxyType(
    {
        HarmKind.LOAD: "cost units",  # as policies count pages
        HarmKind.ENERGY: "Wh",
        HarmKind.REIDENTIFICATION: "people",
        HarmKind.SPAM: "messages",
    }
)
"""What each kind is counted in."""


@dataclass(frozen=True, slots=True)
class Harm:
    """A negative entry.

    Attributes:
        id: `hrm_…`.
        party_id: Which organisation.
        kind: What kind of harm.
        units: How much, in `UNIT_OF` the kind; 1 or more.
        evidence: Where it can be seen.
        by: The steward who entered it, a party's id.
        harmed_us: When it was entered.
    """

    id: str
    party_id: str
    kind: HarmKind
    units: int
    evidence: str
    by: str
    harmed_us: int

    def __post_init__(self) -> None:
        if not 1 <= self.units <= UNITS_MAX:
            raise InvalidValue("a harm has 1 unit or more")
        if not self.evidence.strip():
            raise InvalidValue("a harm says where it can be seen")
        if self.by == self.party_id:
            raise InvalidValue("a harm is entered by somebody else")


class Outcome(StrEnum):
    """How an appeal against a harm ended."""

    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What came of the appeal against a harm entry.

    Attributes:
        harm_id: Of which entry.
        outcome: It stands, or it is withdrawn.
        by: Who heard it, a party's id.
        reason: One sentence.
        ruled_us: When.
    """

    harm_id: str
    outcome: Outcome
    by: str
    reason: str
    ruled_us: int

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidValue("a ruling says why")


@dataclass(frozen=True, slots=True)
class Harmed:
    """A harm entry with what became of it.

    Attributes:
        harm: The entry.
        appeal: What the organisation said; None where it did not appeal.
        ruling: What came of that; None where nothing has yet.
    """

    harm: Harm
    appeal: Appeal | None = None
    ruling: Ruling | None = None

    @property
    def counts(self) -> bool:
        """Does it stand?"""
        return self.ruling is None or self.ruling.outcome is Outcome.UPHELD

    @property
    def state(self) -> str:
        """`entered`, `appealed`, `upheld` or `withdrawn`."""
        if self.ruling is not None:
            return self.ruling.outcome.value
        return "appealed" if self.appeal else "entered"


def assert_organisation(party: Party) -> None:
    """Refuse a harm entry about somebody who may be a person.

    Raises:
        InvalidValue: nobody verified or vouched that it is an organisation.
    """
    entity = party.attributes.get("entity")
    is_known = entity is not None and entity.level >= Level.VERIFIED
    if not is_known or entity is None or entity.value in ENTITIES_OF_PERSONS:
        detail = (
            f"{party.id} is not known to be an organisation; harm is never entered"
            " about a person"
        )
        raise InvalidValue(detail)
