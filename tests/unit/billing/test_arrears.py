"""Disputes and arrears: what is owed is open, in dispute or overdue, to the cent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.arrears import Arrears, arrears
from gateway.billing.credit_note import CreditNote, credit
from gateway.billing.dispute import (
    Dispute,
    Outcome,
    Resolution,
    charged_positions,
    dispute,
)
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind
from gateway.billing.settlement import PaidState
from gateway.billing.tax import Buyer
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.period import month

DAY = 86_400_000_000
NOVEMBER = month(2026, 11)
DUE = NOVEMBER.end_us + 30 * DAY


def a_line(position: int, net_minor: int, rate_bp: int = 1_900) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        kind=LineKind.USAGE if net_minor >= 0 else LineKind.WAIVER,
        text="a line",
        collection="registers",
        tariff="ai-2026",
        tariff_version=1,
        bracket=0,
        quantity=1,
        unit="bytes",
        price_micros=0,
        base_quantity=1,
        net_minor=net_minor,
        category="S" if rate_bp else "Z",
        rate_bp=rate_bp,
        month=NOVEMBER,
    )


def an_invoice(*lines: InvoiceLine) -> Invoice:
    draft = Invoice(
        id="inv_1",
        run_id="run_1",
        agreement_id="agr_1",
        buyer=Buyer("pty_1", "Company", "DE"),
        period=NOVEMBER,
        currency="EUR",
        lines=lines or (a_line(1, 1_000), a_line(2, 333)),
    )
    return draft.finalised("INV-2026-0001", issued_us=NOVEMBER.end_us, due_us=DUE)


def a_dispute(
    *positions: int, name: int = 1, opened_us: int = DUE - 10 * DAY
) -> Dispute:
    return Dispute(
        f"dsp_{name}",
        "inv_1",
        positions or (1,),
        by="Mapworks",
        reason="We were blocked that week.",
        opened_us=opened_us,
    )


def rejected(one: Dispute, at_us: int) -> Dispute:
    return one.resolved(Resolution(Outcome.REJECTED, "host", "You were not.", at_us))


def told(
    invoice: Invoice,
    *disputes: Dispute,
    notes: tuple[CreditNote, ...] = (),
    paid: int = 0,
    now_us: int = DUE + DAY,
) -> Arrears:
    return arrears(
        invoice, notes=notes, disputes=disputes, paid_minor=paid, now_us=now_us
    )


def test_a_disputed_line_is_owed_and_not_asked_for() -> None:
    invoice = an_invoice()

    found = told(invoice, a_dispute(1))

    assert found.open_minor == invoice.gross_minor == 1_586
    assert (found.disputed_minor, found.overdue_minor) == (1_190, 396)
    assert found.state is PaidState.OVERDUE
    assert told(invoice, a_dispute(1), paid=396).state is PaidState.DISPUTED


def test_without_a_dispute_all_of_it_is_overdue() -> None:
    found = told(an_invoice())

    assert (found.disputed_minor, found.overdue_minor) == (0, 1_586)
    assert found.overdue_us == DAY


def test_the_clock_goes_on_where_it_stood_when_a_dispute_is_rejected() -> None:
    ended = rejected(a_dispute(1, 2), DUE + 5 * DAY)  # stood still for 15 days

    before = told(an_invoice(), ended, now_us=DUE + 15 * DAY - 1)
    after = told(an_invoice(), ended, now_us=DUE + 17 * DAY)

    assert (before.overdue_minor, before.state) == (0, PaidState.OPEN)
    assert (after.overdue_minor, after.overdue_us) == (1_586, 2 * DAY)


def test_what_is_paid_settles_what_is_not_in_dispute_first() -> None:
    found = told(an_invoice(), a_dispute(1), paid=500)

    assert (found.open_minor, found.disputed_minor) == (1_086, 1_086)
    assert found.overdue_minor == 0


def test_an_upheld_dispute_is_given_back_and_the_rest_is_overdue() -> None:
    invoice = an_invoice()
    note = credit(invoice, [], note_id="crn_1", reason="Right.", wanted={1: 1_000})
    upheld = a_dispute(1).resolved(
        Resolution(Outcome.UPHELD, "host", "Right.", DUE, note.id)
    )

    found = told(invoice, upheld, notes=(note,))

    assert found.open_minor == found.overdue_minor == 1_586 - note.gross_minor


nets = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)
rates = st.lists(st.sampled_from([0, 550, 1_900, 2_000]), min_size=6, max_size=6)


@st.composite
def stories(
    draw: st.DrawFn,
) -> tuple[Invoice, tuple[CreditNote, ...], list[Dispute], int, int]:
    """An invoice, notes on it, disputes one after the other, a payment, an instant."""
    amounts, taxed = draw(nets), draw(rates)
    lines = [a_line(at, net, taxed[at - 1]) for at, net in enumerate(amounts, start=1)]
    invoice = an_invoice(*lines)
    notes: tuple[CreditNote, ...] = ()
    if draw(st.booleans()):
        at = draw(st.integers(1, len(lines)))
        wanted = {at: draw(st.integers(1, amounts[at - 1]))}
        notes = (credit(invoice, [], note_id="crn_1", reason="Part.", wanted=wanted),)
    disputes: list[Dispute] = []
    for at in range(1, len(lines) + 1):
        opened = DUE + draw(st.integers(-20, 20)) * DAY
        one = a_dispute(at, name=at, opened_us=opened)
        if draw(st.booleans()):
            disputes.append(one)
        elif draw(st.booleans()):
            disputes.append(rejected(one, opened + draw(st.integers(0, 20)) * DAY))
    paid = draw(st.integers(0, invoice.gross_minor))
    return invoice, notes, disputes, paid, DUE + draw(st.integers(-40, 60)) * DAY


@settings(max_examples=150)
@given(story=stories(), seed=st.randoms(use_true_random=False))
def test_overdue_and_disputed_never_exceed_what_is_open(
    story: tuple[Invoice, tuple[CreditNote, ...], list[Dispute], int, int],
    seed: object,
) -> None:
    invoice, notes, disputes, paid, now_us = story

    found = told(invoice, *disputes, notes=notes, paid=paid, now_us=now_us)
    shuffled = sorted(disputes, key=lambda one: hash((str(seed), one.id)))
    again = told(invoice, *shuffled, notes=notes, paid=paid, now_us=now_us)
    calm = told(invoice, notes=notes, paid=paid, now_us=now_us)

    assert again == found
    assert found.open_minor == calm.open_minor
    open_minor = max(0, found.open_minor)
    assert found.disputed_minor >= 0 <= found.overdue_minor
    assert found.disputed_minor + found.overdue_minor <= open_minor
    assert found.overdue_minor <= max(0, calm.overdue_minor)
    if now_us >= DUE + 61 * DAY:
        assert found.disputed_minor + found.overdue_minor == open_minor


@settings(max_examples=80)
@given(story=stories())
def test_in_the_end_all_that_is_open_is_in_dispute_or_overdue(
    story: tuple[Invoice, tuple[CreditNote, ...], list[Dispute], int, int],
) -> None:
    invoice, notes, disputes, paid, _ = story

    found = told(invoice, *disputes, notes=notes, paid=paid, now_us=DUE + 99 * DAY)

    assert found.disputed_minor + found.overdue_minor == max(0, found.open_minor)


def test_a_dispute_that_must_not_be_is_refused() -> None:
    invoice = an_invoice()
    note = credit(invoice, [], note_id="crn_1", reason="All.", wanted={2: 333})

    dispute(invoice, (), (), opened=a_dispute(1))
    with pytest.raises(NotFound):
        dispute(invoice, (), (), opened=a_dispute(9))
    with pytest.raises(Conflict):
        dispute(invoice, (), [a_dispute(1)], opened=a_dispute(1, 2, name=2))
    with pytest.raises(Conflict):
        dispute(invoice, [note], (), opened=a_dispute(2))
    with pytest.raises(InvalidValue):
        a_dispute(2, 1)
    with pytest.raises(InvalidValue):
        replace(a_dispute(1), reason=" ")


def test_a_line_may_be_disputed_again_after_it_was_rejected() -> None:
    ended = rejected(a_dispute(1), DUE)

    again = a_dispute(1, name=2, opened_us=DUE + DAY)

    assert dispute(an_invoice(), (), [ended], opened=again) is again
    with pytest.raises(Conflict):
        ended.resolved(Resolution(Outcome.REJECTED, "host", "Again.", DUE + DAY))


def test_all_that_is_charged_is_disputed_where_no_line_is_named() -> None:
    invoice = an_invoice(a_line(1, 1_000), a_line(2, -100), a_line(3, 5))

    assert charged_positions(invoice, (), ()) == (1, 3)
    assert charged_positions(invoice, (), [a_dispute(1)]) == (3,)
    with pytest.raises(Conflict):
        charged_positions(invoice, (), [a_dispute(1, 3)])


def test_only_what_is_upheld_has_a_note() -> None:
    with pytest.raises(InvalidValue):
        Resolution(Outcome.UPHELD, "host", "Right.", DUE)
    with pytest.raises(InvalidValue):
        Resolution(Outcome.REJECTED, "host", "Wrong.", DUE, "crn_1")
    with pytest.raises(InvalidValue):
        a_dispute(1).resolved(Resolution(Outcome.REJECTED, "host", "Before.", 1))


def test_nobody_is_behind_with_a_draft() -> None:
    draft = replace(an_invoice(), due_us=None)

    with pytest.raises(InvalidValue):
        told(draft)
