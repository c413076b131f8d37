"""gateway.services.tracing: from a line back to its events, to the last unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import Invoice, LineKind
from gateway.billing.tally import Excluded
from gateway.kernel.errors import NotFound
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.tariff import Minimum
from gateway.services.tracing import (
    basis_of,
    events_behind,
    line_of,
    pool_of,
    pooled_units,
)
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)

MINIMUM = Minimum(BracketsOver.MONTH, 10**7)
sizes = st.lists(st.integers(0, 9_000), min_size=1, max_size=6)


def billed(*events: tuple[int, str], minimum: Minimum | None = None) -> Office:
    office = Office(MemoryBooks(), a_party(1), a_party(2))
    office.books.tariffs.publish(a_tariff(minimum=minimum), at_us=1)
    for number in (1, 2):
        office.books.agreements.add(
            replace(an_agreement(number), starts_us=NOVEMBER.start_us)
        )
    numbered = enumerate(events, start=1)
    office.memory.add_events(
        an_event(50, size=5_000, party=2),
        *(an_event(n, size=size, collection=name) for n, (size, name) in numbered),
    )
    office.billing.run(NOVEMBER)
    return office


def the_invoice(office: Office) -> Invoice:
    (found,) = (
        each for each in office.books.invoices.all() if each.agreement_id == "agr_1"
    )
    return found


def test_a_line_leads_to_the_events_of_its_pool_and_no_others() -> None:
    office = billed((5_000, "registers"), (7_000, "letters"), (0, "registers"))
    invoice = the_invoice(office)
    line = next(each for each in invoice.lines if each.collection == "registers")

    found = [*events_behind(office.books, invoice, pool_of(line))]

    assert [event.id for event in found] == ["req_0001"]


def test_without_a_line_every_event_of_the_agreement_says_why_it_counts() -> None:
    office = billed((5_000, "registers"), (0, "registers"))

    found = [*events_behind(office.books, the_invoice(office))]

    assert [(event.id, event.excluded) for event in found] == [
        ("req_0001", None),
        ("req_0002", Excluded.NOT_BILLABLE),
    ]


@settings(max_examples=25)
@given(sizes, sizes)
def test_the_units_of_a_pool_are_those_of_its_lines(
    registers: Sequence[int], letters: Sequence[int]
) -> None:
    office = billed(
        (5_000, "registers"),
        *((size, "registers") for size in registers),
        *((size, "letters") for size in letters),
    )
    invoice = the_invoice(office)

    for line in invoice.lines:
        pool = pool_of(line)
        assert pool is not None
        behind = events_behind(office.books, invoice, pool)
        assert sum(event.units for event in behind) == pooled_units(invoice, pool)


def test_a_minimum_leads_to_what_it_was_worked_out_from() -> None:
    office = billed((5_000, "registers"), minimum=MINIMUM)
    invoice = the_invoice(office)
    line = invoice.lines[-1]

    basis = basis_of(office.books, invoice, line)

    assert (line.kind, pool_of(line)) == (LineKind.MINIMUM, None)
    assert basis is not None
    assert (basis.charge.basis_minor, basis.charge.net_minor) == (800, 10**7 - 800)
    assert basis_of(office.books, invoice, invoice.lines[0]) is None


def test_a_line_that_is_not_there_is_not_found() -> None:
    invoice = the_invoice(billed((5_000, "registers")))

    with pytest.raises(NotFound, match="has no line 99"):
        line_of(invoice, 99)
