"""Barter: both sides keep their VAT, gross is set off, and no waterfall hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.barter import Supply, Supplying
from gateway.billing.invoice import Invoice, Status
from gateway.billing.paper import Letterhead, Paper
from gateway.billing.paper_checks import faults_of
from gateway.billing.papers import Particulars, credit_paper, invoice_paper
from gateway.billing.settlement import PaidState, SettledBy
from gateway.billing.tax import Seller
from gateway.fund.accounts import (
    APPORTIONED,
    BARTER,
    BARTER_INCOME,
    CONTRIBUTED,
    DEFERRED,
    INCOME,
    INPUT_VAT,
    RECEIVABLE,
    VAT,
)
from gateway.kernel.errors import Conflict, GatewayError, InvalidValue
from gateway.kernel.money import Money
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    SELF,
    SMALL,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.unit.services.test_in_kind import euros, worked

HEAD = Letterhead(tax_id="12/345/67890")
KNOWN = Particulars(HEAD)
SMALL_WITH_RATE = replace(SMALL, rates_bp={"DE": 0})


def an_office(
    *,
    country: str = "DE",
    vat_id: str = "DE811569869",
    seller: Seller = SELF,
    percent: int = 100,
) -> tuple[Office, Invoice]:
    """A draft of 10.00 net under a barter agreement, all of which may be settled."""
    parties = (
        a_party(1, country=country, vat_id=vat_id),
        a_party(3, owner_id="pty_1"),
    )
    office = Office(MemoryBooks(), *parties, seller=seller)
    office.books.tariffs.publish(
        replace(a_tariff(), settlement_contribution_percent=percent), at_us=1
    )
    office.books.agreements.add(replace(an_agreement(), is_barter=True))
    office.memory.add_events(an_event(size=6_000))
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    return office, draft


def set_off(
    office: Office, draft: Invoice, minor: int = 300, told: Supply | None = None
) -> None:
    office.in_kind().settle(draft.id, "ctb_1", euros(minor), by="host", told=told)


def balances(office: Office, *accounts: str) -> list[int]:
    return [office.books.journal.balance(each, "EUR") for each in accounts]


def paper(office: Office, invoice: Invoice, language: str = "en") -> Paper:
    barters = office.books.barters.on(invoice.id)
    return invoice_paper(invoice, KNOWN.spoken(language), barters=barters)


def test_both_sides_keep_their_vat_and_the_debt_shrinks_by_the_gross() -> None:
    office, draft = an_office()
    worked(office)

    set_off(office, draft)
    invoice = office.invoices.finalise(draft.id)

    assert (invoice.net_minor, invoice.tax_minor) == (1_000, 190)
    assert balances(office, RECEIVABLE, VAT) == [1_190 - 357, -190]
    assert balances(office, CONTRIBUTED, INPUT_VAT, BARTER) == [300, 57, 0]
    assert balances(office, DEFERRED, BARTER_INCOME) == [-700, -300]
    assert balances(office, INCOME, APPORTIONED) == [0, 0]
    shown = office.invoices.show(invoice.number)
    assert (shown.open_minor, shown.paid_state) == (833, PaidState.PART_PAID)
    assert [each.by for each in shown.settlements] == [SettledBy.BARTER]
    assert office.audit.run().ok


def test_what_is_left_is_paid_and_that_alone_runs_through_the_waterfall() -> None:
    office, draft = an_office()
    worked(office)
    set_off(office, draft)
    invoice = office.invoices.finalise(draft.id)

    office.payments.record(euros(833), [invoice.number], reference="B1")

    assert balances(office, INCOME, DEFERRED, RECEIVABLE) == [-700, 0, 0]
    assert balances(office, APPORTIONED, BARTER_INCOME) == [700, -300]
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID
    assert office.audit.run().ok


def test_all_of_an_invoice_may_be_set_off_and_no_more() -> None:
    office, draft = an_office()
    worked(office)
    desk = office.in_kind(8_000)

    desk.settle(draft.id, "ctb_1", euros(1_000), by="host")
    with pytest.raises((InvalidValue, Conflict)):
        desk.settle(draft.id, "ctb_1", euros(1), by="host")
    invoice = office.invoices.finalise(draft.id)

    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID
    assert balances(office, RECEIVABLE, DEFERRED, APPORTIONED) == [0, 0, 0]
    assert balances(office, VAT, INPUT_VAT) == [-190, 190]
    assert office.audit.run().ok


@pytest.mark.parametrize(
    ("where", "told", "expected"),
    [
        (("DE", "DE811569869"), None, ("S", 57, 0, "")),
        (("DE", "DE811569869"), Supply(rate_bp=700), ("S", 21, 0, "")),
        (("FR", "FR40303265045"), None, ("AE", 0, 57, "Reverse charge")),
        (("US", "US1"), None, ("O", 0, 57, "Outside the scope of VAT")),
        (
            ("DE", ""),
            Supply(Supplying.SMALL_BUSINESS, reason="Section 19 UStG."),
            ("E", 0, 0, "Section 19 UStG."),
        ),
        (("", ""), Supply(Supplying.OUTSIDE), ("O", 0, 0, "Not a taxable person")),
    ],
    ids=["at home", "reduced", "another state", "overseas", "small", "no business"],
)
def test_a_contribution_is_taxed_as_its_regime_says(
    where: tuple[str, str],
    told: Supply | None,
    expected: tuple[str, int, int, str],
) -> None:
    office, draft = an_office(country=where[0], vat_id=where[1])
    worked(office)

    set_off(office, draft, told=told)
    invoice = office.invoices.finalise(draft.id)

    (made,) = office.books.barters.on(invoice.id)
    taxed = made.taxed
    assert (taxed.category, made.tax_minor, made.owed_tax_minor) == expected[:3]
    assert taxed.reason == expected[3]
    vat = -(invoice.tax_minor + made.owed_tax_minor)
    assert balances(office, VAT, BARTER) == [vat, 0]
    assert balances(office, INPUT_VAT) == [made.tax_minor + made.owed_tax_minor]
    told_on = paper(office, invoice)
    located = replace(told_on.buyer, country=told_on.buyer.country or "DE")
    assert faults_of(replace(told_on, buyer=located)) == ()
    assert office.audit.run().ok


def test_a_small_seller_gets_no_vat_back() -> None:
    office, draft = an_office(seller=SMALL_WITH_RATE)
    worked(office)

    with pytest.raises(InvalidValue, match="which VAT rate"):
        set_off(office, draft)
    set_off(office, draft, told=Supply(rate_bp=1_900))
    invoice = office.invoices.finalise(draft.id)

    assert invoice.tax_minor == 0
    assert balances(office, CONTRIBUTED, INPUT_VAT, VAT) == [357, 0, 0]
    assert office.invoices.show(invoice.number).open_minor == 643
    assert office.audit.run().ok


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (("DE", ""), Supply()),
        (("", ""), Supply()),
        (("DE", ""), Supply(Supplying.SMALL_BUSINESS)),
        (("FR", ""), Supply(Supplying.SMALL_BUSINESS, reason="Franchise.")),
        (("DE", ""), Supply(Supplying.OUTSIDE, rate_bp=1_900)),
    ],
    ids=["no VAT id", "nowhere", "no reason", "small abroad", "VAT of nobody"],
)
def test_vat_that_cannot_be_is_refused(where: tuple[str, str], told: Supply) -> None:
    office, draft = an_office(country=where[0], vat_id=where[1])
    worked(office)

    with pytest.raises(InvalidValue):
        set_off(office, draft, told=told)
    assert office.books.barters.all() == ()


@pytest.mark.parametrize(
    ("minor", "party", "paid_by", "fault"),
    [
        (501, 1, "Company 1", InvalidValue),
        (0, 1, "Company 1", InvalidValue),
        (1, 3, "Company 1", InvalidValue),
        (1, 1, "none", Conflict),
    ],
    ids=["more than it is worth", "nothing", "a sister company's", "unpaid work"],
)
def test_what_does_not_count_is_refused(
    minor: int, party: int, paid_by: str, fault: type[GatewayError]
) -> None:
    office, draft = an_office()
    worked(office, party=party, paid_by=paid_by)

    with pytest.raises(fault):
        set_off(office, draft, minor)
    assert office.books.barters.all() == ()


def test_the_tariff_bounds_what_is_set_off() -> None:
    office, draft = an_office(percent=30)
    worked(office)

    with pytest.raises(InvalidValue, match="lets 300 minor units"):
        set_off(office, draft, 301)
    set_off(office, draft, 300)


def test_the_agreement_decides_between_barter_and_a_lower_price() -> None:
    office, draft = an_office()
    worked(office)
    with pytest.raises(Conflict, match="says barter"):
        office.in_kind().reduce(draft.id, "ctb_1", euros(1), by="host")

    plain = Office(MemoryBooks(), a_party(1, vat_id="DE811569869"))
    plain.agree()
    plain.memory.add_events(an_event(size=6_000))
    (other,) = plain.billing.run(NOVEMBER, drafts_only=True).invoices
    worked(plain)
    with pytest.raises(InvalidValue, match="reduces the price"):
        set_off(plain, other, 1, Supply())


def test_only_a_draft_is_settled_and_a_voided_one_gives_the_work_back() -> None:
    office, draft = an_office()
    worked(office)
    set_off(office, draft, 500)
    office.invoices.void(draft.id)
    office.memory.add_events(an_event(2, size=6_000))
    office.clock.forward(s=40 * 86_400)
    later_span = replace(NOVEMBER, start_us=NOVEMBER.start_us + 1)
    (later,) = office.billing.run(later_span, drafts_only=True).invoices

    set_off(office, later, 500)
    assert office.invoices.finalise(later.id).status is Status.FINALISED
    with pytest.raises(Conflict):
        set_off(office, later, 1)
    assert office.audit.run().ok


def test_the_paper_names_the_contribution_in_both_languages() -> None:
    office, draft = an_office()
    worked(office)
    set_off(office, draft)
    invoice = office.invoices.finalise(draft.id)

    english, french = paper(office, invoice), paper(office, invoice, "fr")

    assert (english.paid_minor, english.set_off_minor) == (357, 357)
    assert english.due_minor == 833
    assert english.note == (
        "Settled by set-off (barter): Scanned 1742 (ctb_1), supplied by Company 1,"
        " self-billed as INV-2026-0001-B1: net 3.00 EUR, VAT 19 % 0.57 EUR,"
        " total 3.57 EUR."
    )
    assert french.note.startswith("Réglé par compensation (échange) : Scanned 1742")
    assert "TVA 19 % 0,57" in french.note
    assert faults_of(english) == faults_of(french) == ()
    assert "does not name" in " ".join(faults_of(replace(english, note="")))
    assert "not a part" in " ".join(faults_of(replace(english, set_off_minor=358)))


def test_a_received_invoice_and_a_reason_stand_on_the_paper() -> None:
    office, draft = an_office(country="FR", vat_id="FR40303265045")
    worked(office)
    set_off(office, draft, told=Supply(number="F-77"))
    invoice = office.invoices.finalise(draft.id)

    note = paper(office, invoice, "fr").note

    assert "sa facture F-77" in note
    assert note.endswith("Sans TVA : Autoliquidation.")


def test_an_invoice_with_a_set_off_is_credited_whole() -> None:
    office, draft = an_office()
    worked(office)
    set_off(office, draft)
    invoice = office.invoices.finalise(draft.id)
    office.payments.record(euros(833), [invoice.number], reference="B1")

    note = office.invoices.credit(invoice.number, reason="All of it.")

    assert note.gross_minor == 1_190
    assert balances(office, INCOME, BARTER_INCOME, DEFERRED) == [0, 0, 0]
    assert balances(office, APPORTIONED, RECEIVABLE) == [0, -1_190]
    assert faults_of(credit_paper(note, invoice, KNOWN)) == ()
    assert office.audit.run().ok


def test_the_audit_misses_a_set_off_that_is_not_booked_as_it_was_said() -> None:
    office, draft = an_office()
    worked(office)
    set_off(office, draft)
    invoice = office.invoices.finalise(draft.id)
    rows = office.memory.barters.rows
    rows[invoice.id, 1] = replace(rows[invoice.id, 1], net_minor=299)
    changed = office.audit.run().findings["totals_add_up"]
    rows.clear()
    gone = office.audit.run().findings["totals_add_up"]

    assert any("is not booked" in each for each in changed)
    assert any("rests on no barter" in each for each in gone)


@settings(max_examples=40, deadline=None)
@given(
    wanted=st.lists(st.integers(1, 500), min_size=1, max_size=5),
    rate_bp=st.integers(0, 2_500),
    percent=st.integers(0, 100),
    pays=st.lists(st.integers(1, 600), max_size=3),
    credited=st.integers(0, 1_000),
)
def test_nothing_is_lost_between_set_off_payment_and_credit(
    wanted: list[int], *, rate_bp: int, percent: int, pays: list[int], credited: int
) -> None:
    office, draft = an_office(percent=percent)
    worked(office)
    desk, net = office.in_kind(6_000), 0
    for amount in wanted:
        told = Supply(rate_bp=rate_bp)
        try:
            desk.settle(draft.id, "ctb_1", euros(amount), by="host", told=told)
        except (InvalidValue, Conflict):
            continue
        net += amount
    invoice = office.invoices.finalise(draft.id)
    gross = sum(one.gross_minor for one in office.books.barters.on(invoice.id))
    income = -balances(office, BARTER_INCOME)[0]
    paid = 0
    for number, minor in enumerate(pays):
        left = office.invoices.show(invoice.number).open_minor
        if amount := min(minor, left):
            paid += amount
            office.payments.record(
                euros(amount), [invoice.number], reference=f"B{number}"
            )

    assert (invoice.net_minor, invoice.tax_minor) == (1_000, 190)
    assert net <= min(1_500, 1_000 * percent // 100)
    assert gross <= invoice.gross_minor
    assert faults_of(paper(office, invoice)) == ()
    assert balances(office, CONTRIBUTED, BARTER) == [net, 0]
    assert balances(office, INPUT_VAT) == [gross - net]
    assert income == (1_000 * gross * 2 + 1_190) // (2 * 1_190)
    assert balances(office, APPORTIONED) == [-balances(office, INCOME)[0]]
    assert balances(office, RECEIVABLE) == [1_190 - gross - paid]
    if credited:
        office.invoices.credit(invoice.number, reason="Ours.", wanted={2: credited})
    ends = [-each for each in balances(office, DEFERRED, INCOME, BARTER_INCOME)]
    assert sum(ends) == 1_000 - credited
    assert min(ends) >= 0
    assert balances(office, APPORTIONED) == [ends[1]]
    assert office.audit.run().ok


def test_euros_are_what_is_meant() -> None:
    office, draft = an_office()
    worked(office)

    with pytest.raises(InvalidValue):
        office.in_kind().settle(draft.id, "ctb_1", Money(1, "USD"), by="host")
