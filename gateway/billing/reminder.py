"""Reminders: which letter an overdue invoice gets, if any.

One level after the other, each once. A level waits for as long after the one before as
the terms set them apart, so that nobody finds three letters on one day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.billing.arrears import Arrears
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue

NOTHING_SMALL: Mapping[str, int] = {}


class Spared(StrEnum):
    """Why an invoice gets no letter now. Public: add, never rename."""

    NOT_DUE = "not-due"
    PAID = "paid"
    DISPUTED = "disputed"
    SMALL_UNVERIFIED = "small-unverified"
    NOT_YET = "not-yet"
    ALL_SENT = "all-sent"
    NO_ADDRESS = "no-address"


@dataclass(frozen=True, slots=True)
class ReminderTerms:
    """When reminders are due.

    Attributes:
        after_days: Days overdue at which each level is due, rising; the last is the
            last notice. Empty for no reminders at all.
        small_minor: By currency: a party nobody verified is not reminded of less.
    """

    after_days: tuple[int, ...] = (7, 21, 45)
    small_minor: Mapping[str, int] = field(default_factory=lambda: NOTHING_SMALL)

    def __post_init__(self) -> None:
        rising = sorted({*self.after_days})
        if list(self.after_days) != rising or (rising and rising[0] < 1):
            raise InvalidValue("reminders are due after 1 day or more, each one later")


@dataclass(frozen=True, slots=True)
class Reminder:
    """A letter that was decided on; kept before it is sent.

    Attributes:
        invoice_id: About which invoice.
        level: From 1.
        is_last: Is it the last notice?
        overdue_minor: What was overdue then, minor units.
        days: For how many whole days.
        to: The address it goes to.
        language: `en` or `fr`.
        subject, text: As they are sent.
        decided_us: When.
        sent_us: When it was handed over; None while it was not, or nobody knows.
    """

    invoice_id: str
    level: int
    is_last: bool
    overdue_minor: int
    days: int
    to: str
    language: str
    subject: str
    text: str
    decided_us: int
    sent_us: int | None = None


def due_level(
    told: Arrears,
    sent: Sequence[Reminder],
    *,
    terms: ReminderTerms,
    currency: str,
    is_proven: bool,
    now_us: int,
) -> int | Spared:
    """The level that is due now, or why none is.

    Args:
        told: How the invoice stands.
        sent: Every reminder decided on before.
        terms: When they are due.
        currency: The invoice's.
        is_proven: Did anybody verify what the party is?
        now_us: At which instant.
    """
    if told.open_minor <= 0:
        return Spared.PAID
    if not told.overdue_minor:
        return Spared.DISPUTED if told.disputed_minor else Spared.NOT_DUE
    if not is_proven and told.overdue_minor < terms.small_minor.get(currency, 0):
        return Spared.SMALL_UNVERIFIED
    level = 1 + max((each.level for each in sent), default=0)
    if level > len(terms.after_days):
        return Spared.ALL_SENT
    wait = terms.after_days[level - 1]
    last_us = max((each.decided_us for each in sent), default=None)
    is_late = told.overdue_us >= wait * US_PER_DAY
    apart = wait - (terms.after_days[level - 2] if level > 1 else 0)
    is_apart = last_us is None or now_us - last_us >= apart * US_PER_DAY
    return level if is_late and is_apart else Spared.NOT_YET
