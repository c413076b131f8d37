"""Income that goes back counts for its payer no more: only what stays does.

What is credited, refunded or charged back is taken from what its payer gave last, month
by month, and what of that was set apart counts as set apart no more, in proportion and
rounded up. So whoever pays and takes it back was no payer, fills nobody's income and
has made up for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.fund.payer_rule import Receipt

GIVEN_BACK = "given-back"
"""What its entry is called."""
NOBODY = ""
"""Whose receipts were split before their payer was kept: they never counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order of booking income went back.

    Attributes:
        number: Which time of this currency it is, from 1.
        after: How many receipts of the currency were booked before it.
        unnumbered: How often income of the currency went back before that had numbers.
    """

    number: int
    after: int
    unnumbered: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Whose income went back by an entry.

    Attributes:
        entry_id: The entry that booked it.
        owner: Beneficial owner, as whoever paid it; `NOBODY` where that was not kept.
        net_minor: How much, above 0.
        place: In the order of booking.
        parts: From which months it is taken; less than the whole where less is there.
    """

    entry_id: str
    owner: str
    net_minor: int
    place: Place
    parts: tuple[Receipt, ...] = ()


def parts_of(
    owner: str, net_minor: int, stays: Iterable[Receipt]
) -> tuple[Receipt, ...]:
    """From which months of an owner's receipts something is taken.

    Args:
        owner: Whose income goes back.
        net_minor: How much, 0 or more.
        stays: Receipts of its currency, less what went back of them before.

    Returns:
        What goes of each month, the last one first.
    """
    net, endowed = Counter[int](), Counter[int]()
    for each in stays:
        if each.owner == owner != NOBODY:
            net[each.month] += each.net_minor
            endowed[each.month] += each.endowed_minor
    parts, rest = [], net_minor
    for month in sorted(net, reverse=True):
        part = min(rest, net[month])
        if part > 0:
            apart = -(-endowed[month] * part // net[month])
            parts.append(Receipt(owner, month, part, apart))
            rest -= part
    return tuple(parts)
