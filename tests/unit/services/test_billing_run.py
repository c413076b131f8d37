"""gateway.services.billing_run: run it as often as you like."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import LineKind, Status
from gateway.billing.ports import RunKind
from gateway.billing.settlement import PaidState
from gateway.billing.tax import Seller
from gateway.fund.accounts import prepaid
from gateway.kernel.errors import Conflict, InvalidValue, Unavailable
from gateway.kernel.evidence import Level
from gateway.kernel.period import month
from gateway.licensing.agreement import Settling
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    DECEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    SELF,
    SMALL,
    Office,
    a_party,
    an_agreement,
    an_event,
    top_up,
)


def an_office(*events: int, seller: Seller = SELF) -> Office:
    office = Office(MemoryBooks(), a_party(), seller=seller)
    office.agree()
    numbered = enumerate(events, start=1)
    office.memory.add_events(*(an_event(n, size=size) for n, size in numbered))
    return office


def test_a_month_becomes_one_invoice_with_a_number() -> None:
    office = an_office(5_000, 7_000)

    report = office.billing.run(NOVEMBER)

    (invoice,) = report.invoices
    assert invoice.number == "INV-2026-0001"
    assert (invoice.net_minor, invoice.tax_minor) == (2_600, 494)
    assert [line.quantity for line in invoice.lines] == [1_000, 9_000, 2_000]
    assert (report.rated, report.excluded, report.unratable) == (2, {}, {})
    assert office.audit.run().document()["ok"]


def test_a_second_run_changes_nothing() -> None:
    office = an_office(5_000)
    first = office.billing.run(NOVEMBER)

    second = office.billing.run(NOVEMBER)

    assert second.runs == ()
    assert (second.lines, second.invoices) == (first.lines, first.invoices)


def test_usage_that_comes_late_goes_on_the_next_invoice() -> None:
    office = an_office(11_000)
    office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(9, size=1_000))

    again = office.billing.run(NOVEMBER)
    office.at(DECEMBER)
    december = office.billing.run(DECEMBER)

    assert len(again.invoices) == 1
    (invoice,) = december.invoices
    assert invoice.lines[0].month == NOVEMBER
    assert invoice.net_minor == 400  # from the position reached: the third bracket
    assert office.audit.run().ok


def test_a_month_under_way_may_be_billed_and_billed_again() -> None:
    office = Office(MemoryBooks(), a_party(), now_us=IN_NOVEMBER)
    office.agree()
    office.memory.add_events(an_event(1, size=6_000))
    office.billing.run(NOVEMBER)
    nothing_new = office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(2, size=6_000))

    report = office.billing.run(NOVEMBER)

    assert nothing_new.runs == ()
    assert sum(invoice.net_minor for invoice in report.invoices) == 2_600
    assert office.audit.run().ok


def test_a_month_that_has_not_begun_is_not_billed() -> None:
    office = Office(MemoryBooks(), a_party(), now_us=IN_NOVEMBER)
    office.agree()
    office.memory.add_events(an_event(1, size=6_000))

    with pytest.raises(InvalidValue, match=r"12-01/2027-01-01 has not.*2026-11"):
        office.billing.run(DECEMBER)

    assert office.books.ratings.runs() == ()


def test_without_a_seller_there_are_statements_and_nobody_owes() -> None:
    office = an_office(5_000, seller=Seller())

    report = office.billing.run(NOVEMBER)

    assert [run.kind for run in report.runs] == [RunKind.STATEMENT]
    assert sum(line.net_minor for line in report.lines) == 800
    assert report.invoices == ()
    assert not office.books.journal.entries()
    assert office.audit.run().ok


def test_below_licence_mode_invoice_there_are_statements_and_nobody_owes() -> None:
    office = an_office(5_000)
    office.resting = {"registers"}

    report = office.billing.run(NOVEMBER)
    again = office.billing.run(NOVEMBER)

    assert [run.kind for run in report.runs] == [RunKind.STATEMENT]
    assert sum(line.net_minor for line in report.lines) == 800
    assert (report.invoices, again.runs) == ((), ())
    assert not office.books.journal.entries()
    assert office.audit.run().ok


def test_only_collections_in_licence_mode_invoice_are_invoiced() -> None:
    office = an_office()
    office.resting = {"letters"}
    office.memory.add_events(
        an_event(1, size=9_000, collection="letters"), an_event(2, size=5_000)
    )

    report = office.billing.run(NOVEMBER)

    assert [run.kind for run in report.runs] == [RunKind.INVOICE, RunKind.STATEMENT]
    (invoice,) = report.invoices
    assert {line.collection for line in invoice.lines} == {"registers"}
    assert invoice.net_minor == 800  # as if nothing else had been taken
    assert (report.rated, office.audit.run().ok) == (2, True)


def test_what_was_metered_as_a_statement_stays_one_after_the_switch_to_invoice() -> (
    None
):
    office = an_office()
    office.memory.add_events(
        an_event(1, size=9_000, is_statement=True), an_event(2, size=5_000)
    )

    november = office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(3, size=1_000, is_statement=True))
    office.at(DECEMBER)
    december = office.billing.run(DECEMBER)

    (invoice,) = november.invoices
    assert invoice.net_minor == 800
    assert [run.kind for run in december.runs] == [RunKind.STATEMENT]
    assert december.invoices == ()
    assert office.audit.run().ok


def test_a_draft_waits_while_its_collection_is_not_invoiced() -> None:
    office = an_office(5_000)
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    office.resting = {"registers"}

    office.billing.run(NOVEMBER)

    assert office.invoices.show(draft.id).invoice.status is Status.DRAFT
    with pytest.raises(Conflict, match="registers, of which nothing is invoiced"):
        office.invoices.finalise(draft.id)
    office.resting = set()
    assert office.invoices.finalise(draft.id).status is Status.FINALISED


def test_a_test_agreement_is_never_invoiced() -> None:
    office = Office(MemoryBooks(), a_party())
    office.agree(an_agreement(settling=Settling.TEST))
    office.memory.add_events(an_event(size=50_000))

    report = office.billing.run(NOVEMBER)

    assert report.invoices == ()
    assert report.excluded == {"test": 1}


def test_a_small_business_charges_no_vat_and_says_why() -> None:
    office = an_office(5_000, seller=SMALL)

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert invoice.gross_minor == 800
    assert invoice.tax_reason == SMALL.exempt_reason


@pytest.mark.parametrize(
    ("country", "level", "tax_minor"),
    [
        ("US", Level.CLAIMED, 152),
        ("LU", Level.CLAIMED, 152),
        ("US", Level.VERIFIED, 0),
        ("US", Level.VOUCHED, 0),
    ],
)
def test_a_country_that_is_only_claimed_removes_no_vat(
    country: str, level: Level, tax_minor: int
) -> None:
    abroad = a_party(country=country, country_level=level)
    seller = replace(SELF, rates_bp={"DE": 1_900, "LU": 1_700})
    office = Office(MemoryBooks(), abroad, seller=seller)
    office.agree()
    office.memory.add_events(an_event(1, size=5_000))

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert (invoice.net_minor, invoice.tax_minor) == (800, tax_minor)


def test_free_usage_makes_no_invoice() -> None:
    office = an_office(900)

    report = office.billing.run(NOVEMBER)

    assert report.invoices == ()
    assert [line.net_minor for line in report.lines] == [0]


def test_an_event_of_an_agreement_nobody_knows_stays_visible() -> None:
    office = an_office(5_000)
    office.memory.add_events(an_event(7, party=9))

    report = office.billing.run(NOVEMBER)

    assert report.unratable == {"agreement-unknown": 1}
    assert office.audit.run().document()["unrated"] == 1


def test_an_event_of_another_partys_agreement_is_not_billed() -> None:
    office = an_office()
    office.memory.add_events(replace(an_event(), party_id="pty_2"))

    assert office.billing.run(NOVEMBER).unratable == {"agreement-unknown": 1}


def test_an_event_of_a_party_or_tariff_nobody_knows_stays_visible() -> None:
    office = an_office()
    office.agree(an_agreement(9))
    office.memory.add_events(
        an_event(1, party=9), an_event(2, tariff_version=7), an_event(3)
    )

    report = office.billing.run(NOVEMBER)

    assert report.unratable == {"party-unknown": 1, "tariff-unknown": 1}


def prepaid_office(
    *, paid: int, level: Level = Level.CLAIMED, size: int = 2_500
) -> Office:
    office = Office(MemoryBooks(), a_party(level=level))
    office.agree(an_agreement(settling=Settling.PREPAID))
    if paid:
        top_up(office, paid)
    office.memory.add_events(an_event(size=size))
    return office


def test_a_prepaid_agreement_draws_its_balance_down() -> None:
    office = prepaid_office(paid=5_000)

    (invoice,) = office.billing.run(NOVEMBER).invoices

    view = office.invoices.show(invoice.number)
    assert invoice.gross_minor == 1_190  # nobody verified it: 2,500 bytes at 4.00
    assert (view.open_minor, view.paid_state) == (0, PaidState.PAID)
    assert office.books.journal.balance(prepaid("agr_1"), "EUR") == -3_810
    assert sum(office.fund.waterfall()[0].pots.values()) == 1_000
    assert office.audit.run().ok


def test_an_unverified_party_owes_nothing_beyond_what_it_prepaid() -> None:
    office = prepaid_office(paid=600)

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert invoice.lines[-1].kind is LineKind.WAIVER
    assert 598 <= invoice.gross_minor <= 600
    assert office.invoices.show(invoice.id).open_minor == 0
    assert office.audit.run().ok


def test_an_unverified_party_that_prepaid_nothing_is_never_invoiced() -> None:
    office = prepaid_office(paid=0)

    report = office.billing.run(NOVEMBER)

    assert report.invoices == ()
    assert [each.status for each in office.books.invoices.all()] == [Status.VOID]
    assert office.audit.run().ok


@pytest.mark.parametrize("level", list(Level))
def test_under_a_prepaid_agreement_nothing_is_owed_beyond_the_balance(
    level: Level,
) -> None:
    office = prepaid_office(paid=600, level=level, size=5_000)

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert invoice.lines[-1].kind is LineKind.WAIVER
    assert office.invoices.show(invoice.number).open_minor == 0
    assert office.audit.run().ok


@pytest.mark.parametrize("level", [Level.UNKNOWN, Level.CLAIMED, Level.VOUCHED])
def test_a_vouch_that_is_lost_cancels_no_debt(level: Level) -> None:
    office = an_office(5_000)
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    office.parties.known["pty_1"] = a_party(level=level)

    invoice = office.invoices.finalise(draft.id)

    assert invoice.status is Status.FINALISED
    assert office.invoices.show(invoice.number).open_minor == draft.gross_minor


def test_drafts_may_be_left_for_a_steward() -> None:
    office = an_office(5_000)

    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    assert draft.status is Status.DRAFT

    (invoice,) = office.billing.run(NOVEMBER).invoices
    assert (invoice.id, invoice.status) == (draft.id, Status.FINALISED)


def test_a_run_that_breaks_leaves_nothing_and_the_next_one_does_it_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = an_office(5_000)

    def full(*_: object) -> None:
        raise Unavailable("the store has no room left")

    with monkeypatch.context() as patch:
        patch.setattr(office.books.invoices, "add_draft", full)
        with pytest.raises(Unavailable):
            office.billing.run(NOVEMBER)

    assert not office.books.ratings.runs()
    assert office.billing.run(NOVEMBER).rated == 1
    assert office.audit.run().ok


def test_a_year_is_split_into_twelve_invoices_that_climb_one_ladder() -> None:
    office = Office(MemoryBooks(), a_party(), now_us=month(2026, 2).start_us)
    office.agree()
    for number in range(1, 13):
        start_us = month(2026, number).start_us
        office.memory.add_events(an_event(number, size=1_500, occurred_us=start_us))

    nets = []
    for number in range(1, 13):
        office.at(month(2026, number))
        report = office.billing.run(month(2026, number))
        nets.append(sum(invoice.net_minor for invoice in report.invoices))

    assert nets == [100, 300, 300, 300, 300, 300, 400, 600, 600, 600, 600, 600]


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(0, 9_000), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_any_order_and_a_repetition_give_the_same_rows(
    sizes: list[int], order: Random
) -> None:
    events = [an_event(n, size=size) for n, size in enumerate(sizes, start=1)]
    shuffled = list(events)
    order.shuffle(shuffled)

    reports = []
    for arrived in (events, shuffled):
        office = Office(MemoryBooks(), a_party(), now_us=AFTER_NOVEMBER)
        office.agree()
        office.memory.add_events(*arrived)
        office.billing.run(NOVEMBER)
        reports.append(office.billing.run(NOVEMBER))

    assert reports[0].lines == reports[1].lines
    assert [each.document for each in reports[0].invoices] == [
        each.document for each in reports[1].invoices
    ]
