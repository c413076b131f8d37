"""Where it is kept what claims answer, what is proved, who was told, what was spent."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from gateway.reciprocity.need import Answering
from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import OpennessProof, OpennessReview, Proved
from gateway.reciprocity.spending import Spent


class NeedStore(Protocol):
    """Which claims answer a need; nothing here ever changes or goes."""

    def add(self, answering: Answering) -> None:
        """Keep that a claim answers a need.

        Raises:
            Conflict: the claim answers one already, or is not there.
        """

    def of_claim(self, claim_id: str) -> Answering | None:
        """The need a claim answers, if any."""

    def of_party(self, party_id: str) -> tuple[Answering, ...]:
        """Everything a party's claims answer, by claim."""

    def all(self) -> tuple[Answering, ...]:
        """Every claim that answers a need, by claim."""


class OpennessStore(Protocol):
    """Proofs of openness and what was found; nothing here ever changes or goes."""

    def add_proof(self, proof: OpennessProof) -> None:
        """Keep a proof.

        Raises:
            Conflict: its id is taken.
        """

    def add_review(self, review: OpennessReview) -> None:
        """Keep what was found.

        Raises:
            Conflict: its id is taken, or the reviewer is the party itself.
            NotFound: no such proof.
        """

    def find(self, proof_id: str) -> Proved | None:
        """A proof with its reviews."""

    def of_party(self, party_id: str) -> tuple[Proved, ...]:
        """A party's proofs with their reviews, by id."""

    def of_agreement(self, agreement_id: str) -> tuple[Proved, ...]:
        """The proofs for an agreement with their reviews, by id."""

    def all(self) -> tuple[Proved, ...]:
        """Every proof with its reviews, by id."""


class NoticeStore(Protocol):
    """Notices to very large takers; nothing here ever changes or goes."""

    def add(self, notice: Notice) -> None:
        """Keep a notice.

        Raises:
            Conflict: its id is taken.
        """

    def of_owner(self, owner_id: str) -> tuple[Notice, ...]:
        """An owner's notices, oldest first."""

    def all(self) -> tuple[Notice, ...]:
        """Every notice, oldest first."""


class SpentSince(NamedTuple):
    """What standing paid for.

    Attributes:
        up_to: The last place that was looked at.
        spent: Party and what it took, by day and rate.
    """

    up_to: int
    spent: tuple[tuple[str, Spent], ...]


class StandingUse(Protocol):
    """Adds up what standing paid for, from usage events."""

    def since(self, seq: int) -> SpentSince:
        """What was recorded after a place in the order of recording; 0 for all."""
