"""Divide whole units so that none is lost and none is made: largest remainder.

Everybody first receives their exact share rounded down. The few units left over
go, one each, to the largest remainders; ties go to the lower key, so the result
never depends on the order of a mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from gateway.kernel.errors import InvalidValue

Key = TypeVar("Key", bound=Any)


def divide(total: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Divide *total* in proportion to *weights*, losing nothing.

    Args:
        total: What to divide, whole units, 0 or more.
        weights: Receiver to weight, 0 or more, not all 0. Keys must be sortable;
            only the proportions of the weights matter.

    Returns:
        Receiver to whole units; they add up to *total* exactly.

    Raises:
        InvalidValue: *total* or a weight is negative, or no weight is above 0.

    Source:
        Hamilton's method; Balinski and Young, "Fair Representation", 2nd ed.,
        2001. Chosen in ADR-0010.
    """
    if total < 0:
        raise InvalidValue("only an amount of 0 or more can be divided")
    whole = sum(weights.values())
    if whole <= 0 or min(weights.values()) < 0:
        raise InvalidValue("weights are 0 or more, and one is above 0")

    shares = {who: total * weight // whole for who, weight in weights.items()}
    left_over = total - sum(shares.values())

    def remainder_first(who: Key) -> tuple[int, Key]:
        return (-(total * weights[who] % whole), who)

    for who in sorted(weights, key=remainder_first)[:left_over]:
        shares[who] += 1
    return shares


def spread(
    rows: Mapping[Key, int], columns: Mapping[int, int]
) -> dict[Key, dict[int, int]]:
    """Fill a table whose row and column sums are given, close to proportion.

    Row after row takes its units from what the columns still hold, by largest
    remainder; the last row takes the rest, so both sums hold exactly.

    Args:
        rows: Row to its sum, 0 or more.
        columns: Column to its sum, 0 or more; together as much as all rows.

    Raises:
        InvalidValue: rows and columns do not add up to the same.
    """
    if sum(rows.values()) != sum(columns.values()):
        raise InvalidValue("rows and columns must add up to the same")
    left = dict(columns)
    table: dict[Key, dict[int, int]] = {}
    for row in sorted(rows):
        taken = divide(rows[row], left) if rows[row] else {}
        table[row] = {column: units for column, units in taken.items() if units}
        for column, units in taken.items():
            left[column] -= units
    return table
