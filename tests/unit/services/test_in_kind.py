"""In-kind settlement: work that was paid for makes a draft smaller, once, exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import Invoice, LineKind
from gateway.billing.paper import Letterhead
from gateway.billing.paper_checks import faults_of
from gateway.billing.papers import Particulars, credit_paper, invoice_paper
from gateway.fund.accounts import DEFERRED, RECEIVABLE, VAT
from gateway.kernel.errors import Conflict, GatewayError, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.need import Answering
from gateway.reciprocity.review import Review, Verdict
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)

HEAD = Letterhead(tax_id="12/345/67890")


def an_office(*, percent: int = 50) -> tuple[Office, Invoice]:
    """A draft of 10.00 net, half of which may be settled by contribution."""
    parties = (a_party(1), a_party(2), a_party(3, owner_id="pty_1"))
    office = Office(MemoryBooks(), *parties)
    office.books.tariffs.publish(
        replace(a_tariff(), settlement_contribution_percent=percent), at_us=1
    )
    office.books.agreements.add(an_agreement())
    office.memory.add_events(an_event(size=6_000))
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    return office, draft


def worked(
    office: Office,
    name: str = "ctb_1",
    *,
    party: int = 1,
    paid_by: str = "Company 1",
    need: str = "scans",
) -> None:
    """A quarter of an hour for a need, vested: 5.00 at 20.00 an hour."""
    now_us = office.clock.now_us()
    office.books.contributions.add_claim(
        Claim(
            id=name,
            party_id=f"pty_{party}",
            kind=Kind.RECORDS,
            title="Scanned 1742",
            evidence="https://archive.example/registers/1742",
            weight_hundredths=25,
            claimed_us=now_us,
            paid_by=paid_by,
        )
    )
    accepted = Review(
        f"rev_{name}", name, "pty_9", verdict=Verdict.ACCEPT, reviewed_us=now_us
    )
    office.books.contributions.add_review(accepted)
    if need:
        office.books.needs.add(Answering(name, need, "hour", "1/4"))


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def test_a_contribution_is_a_line_that_names_it() -> None:
    office, draft = an_office()
    worked(office)

    reduced = office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    invoice = office.invoices.finalise(draft.id)

    line = invoice.lines[-1]
    assert invoice.lines == reduced.lines
    assert (line.kind, line.net_minor) == (LineKind.IN_KIND, -300)
    assert (line.category, line.rate_bp) == ("S", 1_900)
    assert "Scanned 1742 (ctb_1)" in line.text
    assert (invoice.net_minor, invoice.tax_minor) == (700, 133)
    booked = [
        office.books.journal.balance(each, "EUR")
        for each in (RECEIVABLE, DEFERRED, VAT)
    ]
    assert booked == [833, -700, -133]
    assert office.audit.run().ok


def test_work_that_nobody_asked_for_settles_nothing() -> None:
    office, draft = an_office()
    worked(office, need="")

    with pytest.raises(Conflict, match="answers no need"):
        office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    assert office.books.invoices.find(draft.id) == draft


def test_the_paper_says_it_in_both_languages_and_adds_up() -> None:
    office, draft = an_office()
    worked(office)
    office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    invoice = office.invoices.finalise(draft.id)
    known = Particulars(HEAD)

    english = invoice_paper(invoice, known)
    french = invoice_paper(invoice, known.spoken("fr"))

    told = "Scanned 1742 (ctb_1)"
    assert english.lines[-1].text == f"Price reduction for a contribution: {told}"
    assert french.lines[-1].text.startswith("Réduction de prix")
    assert french.lines[-1].text.endswith(told)
    assert faults_of(english) == ()


def test_a_contribution_settles_once_over_all_invoices() -> None:
    office, draft = an_office()
    worked(office)
    desk = office.in_kind(hour_minor=1_000)  # worth 2.50
    desk.reduce(draft.id, "ctb_1", euros(200), by="host")

    with pytest.raises(InvalidValue, match="50 minor units are left"):
        desk.reduce(draft.id, "ctb_1", euros(51), by="host")
    desk.reduce(draft.id, "ctb_1", euros(50), by="host")


def test_a_voided_draft_gives_a_contribution_back() -> None:
    office, draft = an_office()
    worked(office)
    office.in_kind().reduce(draft.id, "ctb_1", euros(500), by="host")
    office.invoices.void(draft.id)
    office.memory.add_events(an_event(2, size=6_000))
    office.clock.forward(s=40 * 86_400)
    (later,) = office.billing.run(
        replace(NOVEMBER, start_us=NOVEMBER.start_us + 1), drafts_only=True
    ).invoices

    reduced = office.in_kind().reduce(later.id, "ctb_1", euros(500), by="host")

    assert reduced.lines[-1].net_minor == -500


def test_no_more_is_settled_than_the_tariff_allows() -> None:
    office, draft = an_office(percent=30)
    worked(office)

    with pytest.raises(InvalidValue, match="lets 300 minor units"):
        office.in_kind().reduce(draft.id, "ctb_1", euros(301), by="host")
    office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")


def test_something_is_always_left_to_pay() -> None:
    office, draft = an_office(percent=100)
    worked(office)

    with pytest.raises(Conflict):
        office.in_kind(9_000).reduce(draft.id, "ctb_1", euros(1_000), by="host")
    office.in_kind(9_000).reduce(draft.id, "ctb_1", euros(999), by="host")


def test_work_of_another_company_of_the_same_owner_counts() -> None:
    office, draft = an_office()
    worked(office, party=3)

    reduced = office.in_kind().reduce(draft.id, "ctb_1", euros(1), by="host")

    assert reduced.net_minor == 999


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ((2, "Company 1"), InvalidValue),
        ((1, "none"), Conflict),
    ],
    ids=["somebody else's", "unpaid, which the labour reserve pays"],
)
def test_work_that_does_not_count_is_refused(
    told: tuple[int, str], fault: type[GatewayError]
) -> None:
    office, draft = an_office()
    worked(office, party=told[0], paid_by=told[1])

    with pytest.raises(fault):
        office.in_kind().reduce(draft.id, "ctb_1", euros(1), by="host")
    assert office.books.in_kind.all() == ()


def test_what_is_not_vested_or_known_or_a_draft_is_refused() -> None:
    office, draft = an_office()
    worked(office)
    desk = office.in_kind()
    with pytest.raises(NotFound):
        desk.reduce(draft.id, "ctb_9", euros(1), by="host")
    with pytest.raises(NotFound):
        desk.reduce("inv_9", "ctb_1", euros(1), by="host")
    with pytest.raises(InvalidValue):
        desk.reduce(draft.id, "ctb_1", Money(1, "USD"), by="host")
    with pytest.raises(InvalidValue):
        desk.reduce(draft.id, "ctb_1", euros(0), by="host")
    with pytest.raises(InvalidValue):
        desk.reduce(draft.id, "ctb_1", euros(1), by=" ")
    invoice = office.invoices.finalise(draft.id)
    with pytest.raises(Conflict):
        desk.reduce(invoice.id, "ctb_1", euros(1), by="host")


def test_what_vested_too_long_ago_settles_nothing() -> None:
    office, draft = an_office()
    worked(office)
    office.clock.forward(s=366 * 86_400)

    with pytest.raises(Conflict):
        office.in_kind().reduce(draft.id, "ctb_1", euros(1), by="host")


def test_the_audit_misses_a_reduction_that_rests_on_nothing() -> None:
    office, draft = an_office()
    worked(office)
    office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    office.memory.in_kind.rows.clear()

    assert office.audit.run().findings["totals_add_up"]


def test_a_dispute_of_a_reduced_invoice_gives_back_no_more_than_it_took() -> None:
    office, draft = an_office()
    worked(office)
    office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    invoice = office.invoices.finalise(draft.id)
    made = office.disputes.open(invoice.number, by="Company 1", reason="Blocked.")

    note = office.disputes.uphold(made.id, by="host", reason="Right.")

    assert (note.net_minor, note.gross_minor) == (700, 833)
    assert office.invoices.show(invoice.number).open_minor == 0
    assert office.audit.run().ok


def test_no_note_gives_back_more_than_a_reduced_invoice_took() -> None:
    office, draft = an_office()
    worked(office)
    office.in_kind().reduce(draft.id, "ctb_1", euros(300), by="host")
    invoice = office.invoices.finalise(draft.id)

    with pytest.raises(InvalidValue, match="700 left"):
        office.invoices.credit(invoice.number, reason="All.", wanted={2: 701})
    office.invoices.credit(invoice.number, reason="All.", wanted={2: 700})
    with pytest.raises(Conflict):
        office.invoices.credit(invoice.number, reason="Nothing is left.")
    assert office.audit.run().ok


@settings(max_examples=40, deadline=None)
@given(
    wanted=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    percent=st.integers(0, 100),
    hour=st.integers(1, 4_000),
    first=st.integers(1, 999),
)
def test_reductions_are_exact_bounded_and_credited_without_a_rest(
    wanted: list[int], *, percent: int, hour: int, first: int
) -> None:
    office, draft = an_office(percent=percent)
    worked(office)
    desk, given_ = office.in_kind(hour), 0
    for amount in wanted:
        try:
            desk.reduce(draft.id, "ctb_1", euros(amount), by="host")
        except (InvalidValue, Conflict):
            continue
        given_ += amount
    invoice = office.invoices.finalise(draft.id)

    assert invoice.net_minor == 1_000 - given_
    assert given_ <= min(25 * hour // 100, 1_000 * percent // 100, 999)
    assert faults_of(invoice_paper(invoice, Particulars(HEAD))) == ()
    parts = min(first, invoice.net_minor)
    one = office.invoices.credit(invoice.number, reason="Part.", wanted={2: parts})
    notes = [one]
    if parts < invoice.net_minor:
        notes.append(office.invoices.credit(invoice.number, reason="The rest."))
    assert sum(note.gross_minor for note in notes) == invoice.gross_minor
    papers = [credit_paper(note, invoice, Particulars(HEAD)) for note in notes]
    assert [faults_of(paper) for paper in papers] == [()] * len(papers)
    assert office.invoices.show(invoice.number).open_minor == 0
    assert office.audit.run().ok
