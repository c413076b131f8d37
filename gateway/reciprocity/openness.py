"""Openness: proof that what was built from the commons was opened in turn.

A proof is of the model that used one agreement, piece by piece, and has an end. It is
nothing until somebody who is not the party has looked at it, and nothing again once it
is withdrawn. A promise is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue

TERM_MAX_US = 730 * US_PER_DAY
"""A proof is renewed after two years at most: models and licences change."""


class Openness(StrEnum):
    """By which definition. Public: add, never rename."""

    OSAID = "OSAID"  # Open Source AI Definition 1.0
    MOF_II = "MOF-II"  # Model Openness Framework, class II: Open Tooling
    MOF_I = "MOF-I"  # class I: Open Science


OSAID_PARTS = ("weights", "code", "data-information", "licences")
TOOLING_PARTS = ("architecture", "model-card", "evaluation")
SCIENCE_PARTS = ("training-data", "paper")
PARTS: Mapping[Openness, tuple[str, ...]] = MappingProxyType(
    {
        Openness.OSAID: OSAID_PARTS,
        Openness.MOF_II: (*OSAID_PARTS, *TOOLING_PARTS),
        Openness.MOF_I: (*OSAID_PARTS, *TOOLING_PARTS, *SCIENCE_PARTS),
    }
)
"""What has to be shown for each: weights, training and inference code, what the data
is and how it was had, the licences of all of it; class II and I ask for more."""


class Finding(StrEnum):
    """What somebody found. Public: add, never rename."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"  # it held, and holds no more


class State(StrEnum):
    """Where a proof stands; derived, never stored."""

    WAITING = "waiting"
    HOLDS = "holds"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence.

    Attributes:
        part: Which part it shows: `weights`.
        where: A URL, or the name of a file.
        sha256: Of the file, hex; empty for a URL.
    """

    part: str
    where: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class OpennessProof:
    """What a party lays open for one agreement.

    Attributes:
        id: `opn_…`.
        agreement_id: The agreement whose use went into the model.
        party_id: Whose.
        model: The model's own page, a URL.
        openness: By which definition.
        evidence: At least one piece for each part that it asks for.
        shown_us: When it was laid before us.
        until_us: Until when it holds, exclusive.
    """

    id: str
    agreement_id: str
    party_id: str
    model: str
    openness: Openness
    evidence: tuple[Shown, ...]
    shown_us: int
    until_us: int

    def __post_init__(self) -> None:
        known = PARTS[Openness.MOF_I]
        for each in self.evidence:
            if each.part not in known:
                detail = f"no part is called {each.part!r}; known: {', '.join(known)}"
                raise InvalidValue(detail)
            if not each.where.strip():
                detail = f"say where {each.part} can be seen"
                raise InvalidValue(detail)
        shown = {each.part for each in self.evidence}
        missing = [one for one in PARTS[self.openness] if one not in shown]
        if missing:
            detail = f"{self.openness} asks for evidence of {', '.join(missing)}"
            raise InvalidValue(detail)
        if not self.model.startswith(("https://", "http://")):
            raise InvalidValue("a model is named by its URL: https://…")
        if not 0 < self.until_us - self.shown_us <= TERM_MAX_US:
            raise InvalidValue("a proof ends later than it begins, within two years")


@dataclass(frozen=True, slots=True)
class OpennessReview:
    """What somebody found who looked.

    Attributes:
        id: `rev_…`.
        proof_id: Of which proof.
        reviewer_id: By which party; never the one that is proved open.
        finding: What was found.
        reviewed_us: When.
        reason: One sentence; only an acceptance may go without.
    """

    id: str
    proof_id: str
    reviewer_id: str
    finding: Finding
    reviewed_us: int
    reason: str = ""

    def __post_init__(self) -> None:
        if self.finding is not Finding.ACCEPT and not self.reason.strip():
            raise InvalidValue("who refuses or withdraws a proof says why")


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof with its reviews, oldest first."""

    proof: OpennessProof
    reviews: Sequence[OpennessReview] = ()

    def state(self, *, at_us: int) -> State:
        """Where it stands at an instant, by what was found until then."""
        found = [each for each in self.reviews if each.reviewed_us <= at_us]
        if not found:
            ended = at_us >= self.proof.until_us
            return State.ENDED if ended else State.WAITING
        last = found[-1].finding
        if last is Finding.REFUSE:
            return State.REFUSED
        if last is Finding.WITHDRAW:
            return State.WITHDRAWN
        return State.HOLDS if at_us < self.proof.until_us else State.ENDED

    def holds(self, *, at_us: int) -> bool:
        """Was it accepted by then, and neither withdrawn nor over?"""
        return self.state(at_us=at_us) is State.HOLDS


def opened(proved: Iterable[Proved], *, at_us: int) -> frozenset[str]:
    """Agreements for which a proof holds at an instant."""
    return frozenset(
        each.proof.agreement_id for each in proved if each.holds(at_us=at_us)
    )
