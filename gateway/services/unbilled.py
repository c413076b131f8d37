"""The statement of what was never billed: counts, bytes, and why."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.carrying import Carried
from gateway.billing.ports import UpTo
from gateway.billing.taking import UsageTerms
from gateway.billing.tally import Unratable
from gateway.billing.unbilled import LeftIntents, LeftUsage, Why, why_waiting
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.licensing.agreement import Agreement
from gateway.reciprocity.spending import party_of

FOREVER_US = 2**62


@dataclass(frozen=True, slots=True)
class UnbilledReport:
    """What was never billed.

    Attributes:
        intents: Requests that began and never ended in an event.
        usage: Events that no run took up, by agreement and reason.
        excluded: Events that runs took up and billed nothing, by reason.
        carried: What was too little for an invoice, and waits.
    """

    intents: tuple[LeftIntents, ...]
    usage: tuple[LeftUsage, ...]
    excluded: dict[str, int]
    carried: tuple[Carried, ...]


class Unbilled:
    """Says what was never billed; changes nothing."""

    def __init__(self, books: Books, *, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def report(self, agreement_id: str = "") -> UnbilledReport:
        """Everything, or what is under one agreement; in constant memory.

        Raises:
            Unavailable: the store does not answer.
        """
        with self._books.reading() as books:
            intents, carried = books.usage.left(), books.carried.waiting()
            return UnbilledReport(
                intents=tuple(
                    each for each in intents if agreement_id in {"", each.agreement_id}
                ),
                usage=self._usage(books, agreement_id),
                excluded=dict(books.ratings.usage().excluded),
                carried=tuple(
                    each for each in carried if agreement_id in {"", each.agreement_id}
                ),
            )

    def _usage(self, books: Books, agreement_id: str) -> tuple[LeftUsage, ...]:
        now_us = self._clock.now_us()
        closed = {
            run.period
            for run in books.ratings.runs()
            if run.cut_us >= run.period.end_us
        }
        known: dict[int, tuple[UsageTerms, Agreement | None, Unratable | None]] = {}
        found: dict[tuple[str, Why], LeftUsage] = {}
        upto = UpTo(books.usage.last_seq(), FOREVER_US)
        for passed in books.usage.waiting(upto):
            if passed[1] not in known:
                known[passed[1]] = _looked_up(books, books.usage.terms(passed[1]))
            terms, agreement, missing = known[passed[1]]
            if agreement_id not in {"", terms.agreement_id}:
                continue
            why = why_waiting(
                passed,
                terms,
                agreement,
                missing=missing,
                closed=closed,
                now_us=now_us,
            )
            key = (terms.agreement_id, why)
            left = found.setdefault(key, LeftUsage(*key))
            left.events += 1
            left.body_bytes += passed[2]
            left.billable_bytes += passed[3]
        return tuple(found[key] for key in sorted(found))


def _looked_up(
    books: Books, terms: UsageTerms
) -> tuple[UsageTerms, Agreement | None, Unratable | None]:
    agreement = books.agreements.find(terms.agreement_id)
    missing: Unratable | None = None
    if party_of(terms.agreement_id):
        return terms, None, None  # standing paid
    if agreement is None or agreement.party_id != terms.party_id:
        missing = Unratable.AGREEMENT_UNKNOWN
    elif books.tariffs.find(terms.tariff, terms.tariff_version) is None:
        missing = Unratable.TARIFF_UNKNOWN
    return terms, agreement, missing
