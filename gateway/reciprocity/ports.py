"""What the reciprocity room asks of its neighbours: where work is kept."""

from __future__ import annotations

from typing import Protocol

from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.review import Review
from gateway.reciprocity.standing import Judged


class ContributionStore(Protocol):
    """Claims and their reviews; nothing here ever changes or goes."""

    def add_claim(self, claim: Claim) -> None:
        """Keep a claim.

        Raises:
            Conflict: its id is taken.
        """

    def add_review(self, review: Review) -> None:
        """Keep a review.

        Raises:
            Conflict: its id is taken, or it is of the reviewer's own claim.
            NotFound: no such claim.
        """

    def find(self, claim_id: str) -> Judged | None:
        """A claim with its reviews."""

    def of_party(self, party_id: str) -> tuple[Judged, ...]:
        """A party's claims with their reviews, by id."""

    def all(self) -> tuple[Judged, ...]:
        """Every claim with its reviews, by id."""
