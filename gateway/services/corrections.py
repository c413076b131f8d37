"""Corrections: what readers proposed becomes a claim, or is declined with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period
from gateway.reciprocity.contribution import NOBODY, Claim, Kind
from gateway.reciprocity.correction import Correction, Decided, Fate
from gateway.services.contributions import Contributions


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction with what became of it."""

    correction: Correction
    decided: Decided | None = None

    @property
    def fate(self) -> Fate:
        """What became of it."""
        return self.decided.fate if self.decided else Fate.WAITING


@dataclass(frozen=True, slots=True)
class DeclinedTogether:
    """Which corrections were declined at once.

    Attributes:
        ids: Of what was declined, oldest first.
        waiting: How many more of those days still wait.
    """

    ids: tuple[str, ...]
    waiting: int


class Corrections:
    """Everything a steward does with corrections."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def list(self) -> tuple[CorrectionView, ...]:
        """Every correction, oldest first."""
        with self._books.reading() as books:
            decisions = books.corrections.decisions()
            return tuple(
                CorrectionView(each, decisions.get(each.id))
                for each in books.corrections.all()
            )

    def accept(
        self,
        correction_id: str,
        party_id: str,
        *,
        weight_hundredths: int,
        paid_by: str = NOBODY,
    ) -> Claim:
        """Make a claim of a correction: it is recognised at once.

        Args:
            correction_id: Which one.
            party_id: Who is credited.
            weight_hundredths: What the steward says it weighs, hundredths of an hour.
            paid_by: Who paid for it, or `none`.

        Raises:
            Conflict: it was decided before.
            InvalidValue: a weight that cannot be.
            NotFound: no such correction or party.
        """
        with self._books.together() as books:
            one = _waiting(books, correction_id)
            claims = Contributions(
                books.contributions,
                parties=self._parties,
                clock=self._clock,
                ids=self._ids,
            )
            claim = claims.claim(
                party_id,
                Kind.CORRECTIONS,
                title=f"Correction of {one.about}"[:200],
                evidence=f"{one.archive}{one.about} ({one.id})",
                weight_hundredths=weight_hundredths,
                paid_by=paid_by,
                done_us=one.received_us,
                origin=f"correction:{one.id}",
            )
            self._decide(books, one.id, claim_id=claim.id)
        return claim

    def decline(self, correction_id: str, *, reason: str) -> Decided:
        """Decline a correction, with a reason.

        Raises:
            Conflict: it was decided before.
            InvalidValue: no reason.
            NotFound: no such correction.
        """
        if not reason.strip():
            raise InvalidValue("who declines a correction says why")
        with self._books.together() as books:
            one = _waiting(books, correction_id)
            return self._decide(books, one.id, reason=reason)

    def decline_all(
        self, received: Period, *, reason: str, at_most: int, is_tried: bool = False
    ) -> DeclinedTogether:
        """Decline what still waits of some days, each for itself and for one reason.

        Args:
            received: When they came.
            reason: Why, one sentence: it stands beside each of them.
            at_most: How many at once, the oldest first.
            is_tried: Only say which; keep nothing.

        Raises:
            InvalidValue: no reason.
        """
        if not reason.strip():
            raise InvalidValue("who declines corrections says why")
        with self._books.together() as books:
            decided = books.corrections.decisions()
            found = [
                each.id
                for each in books.corrections.all()
                if each.id not in decided and each.received_us in received
            ]
            ids = tuple(found[:at_most])
            for correction_id in () if is_tried else ids:
                self._decide(books, correction_id, reason=reason)
        return DeclinedTogether(ids, waiting=len(found) - len(ids))

    def forget(self, correction_id: str) -> Correction:
        """Take out the name and the contact that somebody left; the rest stays.

        Raises:
            NotFound: no such correction.
        """
        with self._books.together() as books:
            found = _known(books, correction_id)
            books.corrections.forget(found.id)
        return replace(found, name="", contact="")

    def forget_of(self, party_id: str) -> int:
        """The same for every correction that a party was credited for; how many."""
        with self._books.together() as books:
            credited = {
                each.claim.id for each in books.contributions.of_party(party_id)
            }
            theirs = [
                each.correction_id
                for each in books.corrections.decisions().values()
                if each.claim_id in credited
            ]
            for correction_id in theirs:
                books.corrections.forget(correction_id)
        return len(theirs)

    def _decide(
        self, books: Books, correction_id: str, *, claim_id: str = "", reason: str = ""
    ) -> Decided:
        decided = Decided(correction_id, claim_id, reason, self._clock.now_us())
        books.corrections.decide(decided)
        return decided


def _waiting(books: Books, correction_id: str) -> Correction:
    found = _known(books, correction_id)
    if correction_id in books.corrections.decisions():
        detail = f"{correction_id} was decided before"
        raise Conflict(detail)
    return found


def _known(books: Books, correction_id: str) -> Correction:
    found = books.corrections.find(correction_id)
    if found is None:
        detail = (
            f"there is no correction {correction_id};"
            " see `copyfair contribution corrections`"
        )
        raise NotFound(detail)
    return found
