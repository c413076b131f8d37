"""A decision of the members: one member, one vote, with its date and its counts.

Whether it was accepted follows from the counts, so no record can say otherwise: at
least the quorum voted, abstentions included, and more said yes than no.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.errors import InvalidValue

BASIS_POINTS = 10_000


class Kind(StrEnum):
    """What was decided. Public: add, never rename."""

    RATIFY_TARIFF = "ratify-tariff"
    RATIFY_POLICY = "ratify-policy"
    RATIFY_EQUIVALENCE = "ratify-equivalence"
    OVERRIDE_WEIGHTS = "override-weights"
    ADMIT_MEMBER = "admit-member"
    RELEASE_MEMBER = "release-member"
    APPOINT_STEWARD = "appoint-steward"
    RESOLVE = "resolve"  # anything else that members put on record


class Outcome(StrEnum):
    """What it came to; derived, never stored."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NO_QUORUM = "no-quorum"


@dataclass(frozen=True, slots=True)
class Decision:
    """What members decided.

    Attributes:
        id: `dec_…`.
        kind: What it is about.
        subject: Which one: `ai-2026@3`, a policy version, a vote, a party,
            `collection/party`.
        digest: SHA-256, hex, of what lay before the members; empty where the subject
            says all.
        vote_id: The vote it was taken in.
        yes: How many said yes.
        no: How many said no.
        abstain: How many abstained; they count for the quorum.
        entitled: How many might have voted.
        quorum_bp: How many of them have to, in hundredths of a percent.
        decided_us: When the vote closed, microseconds UTC.
        weights: Option to weight, where it overrides a tally; else empty.
    """

    id: str
    kind: Kind
    subject: str
    digest: str
    vote_id: str
    yes: int
    no: int
    abstain: int
    entitled: int
    quorum_bp: int
    decided_us: int
    weights: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if min(self.yes, self.no, self.abstain) < 0 or self.voters > self.entitled:
            raise InvalidValue("no more members vote than may")
        if not 0 <= self.quorum_bp <= BASIS_POINTS:
            raise InvalidValue("a quorum is a share of the members")
        if not self.subject:
            raise InvalidValue("a decision says what it is about")
        if bool(self.weights) != (self.kind is Kind.OVERRIDE_WEIGHTS):
            raise InvalidValue("who overrides a tally says by which weights")

    @property
    def voters(self) -> int:
        """How many voted."""
        return self.yes + self.no + self.abstain

    @property
    def outcome(self) -> Outcome:
        """What the counts come to; without a single voter there is no quorum."""
        needed = max(1, self.entitled * self.quorum_bp)
        if self.voters * BASIS_POINTS < needed:
            return Outcome.NO_QUORUM
        return Outcome.ACCEPTED if self.yes > self.no else Outcome.REFUSED

    @property
    def is_accepted(self) -> bool:
        """Did the members say yes?"""
        return self.outcome is Outcome.ACCEPTED
