"""Checks of the audit on what customers hold: the wire's count, and statements."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.billing.canonical import sha256_of
from gateway.fund.ports import Books
from gateway.kernel.clock import iso


def wire(books: Books) -> Iterator[str]:
    """What the transport counted is what the usage events say, hour by hour."""
    for gap in books.usage.wire_gaps():
        yield (
            f"{gap.agreement_id}, hour {iso(gap.hour_us)}: {gap.wire_responses}"
            f" responses of {gap.wire_bytes} bytes passed, the ledger has"
            f" {gap.ledger_responses} of {gap.ledger_bytes}"
        )


def statements(books: Books) -> Iterator[str]:
    """Issued statements are as they were signed, and tell of the usage that is here."""
    reached: dict[tuple[str, int], int] = {}
    for each in books.statements.all():
        window = each.window
        name = f"statement {each.id} ({window.agreement_id}, {window.period})"
        if sha256_of(each.jws) != each.sha256:
            yield f"{name} is not what its digest says"
        month = (window.agreement_id, window.period.start_us)
        if window.after_seq != reached.get(month, 0):
            yield f"{name} does not begin where the one before it ended"
        reached[month] = window.upto_seq
        events = books.statements.events_in(window)
        if events != each.events:
            yield f"{name} tells of {each.events} events, there are {events}"
