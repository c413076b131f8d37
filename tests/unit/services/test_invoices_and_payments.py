"""Invoices, payments and the fund: from the debt to the pots, to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import Invoice, Status
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import (
    BANK,
    DEFERRED,
    INCOME,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RECEIVABLE,
    RESERVE,
    ROUNDS,
    VAT,
    payable,
)
from gateway.fund.payout import Payout
from gateway.fund.waterfall import FundTerms
from gateway.identity.ownership import owner_key
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Kind
from gateway.reciprocity.review import State, Verdict
from gateway.services.contributions import Contributions
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import DECEMBER, NOVEMBER, Office, a_party, an_event


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def invoiced(size: int = 6_000) -> tuple[Office, Invoice]:
    """An office with one invoice: net 1,000, VAT 190, gross 1,190."""
    office = Office(MemoryBooks(), a_party(1), a_party(2), a_party(3))
    office.agree()
    office.memory.add_events(an_event(size=size))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    return office, invoice


def balance(office: Office, account: str) -> int:
    return office.books.journal.balance(account, "EUR")


def contributions(office: Office) -> Contributions:
    return Contributions(
        office.books.contributions,
        parties=office.parties,
        clock=office.clock,
        ids=office.ids,
    )


def worked(office: Office, party: int, hundredths: int, *, paid_by: str) -> None:
    desk = contributions(office)
    claim = desk.claim(
        f"pty_{party}",
        Kind.RECORDS,
        title="Transcribed a register",
        evidence="https://archive.example/registers/1742",
        weight_hundredths=hundredths,
        paid_by=paid_by,
    )
    desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")


def test_a_finalised_invoice_is_owed_but_no_income_yet() -> None:
    office, _ = invoiced()

    assert balance(office, RECEIVABLE) == 1_190
    assert balance(office, DEFERRED) == -1_000
    assert balance(office, VAT) == -190
    assert balance(office, INCOME) == 0


def test_a_payment_is_income_and_fills_the_pots() -> None:
    office, invoice = invoiced()

    recorded = office.payments.record(
        euros(1_190), [invoice.number], reference="RF-1", fee_minor=0
    )

    assert recorded.is_new
    assert balance(office, RECEIVABLE) == 0
    assert balance(office, INCOME) == -1_000
    (figures,) = office.fund.waterfall()
    assert figures.received_minor == 1_000
    assert list(figures.pots.values()) == [100, 100, 0, 200, 0, 600]
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID
    assert office.audit.run().ok


def test_the_same_payment_again_changes_nothing() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(500), [invoice.number], reference="RF-1")

    again = office.payments.record(euros(500), [invoice.id], reference="RF-1")

    assert not again.is_new
    assert balance(office, BANK) == 500


def test_the_same_reference_for_another_amount_is_a_conflict() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(500), [invoice.number], reference="RF-1")

    with pytest.raises(Conflict):
        office.payments.record(euros(501), [invoice.number], reference="RF-1")


def test_the_same_reference_for_another_invoice_is_a_conflict() -> None:
    office, first = invoiced()
    office.memory.add_events(an_event(2, size=1_000, occurred_us=DECEMBER.start_us))
    office.at(DECEMBER)
    (second,) = office.billing.run(DECEMBER).invoices
    office.payments.record(euros(100), [first.number], reference="RF-1")

    with pytest.raises(Conflict):
        office.payments.record(euros(100), [second.number], reference="RF-1")


def test_one_payment_may_settle_two_invoices() -> None:
    office, first = invoiced()
    office.memory.add_events(an_event(2, size=1_000, occurred_us=DECEMBER.start_us))
    office.at(DECEMBER)
    (second,) = office.billing.run(DECEMBER).invoices

    recorded = office.payments.record(
        euros(1_200), [first.number, second.number], reference="RF-1", fee_minor=30
    )

    assert [share.amount_minor for share in recorded.shares] == [1_190, 10]
    assert balance(office, BANK) == 1_170
    assert office.audit.run().ok


@pytest.mark.parametrize(
    ("minor", "currency", "named"),
    [(1_191, "EUR", "INV-2026-0001"), (100, "USD", "INV-2026-0001")],
    ids=["more than is open", "another currency"],
)
def test_a_payment_that_does_not_fit_is_refused(
    minor: int, currency: str, named: str
) -> None:
    office, _ = invoiced()

    with pytest.raises(InvalidValue):
        office.payments.record(Money(minor, currency), [named], reference="RF-1")
    assert office.payments.list() == ()


def test_a_payment_for_nothing_we_know_is_refused() -> None:
    office, _ = invoiced()

    with pytest.raises(NotFound):
        office.payments.record(euros(1), ["INV-2026-0009"], reference="RF-1")
    with pytest.raises(InvalidValue):
        office.payments.record(
            euros(1), ["INV-2026-0001"], reference="RF-1", provider="prepaid"
        )


def test_the_providers_fee_never_runs_through_the_waterfall() -> None:
    office, invoice = invoiced()

    office.payments.record(
        euros(1_190), [invoice.number], reference="RF-1", fee_minor=40
    )

    assert office.fund.waterfall()[0].received_minor == 960
    assert office.audit.run().ok


@settings(max_examples=40)
@given(parts=st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_partial_payments_together_recognise_exactly_the_net(parts: list[int]) -> None:
    office, invoice = invoiced()
    left = invoice.gross_minor

    for number, part in enumerate(parts):
        paid = min(part, left)
        if paid:
            office.payments.record(
                euros(paid), [invoice.number], reference=f"RF-{number}"
            )
            left -= paid
    if left:
        office.payments.record(euros(left), [invoice.number], reference="RF-rest")

    assert balance(office, DEFERRED) == 0
    assert balance(office, INCOME) == -invoice.net_minor
    assert office.fund.waterfall()[0].received_minor == invoice.net_minor
    assert office.audit.run().ok


@settings(max_examples=40)
@given(
    paid=st.integers(0, 1_190),
    credited=st.integers(1, 1_000),
    then_all=st.booleans(),
)
def test_credit_notes_keep_the_books_balanced(
    paid: int, credited: int, *, then_all: bool
) -> None:
    office, invoice = invoiced()
    if paid:
        office.payments.record(euros(paid), [invoice.number], reference="RF-1")

    office.invoices.credit(invoice.number, reason="too much", wanted={2: credited})
    if then_all and credited < 1_000:
        office.invoices.credit(invoice.number, reason="all of it")

    report = office.audit.run()
    assert report.ok, report.findings
    assert balance(office, DEFERRED) <= 0


def test_an_invoice_credited_in_full_is_owed_by_nobody() -> None:
    office, invoice = invoiced()

    note = office.invoices.credit(invoice.number, reason="it was ours")

    assert note.number == "CN-2026-0001"
    assert office.invoices.show(invoice.number).open_minor == 0
    assert (balance(office, RECEIVABLE), balance(office, VAT)) == (0, 0)
    with pytest.raises(Conflict):
        office.invoices.credit(invoice.number, reason="again")


def test_asked_again_under_the_same_name_it_is_the_same_credit_note() -> None:
    office, invoice = invoiced()
    words: dict[str, Any] = {
        "reason": "The files were damaged.",
        "reference": "TICKET-12",
    }

    first = office.invoices.credit(invoice.number, wanted={2: 100}, **words)
    again = office.invoices.credit(invoice.id, wanted={2: 100}, **words)
    other = office.invoices.credit(invoice.number, reason="More.", wanted={2: 100})

    assert again == first
    assert other.number == "CN-2026-0002"
    assert office.invoices.show(invoice.number).open_minor == 1_190 - 2 * 119
    for changed in ({"wanted": {2: 101}}, {"wanted": None}):
        with pytest.raises(Conflict, match="asked for with other"):
            office.invoices.credit(invoice.number, **words, **changed)
    with pytest.raises(Conflict, match="asked for with other"):
        office.invoices.credit(
            invoice.number, reason="Other.", reference="TICKET-12", wanted={2: 100}
        )
    assert office.audit.run().ok


def test_a_credit_note_says_why() -> None:
    office, invoice = invoiced()

    with pytest.raises(InvalidValue, match="says why"):
        office.invoices.credit(invoice.number, reason=" ")

    note = office.invoices.credit(invoice.number, reason="it was ours")
    assert note.number == "CN-2026-0001"


def test_what_is_given_back_is_borne_by_the_operator_and_the_reserve() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    labour = balance(office, LABOUR_RESERVE)

    office.invoices.credit(invoice.number, reason="it was ours", wanted={2: 50})

    assert balance(office, OPERATOR_FEE) == -100 + 5
    assert balance(office, RESERVE) == -100 + 45
    assert balance(office, LABOUR_RESERVE) == labour
    assert balance(office, INCOME) == -950
    assert office.audit.run().ok


def test_of_income_that_goes_back_whole_the_operator_keeps_nothing() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    assert balance(office, OPERATOR_FEE) == -100

    office.invoices.credit(invoice.number, reason="it was ours")

    assert balance(office, OPERATOR_FEE) == 0
    assert office.audit.run().ok


def test_only_drafts_are_voided_or_finalised() -> None:
    office, invoice = invoiced()

    with pytest.raises(Conflict):
        office.invoices.void(invoice.number)
    with pytest.raises(Conflict):
        office.invoices.finalise(invoice.id)
    with pytest.raises(NotFound):
        office.invoices.show("INV-2026-0099")


def test_a_voided_draft_leaves_no_gap() -> None:
    office = Office(MemoryBooks(), a_party())
    office.agree()
    office.memory.add_events(an_event(size=5_000))
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    office.invoices.void(draft.id)
    office.memory.add_events(an_event(2, size=5_000, occurred_us=DECEMBER.start_us))
    office.at(DECEMBER)

    (invoice,) = office.billing.run(DECEMBER).invoices

    assert invoice.number == "INV-2027-0001"
    assert [view.invoice.status for view in office.invoices.list()] == [
        Status.VOID,
        Status.FINALISED,
    ]
    with pytest.raises(Conflict):
        office.payments.record(euros(1), [draft.id], reference="RF-1")
    assert office.audit.run().ok


def test_more_unpaid_work_raises_the_share_of_labour() -> None:
    office, invoice = invoiced()
    worked(office, 2, 100, paid_by="none")
    worked(office, 3, 100, paid_by="grant")

    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")

    assert balance(office, LABOUR_RESERVE) == -400  # half of 800, not a quarter
    assert balance(office, OPERATOR_FEE) == -100


def test_a_full_reserve_leaves_more_to_the_others() -> None:
    office = Office(MemoryBooks(), a_party(), terms=FundTerms(reserve_target_minor=30))
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices

    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")

    assert balance(office, RESERVE) == -30
    assert office.fund.waterfall(NOVEMBER) == ()
    assert office.fund.waterfall(DECEMBER)[0].received_minor == 1_000


def test_the_labour_reserve_goes_to_unpaid_work_by_weight() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    worked(office, 2, 300, paid_by="none")
    worked(office, 3, 100, paid_by="none")

    (allocation,) = office.fund.allocate("2026-11", "EUR")

    assert dict(allocation.shares) == {"pty_2": 150, "pty_3": 50}
    assert balance(office, LABOUR_RESERVE) == 0
    assert office.fund.allocate("2026-11", "EUR") == (allocation,)
    assert office.fund.figures("EUR").top_share * 4 == 3
    with pytest.raises(Conflict):
        office.fund.allocate("2026-11", "EUR", amount_minor=7)
    assert office.audit.run().ok


def test_a_run_without_a_name_divides_nothing() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    worked(office, 2, 300, paid_by="none")
    labour = balance(office, LABOUR_RESERVE)

    with pytest.raises(InvalidValue, match="has a name"):
        office.fund.allocate(" ", "EUR")

    assert balance(office, LABOUR_RESERVE) == labour < 0


@pytest.mark.parametrize(
    "barred", ["pty_3", "company  3", "pty_4", "Hosting Holding"], ids=repr
)
def test_the_labour_reserve_never_reaches_who_is_barred_nor_its_companies(
    barred: str,
) -> None:
    owner = owner_key("Hosting Holding")
    office = Office(
        MemoryBooks(),
        *(a_party(1), a_party(2)),
        *(a_party(3, owner_id=owner), a_party(4, owner_id=owner)),
        terms=FundTerms(barred=frozenset({barred})),
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    for party in (2, 3, 4):
        worked(office, party, 100, paid_by="none")

    (allocation,) = office.fund.allocate("2026-11", "EUR")

    assert [who for who, _ in allocation.shares] == ["pty_2"]


def test_nobody_reviews_for_a_party_of_the_same_owner() -> None:
    office = Office(MemoryBooks(), a_party(1), a_party(2, owner_id="pty_1"), a_party(3))
    desk = contributions(office)
    claim = desk.claim(
        "pty_2",
        Kind.CARE,
        title="Welcomed newcomers",
        evidence="minutes",
        weight_hundredths=250,
    )

    with pytest.raises(InvalidValue, match="same owner"):
        desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")
    view = desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_3")

    assert view.state is State.VESTED


def test_what_rounds_hold_is_divided_by_a_round_and_by_nothing_else() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    worked(office, 2, 300, paid_by="none")

    with pytest.raises(InvalidValue, match="copyfair round"):
        office.fund.allocate("2026-11", "EUR", amount_minor=201)
    (labour,) = office.fund.allocate("2026-11", "EUR", amount_minor=200)

    assert (labour.source, labour.amount) == (LABOUR_RESERVE, euros(200))
    assert office.books.journal.balance(ROUNDS, "EUR") < 0


def test_without_unpaid_work_nothing_is_allocated() -> None:
    office, invoice = invoiced()
    assert office.fund.allocate("empty", "EUR") == ()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")

    with pytest.raises(InvalidValue):
        office.fund.allocate("2026-11", "EUR")


def test_a_contributor_is_paid_what_is_owed_and_no_more() -> None:
    office, invoice = invoiced()
    office.payments.record(euros(1_190), [invoice.number], reference="RF-1")
    worked(office, 2, 300, paid_by="none")
    office.fund.allocate("2026-11", "EUR")
    payout = Payout("pty_2", euros(150), "SEPA-1", paid_us=office.clock.now_us())

    assert office.fund.pay_out(payout)
    assert not office.fund.pay_out(payout)

    assert balance(office, payable("pty_2")) == -50
    with pytest.raises(InvalidValue):
        office.fund.pay_out(Payout("pty_2", euros(51), "SEPA-2", paid_us=1))
    with pytest.raises(Conflict):
        office.fund.pay_out(Payout("pty_2", euros(1), "SEPA-1", paid_us=1))
    assert office.audit.run().ok


def test_the_statement_of_a_period_holds_its_entries_only() -> None:
    office, _ = invoiced()

    assert office.fund.statement(NOVEMBER) == ()
    assert [entry.kind for entry in office.fund.statement(DECEMBER)] == ["invoice"]
    assert office.fund.balance()[RECEIVABLE, "EUR"] == 1_190


def test_a_claim_is_reviewed_by_another_and_vests() -> None:
    office, _ = invoiced()
    desk = contributions(office)
    claim = desk.claim(
        "pty_2",
        Kind.CARE,
        title="Welcomed newcomers",
        evidence="minutes",
        weight_hundredths=250,
    )

    view = desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")

    assert view.state is State.VESTED
    assert [each.claim for each in desk.list("pty_2")] == [claim]
    assert desk.list("pty_1") == ()
    with pytest.raises(InvalidValue):
        desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_2")
    with pytest.raises(NotFound):
        desk.review("ctb_9", Verdict.ACCEPT, reviewer_id="pty_1")
    with pytest.raises(NotFound):
        desk.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_9")
