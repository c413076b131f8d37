"""How movements of money are printed: a table, a document, and what is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.billing.bank import Direction, UsedFor
from gateway.cli.screen import complain, table
from gateway.fund.accounts import HELD_BY
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.services.taken_in import TakenIn
from gateway.telemetry.legible import legible

NAME_CHARS_MAX = 40


def complained(taken: Iterable[TakenIn]) -> bool:
    """Name what was taken back and nothing answers for; whether there is any."""
    found = [one for one in taken if one.unanswered_minor]
    for one in found:
        movement = one.movement
        minor = Money(one.unanswered_minor, movement.amount.currency)
        named = legible(movement.end_to_end, chars_max=NAME_CHARS_MAX) or "no name"
        complain(
            f"{movement.id}: {minor} was taken back ({named}), and nothing in the books"
            " answers for it: import the statement that brought it, or say what it is"
            f" with `copyfair payment answer {movement.id}`"
        )
    return bool(found)


def concerns_us(one: TakenIn) -> bool:
    """Is it ours to explain, and not just money that went out?"""
    movement = one.movement
    is_in = movement.direction is Direction.IN
    is_back = movement.is_reversal or bool(one.unanswered_minor or one.outside)
    return is_in or is_back or bool(one.uses) or movement.account in HELD_BY


def show(rows: Sequence[TakenIn]) -> None:
    """A table of movements; nothing for none."""
    if not rows:
        return
    table(
        ("movement", "booked", "from", "amount", "for", "left"),
        [
            (
                one.movement.id,
                iso(one.movement.booked_us)[:10],
                legible(one.movement.name, chars_max=NAME_CHARS_MAX),
                one.movement.amount,
                ", ".join(one.invoices) or _uses(one),
                Money(
                    one.left_minor or one.unanswered_minor, one.movement.amount.currency
                ),
            )
            for one in rows
        ],
    )


def movement_document(one: TakenIn) -> dict[str, Any]:
    """A movement as `--json` gives it."""
    movement = one.movement
    return {
        "movement_id": movement.id,
        "new": one.is_new,
        "reference": movement.reference,
        "direction": movement.direction.value,
        "booked_at": iso(movement.booked_us),
        "amount_minor": movement.amount.minor,
        "currency": movement.amount.currency,
        "name": movement.name,
        "invoices": list(one.invoices),
        "uses": [
            {
                "for": use.used_for.value,
                "ref": use.ref,
                "amount_minor": use.amount_minor,
            }
            for use in one.uses
        ],
        "left_minor": one.left_minor,
        "unanswered_minor": one.unanswered_minor,
        "outside": one.outside or None,
        "fee_minor": movement.fee_minor,
        "credit_of": one.credit_of or None,
    }


def _uses(one: TakenIn) -> str:
    if one.movement.direction is Direction.OUT:
        said = ", outside the books" if one.outside else ""
        return "taken back" + (", unanswered" if one.unanswered_minor else said)
    words = {
        UsedFor.RETURNED: "sent back",
        UsedFor.BY_HAND: "recorded by hand",
        UsedFor.TOP_UP: "paid ahead",
        UsedFor.PAYOUT: "paid out by the provider",
        UsedFor.PAYOUT_RETURNED: "a payout came back",
        UsedFor.DONATION: "donated",
        UsedFor.GIFT: "given to somebody",
    }
    return ", ".join(words[use.used_for] for use in one.uses if use.used_for in words)
