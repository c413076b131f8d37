"""The audit of what spans cost beside use: charged once, and on its invoice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from gateway.billing.invoice import LineKind
from gateway.fund.ports import Books
from gateway.kernel.money import Money
from gateway.kernel.period import Period

BESIDE_USE = frozenset({LineKind.MINIMUM, LineKind.ROYALTY})

_Key = tuple[str, str, Period]


def span_charges(books: Books) -> Iterator[str]:
    """A sentence for each minimum or royalty that is not charged exactly once."""
    owed: dict[tuple[str, str, str], Counter[tuple[str, int]]] = defaultdict(Counter)
    for run in books.ratings.runs():
        so_far = Counter[_Key]()
        for step in books.charges.of_run(run.id):
            batch = (run.id, step.agreement_id, step.currency)
            owed[batch][step.charged_for.value, step.net_minor] += 1
            so_far[step.charged_for.value, step.agreement_id, step.span] += 1
        for (charged_for, agreement_id, span), steps in so_far.items():
            if steps > 1:
                yield f"{run.id} charges {agreement_id} {charged_for} {span} twice"
    billed: dict[tuple[str, str, str], Counter[tuple[str, int]]] = defaultdict(Counter)
    for invoice in books.invoices.all():
        batch = (invoice.run_id, invoice.agreement_id, invoice.currency)
        for line in invoice.lines:
            if line.kind in BESIDE_USE:
                billed[batch][line.kind.value, line.net_minor] += 1
    for batch in sorted({*owed, *billed}):
        if owed[batch] != billed[batch]:
            run_id, agreement_id, currency = batch
            due = Money(_net(owed[batch]), currency)
            stated = Money(_net(billed[batch]), currency)
            yield (
                f"{run_id} charges {agreement_id} {due} beside use,"
                f" its invoice {stated}"
            )
    yield from _steps(books)


def _net(steps: Counter[tuple[str, int]]) -> int:
    return sum(minor * times for (_, minor), times in steps.items())


def _steps(books: Books) -> Iterator[str]:
    """The steps of a span add up to what it was charged, and never fall below 0."""
    ends: dict[_Key, int] = {}
    sums = Counter[_Key]()
    runs = books.ratings.runs()
    for run in sorted(runs, key=lambda each: (each.cut_us, each.id)):
        for step in books.charges.of_run(run.id):
            key = (step.charged_for.value, step.agreement_id, step.span)
            sums[key] += step.net_minor
            ends[key] = step.due_minor
    for key, due in ends.items():
        if sums[key] != due or due < 0:
            charged_for, agreement_id, span = key
            yield f"the {charged_for} of {agreement_id} over {span} does not add up"
