"""Invoices and credit notes: immutable, gapless, and residual-safe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.arrears import arrears
from gateway.billing.canonical import agrees, canonical_json
from gateway.billing.credit_note import CreditNote, credit
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind, Status, waiver_line
from gateway.billing.numbering import Document, gaps, parsed, series_of, spelled
from gateway.billing.obligation import obligation_of
from gateway.billing.settlement import (
    PaidState,
    Payment,
    net_received,
)
from gateway.billing.tax import (
    Buyer,
    Regime,
    Seller,
    groups,
    net_within,
    tax_on,
    treatment,
)
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from tests.fakes.ledger import NOVEMBER, SELF, SMALL

DAY_US = 86_400_000_000


def a_line(
    position: int = 1, net_minor: int = 1_000, *, rate_bp: int = 1_900
) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        kind=LineKind.USAGE,
        text="Machine access",
        collection="registers",
        tariff="ai-2026",
        tariff_version=1,
        bracket=1,
        quantity=5_000,
        unit="bytes",
        price_micros=2_000_000,
        base_quantity=1_000,
        net_minor=net_minor,
        category="S",
        rate_bp=rate_bp,
        month=NOVEMBER,
    )


def a_draft(*lines: InvoiceLine) -> Invoice:
    return Invoice(
        id="inv_1",
        run_id="run_1",
        agreement_id="agr_1",
        buyer=Buyer("pty_1", "Company 1", "DE"),
        period=NOVEMBER,
        currency="EUR",
        lines=lines or (a_line(),),
    )


def finalised(*lines: InvoiceLine) -> Invoice:
    draft = a_draft(*lines)
    return draft.finalised("INV-2026-0001", issued_us=1, due_us=1 + 30 * DAY_US)


def test_vat_is_rounded_once_per_category_and_rate() -> None:
    lines = [a_line(n, net) for n, net in enumerate((6833, 6833, 5750, 8500), start=1)]
    invoice = a_draft(*(replace(line, rate_bp=2_000) for line in lines))

    assert (invoice.net_minor, invoice.tax_minor) == (27_916, 5_583)
    assert len(invoice.taxes) == 1


def test_a_finalised_invoice_cannot_be_finalised_voided_or_changed() -> None:
    invoice = finalised()

    with pytest.raises(Conflict):
        invoice.voided()
    with pytest.raises(Conflict):
        invoice.with_line(a_line(2))
    with pytest.raises(Conflict):
        invoice.finalised("INV-2026-0002", issued_us=1, due_us=2)


def test_a_draft_may_be_voided() -> None:
    assert a_draft().voided().status is Status.VOID


def test_lines_are_numbered_without_gaps_or_there_is_no_invoice() -> None:
    with pytest.raises(InvalidValue):
        a_draft(a_line(2))


def test_an_invoice_without_lines_or_with_an_early_number_cannot_exist() -> None:
    with pytest.raises(InvalidValue):
        replace(a_draft(), lines=())
    with pytest.raises(InvalidValue):
        replace(a_draft(), number="INV-2026-0001")


def test_a_kept_document_agrees_with_a_value_that_gained_a_field() -> None:
    document = canonical_json({"a": 1, "lines": [{"b": 2}]})

    assert agrees(document, {"a": 1, "lines": [{"b": 2, "new": 3}], "later": 4})
    assert not agrees(document, {"a": 1, "lines": [{"b": 3}]})
    assert not agrees(document, {"a": 1, "lines": []})


def test_what_has_no_exact_spelling_is_refused() -> None:
    with pytest.raises(InvalidValue):
        canonical_json({"rate": 0.19})


def test_the_residual_that_breaks_others_is_exact_here() -> None:
    invoice = finalised(
        *(
            a_line(n, net, rate_bp=2_000)
            for n, net in enumerate((6833, 6833, 5750, 8500), start=1)
        )
    )

    notes: list[CreditNote] = []
    for line in invoice.lines:
        wanted = {line.position: line.net_minor}
        notes.append(credit(invoice, notes, note_id="n", reason="r", wanted=wanted))

    assert sum(note.gross_minor for note in notes) == invoice.gross_minor


@given(
    nets=st.lists(st.integers(1, 10_000), min_size=1, max_size=4),
    rates=st.lists(st.sampled_from([0, 700, 1_900]), min_size=4, max_size=4),
    parts=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10_000)), max_size=8),
)
def test_crediting_everything_in_any_parts_gives_back_exactly_what_was_taken(
    nets: list[int], rates: list[int], parts: list[tuple[int, int]]
) -> None:
    invoice = finalised(
        *(a_line(n + 1, net, rate_bp=rates[n]) for n, net in enumerate(nets))
    )
    left = dict(enumerate(nets, start=1))
    notes: list[CreditNote] = []

    for where, wanted in parts:
        position = 1 + where % len(nets)
        part = min(wanted, left[position])
        if part:
            left[position] -= part
            notes.append(
                credit(invoice, notes, note_id="n", reason="r", wanted={position: part})
            )
    if any(left.values()):
        notes.append(credit(invoice, notes, note_id="n", reason="the rest"))

    assert sum(note.net_minor for note in notes) == invoice.net_minor
    assert sum(note.tax_minor for note in notes) == invoice.tax_minor


@pytest.mark.parametrize(
    ("wanted", "error"),
    [({1: 1_001}, InvalidValue), ({1: 0}, InvalidValue), ({9: 1}, NotFound)],
    ids=["more than there is", "nothing", "no such line"],
)
def test_an_impossible_credit_is_refused(
    wanted: dict[int, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        credit(finalised(), [], note_id="n", reason="r", wanted=wanted)


def test_nothing_is_credited_twice_and_no_draft_at_all() -> None:
    invoice = finalised()
    whole = credit(invoice, [], note_id="n", reason="r")

    with pytest.raises(Conflict):
        credit(invoice, [whole], note_id="n", reason="r")
    with pytest.raises(Conflict):
        credit(a_draft(), [], note_id="n", reason="r")


def test_a_waiver_takes_back_and_takes_its_vat_back() -> None:
    draft = a_draft(a_line(net_minor=1_000))

    waived = draft.with_line(waiver_line(draft, 400))

    assert (waived.net_minor, waived.tax_minor) == (600, 114)


@pytest.mark.parametrize(
    ("seller", "buyer", "category", "rate_bp"),
    [
        (SELF, Buyer("p", "n", "DE"), "S", 1_900),
        (SELF, Buyer("p", "n", "DE", "DE1"), "S", 1_900),
        (SELF, Buyer("p", "n"), "S", 1_900),
        (SELF, Buyer("p", "n", "FR", "FR1"), "AE", 0),
        (SELF, Buyer("p", "n", "FR"), "S", 1_900),
        (SELF, Buyer("p", "n", "US"), "O", 0),
        (SMALL, Buyer("p", "n", "FR", "FR1"), "E", 0),
    ],
    ids=["home", "home B2B", "unknown", "EU B2B", "EU B2C", "abroad", "small"],
)
def test_who_sells_to_whom_decides_the_vat(
    seller: Seller, buyer: Buyer, category: str, rate_bp: int
) -> None:
    taxed = treatment(seller, buyer)

    assert (taxed.category, taxed.rate_bp) == (category, rate_bp)
    assert bool(taxed.reason) == (category != "S")


def test_a_rate_that_no_table_names_is_not_guessed() -> None:
    with pytest.raises(InvalidValue):
        treatment(replace(SELF, rates_bp={}), Buyer("p", "n", "DE"))


def test_an_exempt_seller_says_why() -> None:
    with pytest.raises(InvalidValue):
        Seller(regime=Regime.EXEMPT)


@given(gross=st.integers(0, 10**9), rate_bp=st.sampled_from([0, 700, 1_900, 2_700]))
def test_the_net_within_a_gross_is_the_largest_that_fits(
    gross: int, rate_bp: int
) -> None:
    net = net_within(gross, rate_bp)

    assert net + tax_on(net, rate_bp) <= gross
    assert net + 1 + tax_on(net + 1, rate_bp) > gross


def test_groups_are_sorted_and_complete() -> None:
    found = groups([("S", 1_900, 100), ("S", 700, 100), ("S", 1_900, 50)])

    assert [(one.rate_bp, one.basis_minor) for one in found] == [
        (700, 100),
        (1900, 150),
    ]


def test_numbers_are_read_as_they_are_written() -> None:
    series = series_of(Document.INVOICE, NOVEMBER.start_us)

    assert parsed(spelled(series, 12)) == ("INV-2026-", 12)
    with pytest.raises(InvalidValue):
        parsed("12")


@pytest.mark.parametrize(
    ("numbers", "after", "wrong"),
    [
        (["INV-2026-0001", "INV-2026-0003"], 4, ("INV-2026-0002",)),
        (["INV-2026-0001", "INV-2026-0001"], 2, ("INV-2026-0001",)),
        (["INV-2026-0001"], 3, ("INV-2026-0002",)),
        (["INV-2026-0001", "INV-2026-0007"], 2, ("INV-2026-0007",)),
        (["INV-2026-0002", "INV-2026-0001"], 3, ()),
    ],
    ids=["a gap", "a double", "the last is gone", "never drawn", "whole"],
)
def test_gaps_and_doubles_are_found(
    numbers: list[str], after: int, wrong: tuple[str, ...]
) -> None:
    assert gaps(numbers, {"INV-2026-": after}) == wrong


def test_paid_and_overdue_are_derived() -> None:
    def state(paid_minor: int, *, now_us: int) -> PaidState:
        told = arrears(
            finalised(), notes=(), disputes=(), paid_minor=paid_minor, now_us=now_us
        )
        return told.state

    assert state(0, now_us=2) is PaidState.OPEN
    assert state(600, now_us=2) is PaidState.PART_PAID
    assert state(600, now_us=31 * DAY_US) is PaidState.OVERDUE
    assert state(1_190, now_us=31 * DAY_US) is PaidState.PAID


def test_nobody_owes_a_draft() -> None:
    with pytest.raises(InvalidValue):
        obligation_of(a_draft())


def test_a_payment_is_above_nothing_and_has_a_reference() -> None:
    for amount, fee, reference in ((0, 0, "r"), (1, 2, "r"), (1, 0, "")):
        with pytest.raises(InvalidValue):
            Payment(
                "pay_1",
                "bank",
                reference,
                currency="EUR",
                amount_minor=amount,
                received_us=1,
                fee_minor=fee,
            )


def test_the_net_part_of_all_that_is_paid_is_all_of_the_net() -> None:
    assert net_received(1_000, 1_190, 1_190) == 1_000
    assert net_received(0, 0, 0) == 0
