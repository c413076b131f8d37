"""The audit of everything that a stranger derives, by the same sums.

The rows that the books would publish are made and recomputed, as `fund recompute` does
it: who paid what, splits, labour weights, gifts, votes, rounds and papers. One
implementation has two readers, so the host finds what strangers would find.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.fund.ports import Books
from gateway.transparency.derived import Names, derived_rows, in_order
from gateway.transparency.recompute import BadRow, Recomputation


def recomputes(books: Books) -> Iterator[str]:
    """The first row that strangers would refuse."""
    names = Names(lambda who, _what: who, lambda _commitment: False)
    made = Recomputation()
    try:
        for number, row in enumerate(in_order(derived_rows(books, names))):
            made.take(number, row)
        made.result()
    except BadRow as fault:
        yield f"a stranger would refuse the books: {fault.detail}"
