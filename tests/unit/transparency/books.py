"""A small commons' books as rows, and published files in memory."""

from __future__ import annotations

from gateway.fund.accounts import LABOUR_RESERVE
from gateway.fund.basis import Basis
from gateway.fund.bookings import allocated, apportioned, invoiced, paid_out, received
from gateway.fund.journal import Entry, Posting
from gateway.fund.payout import Allocation
from gateway.fund.waterfall import Shares
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.transparency import kinds
from gateway.transparency.booked import allocation_row, entry_row, waterfall_row
from gateway.transparency.booked_claims import Hidden, claim_row, review_row
from gateway.transparency.checkpoint import Checkpoint
from gateway.transparency.publishing import Publishing
from gateway.transparency.rows import Row

ORIGIN = "archive.example/_copyfair/books"


def called(party_id: str) -> str:
    """A name that says nothing."""
    return f"sha256:{party_id[::-1]}"


def an_entry(
    number: int,
    happening: str,
    ref: str,
    postings: tuple[Posting, ...],
    *,
    at_us: int = 0,
) -> Entry:
    return Entry(
        id=f"ent_{number}",
        key=f"a bank's words {number}",
        kind=happening,
        ref=ref,
        currency="EUR",
        postings=postings,
        effective_us=at_us or number,
    )


def story() -> list[Row]:
    """An invoice, paid, split, allocated to two and paid out."""
    basis = Basis("ent_3", 10_001, Shares(), unpaid_bp=3_000, reserve_room_minor=None)
    labour = basis.pots()[LABOUR_RESERVE]
    weights = (("pty_a", 1), ("pty_b", 1))
    shares = {"pty_a": labour - labour // 2, "pty_b": labour // 2}
    allocation = Allocation(
        key="2026-11",
        source=LABOUR_RESERVE,
        amount=Money(labour, "EUR"),
        weights=weights,
        shares=tuple(shares.items()),
        at_us=4,
    )
    document = {
        "number": "INV-1970-0001",
        "currency": "EUR",
        "net_minor": 10_001,
        "tax_minor": 1_900,
        "commitment": "sha256:00",
    }
    entries = [
        an_entry(1, "invoice", "inv_1", invoiced(10_001, 1_900)),
        an_entry(2, "payment", "inv_1", received(11_901, net_minor=10_001), at_us=3),
        an_entry(3, "waterfall", "pay_1", apportioned(basis.pots())),
        an_entry(4, "allocation", "2026-11", allocated(LABOUR_RESERVE, shares)),
        an_entry(5, "payout", "pty_a", paid_out("pty_a", 100)),
    ]
    rows = [entry_row(each, called) for each in entries]
    rows.insert(1, Row(kinds.INVOICE, "inv_1", 1, document))
    rows.insert(4, waterfall_row(basis, 3, called))
    rows.insert(6, allocation_row(allocation, called))
    return rows


def work() -> list[Row]:
    """The accepted unpaid work by which the story's labour reserve was divided."""
    rows: list[Row] = []
    for number, who in enumerate(("pty_a", "pty_b"), start=1):
        claim = Claim(
            id=f"ctb_story_{number}",
            party_id=who,
            kind=Kind.CARE,
            title="Cooked",
            evidence="minutes",
            weight_hundredths=1,
            claimed_us=1,
        )
        review = Review(f"rev_story_{number}", claim.id, "pty_c", Verdict.ACCEPT, 2)
        hidden = Hidden(called, called)
        rows += [claim_row(claim, hidden), review_row(review, claim, hidden)]
    return rows


class FilesInMemory:
    """Published files, each as it may be tampered with."""

    def __init__(self, lines: list[str]) -> None:
        publishing = Publishing()
        self.content = dict(publishing.files(lines))
        self.head = Checkpoint(ORIGIN, publishing.size, publishing.root())

    def read(self, path: str) -> bytes | None:
        return self.content.get(path)
