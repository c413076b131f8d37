"""Money on a bank account, as tests make it, and what the books say of it."""

from __future__ import annotations

from gateway.billing.bank import Direction, Movement
from gateway.kernel.money import Money
from tests.fakes.ledger import AFTER_NOVEMBER, Office


def came_in(minor: int, text: str = "", reference: str = "B1") -> Movement:
    """A transfer that arrived after November."""
    return Movement(
        account="DE75512108001245126199",
        reference=reference,
        amount=Money(minor, "EUR"),
        direction=Direction.IN,
        booked_us=AFTER_NOVEMBER,
        text=text,
        name="Company 1 GmbH",
    )


def balance(office: Office, account: str) -> int:
    """What stands on an account of the journal, minor units."""
    return office.books.journal.balance(account, "EUR")
