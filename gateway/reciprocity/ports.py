"""What the reciprocity room asks of its neighbours: where work is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.correction import Correction, Decided
from gateway.reciprocity.harm import Harm, Harmed, Ruling
from gateway.reciprocity.review import Review
from gateway.reciprocity.sampling import Draw
from gateway.reciprocity.standing import Judged


class ContributionStore(Protocol):
    """Claims and their reviews; nothing here ever changes or goes."""

    def add_claim(self, claim: Claim) -> None:
        """Keep a claim.

        Raises:
            Conflict: its id is taken, or work of that origin was claimed before.
        """

    def add_review(self, review: Review) -> None:
        """Keep a review.

        Raises:
            Conflict: its id is taken, it is of the reviewer's own claim, or the claim
                was reversed and this is no hearing of an appeal by somebody else.
            NotFound: no such claim.
        """

    def find(self, claim_id: str) -> Judged | None:
        """A claim with its reviews."""

    def of_party(self, party_id: str) -> tuple[Judged, ...]:
        """A party's claims with their reviews, by id."""

    def all(self) -> tuple[Judged, ...]:
        """Every claim with its reviews, by id."""

    def origins(self) -> frozenset[str]:
        """The origins of all claims that have one."""

    def add_appeal(self, appeal: Appeal) -> None:
        """Keep an appeal against a reversal or a harm entry.

        Raises:
            Conflict: its id is taken, or the entry was appealed before.
        """

    def appeals(self) -> tuple[Appeal, ...]:
        """Every appeal, oldest first."""

    def accepted_by(self, reviewer_id: str, *, since_us: int) -> tuple[str, ...]:
        """Whose claims a reviewer accepted since an instant, one id for each review."""

    def reviewers(self, *, since_us: int) -> tuple[str, ...]:
        """Everybody who reviewed since an instant, by id."""


class DrawStore(Protocol):
    """Samples that were drawn; nothing here ever changes or goes."""

    def add(self, draw: Draw) -> None:
        """Keep a draw.

        Raises:
            Conflict: that reviewer drew for that seed before.
        """

    def find(self, seed: str, reviewer_id: str) -> Draw | None:
        """What a reviewer drew for a seed."""

    def all(self) -> tuple[Draw, ...]:
        """Every draw, oldest first."""


class HarmStore(Protocol):
    """Harm entries and rulings about them; nothing here ever changes or goes."""

    def add(self, harm: Harm) -> None:
        """Keep an entry.

        Raises:
            Conflict: its id is taken.
        """

    def rule(self, ruling: Ruling) -> None:
        """Keep a ruling.

        Raises:
            Conflict: there is one already, nobody appealed, or whoever entered the
                harm rules on it.
        """

    def find(self, harm_id: str) -> Harmed | None:
        """An entry with what became of it."""

    def all(self) -> tuple[Harmed, ...]:
        """Every entry, oldest first."""


class CorrectionStore(Protocol):
    """Corrections that readers proposed, and what became of them."""

    def keep(self, correction: Correction) -> None:
        """Keep a correction; the same id again changes nothing.

        Raises:
            Unavailable: the store cannot write now.
        """

    def decide(self, decided: Decided) -> None:
        """Keep what became of one.

        Raises:
            Conflict: that was decided before, or there is no such correction.
        """

    def forget(self, correction_id: str) -> None:
        """Take the name and the contact out of one; what it says stays."""

    def find(self, correction_id: str) -> Correction | None:
        """A correction."""

    def all(self) -> tuple[Correction, ...]:
        """Every correction, oldest first."""

    def decisions(self) -> Mapping[str, Decided]:
        """What became of them, by the correction's id."""
