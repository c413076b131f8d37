"""Prepaid statements: opening, top-ups and use add up, month by month."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import Status
from gateway.fund.prepaid_statement import MoveKind
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.period import Period, month, year_of
from gateway.licensing.agreement import Settling
from gateway.services.prepaid_statements import PrepaidStatements
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    SELF,
    Office,
    a_party,
    an_agreement,
    an_event,
    top_up,
)

OCTOBER = month(2026, 10)


def an_office(
    *, settling: Settling = Settling.PREPAID, begins: Period = OCTOBER
) -> Office:
    office = Office(MemoryBooks(), a_party(), now_us=begins.start_us + 1)
    office.agree(replace(an_agreement(), settling=settling))
    return office


def desk(office: Office) -> PrepaidStatements:
    return PrepaidStatements(
        office.books,
        parties=office.parties,
        seller=SELF,
        letterhead=office.letterhead,
        clock=office.clock,
    )


def test_a_statement_tells_top_ups_and_use_line_by_line() -> None:
    office = an_office()
    top_up(office, 5_000)
    office.memory.add_events(an_event(size=6_000, occurred_us=OCTOBER.start_us))
    office.at(OCTOBER)
    (invoice,) = office.billing.run(OCTOBER).invoices
    top_up(office, 700)
    office.at(NOVEMBER)

    first = desk(office).statement("agr_1", OCTOBER)
    second = desk(office).statement("agr_1", NOVEMBER)

    assert (first.opening_minor, first.closing_minor) == (0, 5_000)
    assert [one.kind for one in first.moves] == [MoveKind.TOP_UP]
    assert (second.opening_minor, second.closing_minor) == (5_000, 4_510)
    use, received = second.moves
    assert (use.kind, use.reference, use.amount_minor) == (
        MoveKind.USE,
        invoice.number,
        -1_190,
    )
    assert use.invoice is not None
    assert [line.net_minor for line in use.invoice.lines] == [0, 1_000]
    assert (received.reference, received.amount_minor) == ("agr_1:700", 700)
    assert second.total_minor(MoveKind.USE) == -1_190
    assert second.buyer.name == "Company 1"
    assert second.is_over


def test_a_statement_draws_no_number_and_changes_nothing() -> None:
    office = an_office()
    top_up(office, 5_000)

    made = desk(office).statement("agr_1", OCTOBER)

    assert desk(office).statement("agr_1", OCTOBER) == made
    assert not made.is_over
    assert office.books.invoices.series() == {}


def test_a_statement_speaks_the_language_that_is_asked_for() -> None:
    office = an_office()
    top_up(office, 5_000)
    office.memory.add_events(an_event(size=6_000, occurred_us=OCTOBER.start_us))
    office.at(OCTOBER)
    office.billing.run(OCTOBER)

    (use,) = desk(office).statement("agr_1", NOVEMBER, language="fr").moves

    assert use.invoice is not None
    assert use.invoice.lines[1].text.startswith("Accès automatisé")


def test_where_nothing_was_paid_ahead_there_is_no_statement() -> None:
    office = an_office(settling=Settling.INVOICED)

    with pytest.raises(Conflict):
        desk(office).statement("agr_1", OCTOBER)
    with pytest.raises(NotFound):
        desk(office).statement("agr_9", OCTOBER)
    with pytest.raises(InvalidValue):
        desk(office).statement("agr_1", DECEMBER)
    assert desk(an_office()).statement("agr_1", OCTOBER).moves == ()


@settings(max_examples=20, deadline=None)
@given(
    months=st.lists(
        st.tuples(st.integers(0, 4_000), st.integers(0, 9_000)),
        min_size=1,
        max_size=6,
    )
)
def test_statements_of_periods_that_tile_add_up_to_that_of_the_year(
    months: list[tuple[int, int]],
) -> None:
    spans = [month(2026, 1 + at) for at in range(len(months))]
    office = an_office(begins=spans[0])
    for number, (span, (paid, size)) in enumerate(zip(spans, months, strict=True)):
        if paid:
            top_up(office, paid * 6 + number)  # no amount twice
        event = an_event(number, size=size, occurred_us=span.start_us)
        office.memory.add_events(event)
        office.at(span)
        office.billing.run(span)
    spans.append(month(2026, len(spans) + 1))
    told = [desk(office).statement("agr_1", span) for span in spans]
    year = desk(office).statement("agr_1", year_of(spans[0].start_us))

    balance = 0
    for each in told:
        assert each.opening_minor == balance
        for move in each.moves:
            balance += move.amount_minor
            assert move.balance_minor == balance >= 0
        assert each.closing_minor == balance
    assert year.closing_minor == balance
    assert [one for each in told for one in each.moves] == list(year.moves)
    drawn = -sum(each.total_minor(MoveKind.USE) for each in told)
    finalised = office.books.invoices.all(status=Status.FINALISED)
    assert drawn == sum(each.gross_minor for each in finalised)
