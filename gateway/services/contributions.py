"""Contributions: claim, review, list; what they buy is said by `standings`."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.ports import PartyBook
from gateway.identity.party import Party, folded
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.reciprocity.appeal import assert_may_hear
from gateway.reciprocity.contribution import NOBODY, Claim, Kind
from gateway.reciprocity.ports import ContributionStore
from gateway.reciprocity.review import (
    Review,
    State,
    Verdict,
    assert_may_review,
    state_of,
)
from gateway.reciprocity.standing import Judged
from gateway.services.known_party import known_party
from gateway.services.turns_of_reviewers import assert_their_turn


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, its reviews, and where it stands now."""

    claim: Claim
    reviews: tuple[Review, ...]
    state: State


class Contributions:
    """Everything that is done with contributions."""

    def __init__(
        self,
        store: ContributionStore,
        *,
        parties: PartyBook,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def claim(
        self,
        party_id: str,
        kind: Kind,
        *,
        title: str,
        evidence: str,
        weight_hundredths: int,
        paid_by: str = NOBODY,
        done_us: int | None = None,
        origin: str = "",
    ) -> Claim:
        """Log work.

        Args:
            party_id: Who did it.
            kind: What kind of work; care work counts like any other.
            title: What was done.
            evidence: Where it can be seen.
            weight_hundredths: Hundredths of an hour.
            paid_by: Who paid for it already, or `none`, in whatever case.
            done_us: When it was done; None where nobody says.
            origin: Names the work where it was found, or empty.

        Raises:
            Conflict: work of that origin was claimed before.
            NotFound: no such party.
            InvalidValue: a claim that cannot be.
        """
        known_party(self._parties, party_id)
        claim = Claim(
            id=self._ids.new("ctb"),
            party_id=party_id,
            kind=kind,
            title=title,
            evidence=evidence,
            weight_hundredths=weight_hundredths,
            claimed_us=self._clock.now_us(),
            paid_by=NOBODY if folded(paid_by) == NOBODY else paid_by.strip(),
            done_us=done_us,
            origin=origin,
        )
        self._store.add_claim(claim)
        return claim

    def review(
        self, claim_id: str, verdict: Verdict, *, reviewer_id: str, reason: str = ""
    ) -> ClaimView:
        """Accept a claim, or reverse it; the same again changes nothing.

        Of a reversed claim it hears the appeal.

        Raises:
            Conflict: the claim was reversed and nobody appealed, or the reviewer has
                accepted enough of that party's claims lately.
            NotFound: no such claim or reviewer.
            InvalidValue: a reversal without a reason, one's own claim, one of a party
                with the same beneficial owner, or a hearing by who reversed it.
        """
        reviewer = known_party(self._parties, reviewer_id)
        judged = self._found(claim_id)
        review = Review(
            id=self._ids.new("rev"),
            claim_id=claim_id,
            reviewer_id=reviewer_id,
            verdict=verdict,
            reviewed_us=self._clock.now_us(),
            reason=reason,
        )
        assert_may_review(review, judged.claim)
        self._assert_independent(reviewer, judged.claim)
        if judged.reviews and _found_same(judged.reviews[-1], review):
            return self._view(judged)
        appealed = frozenset(each.about for each in self._store.appeals())
        assert_may_hear(review, judged.reviews, appealed=appealed)
        if verdict is Verdict.ACCEPT:
            assert_their_turn(
                self._store,
                self._parties,
                reviewer,
                of=judged.claim,
                at_us=review.reviewed_us,
            )
        self._store.add_review(review)
        return self._view(self._found(claim_id))

    def list(self, party_id: str = "") -> tuple[ClaimView, ...]:
        """Every claim, or those of one party, oldest first."""
        return tuple(
            self._view(each)
            for each in self._store.all()
            if party_id in {"", each.claim.party_id}
        )

    def _view(self, judged: Judged) -> ClaimView:
        state = state_of(judged.claim, judged.reviews, at_us=self._clock.now_us())
        return ClaimView(judged.claim, tuple(judged.reviews), state)

    def _found(self, claim_id: str) -> Judged:
        judged = self._store.find(claim_id)
        if judged is None:
            detail = f"there is no claim {claim_id}; see `copyfair contribution list`"
            raise NotFound(detail)
        return judged

    def _assert_independent(self, reviewer: Party, claim: Claim) -> None:
        claimant = self._parties.find_party(claim.party_id)
        if claimant is None:
            return
        if claimant.beneficial_owner_id == reviewer.beneficial_owner_id:
            detail = (
                f"{reviewer.id} has the same owner as {claimant.id}, whose claim it is;"
                " ask another maintainer"
            )
            raise InvalidValue(detail)


def _found_same(before: Review, now: Review) -> bool:
    """Did the same maintainer find the same just before?"""
    known = (before.reviewer_id, before.verdict, before.reason)
    return known == (now.reviewer_id, now.verdict, now.reason)
