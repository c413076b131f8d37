"""Every row that the books can say again, for the log and for the host's audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.billing.invoice import Status
from gateway.fund.ports import Books
from gateway.kernel.errors import NotFound
from gateway.transparency import booked, booked_claims, claim_kinds, kinds, round_kinds
from gateway.transparency.openly import openness_rows
from gateway.transparency.openness_kinds import ORDER as OPENNESS_ORDER
from gateway.transparency.rounded import round_rows
from gateway.transparency.rows import Row
from gateway.transparency.vote_kinds import ORDER
from gateway.transparency.voted import voting_rows

DERIVED = (
    kinds.TARIFF,
    *claim_kinds.ORDER,
    kinds.RUN,
    kinds.ENTRY,
    kinds.WATERFALL,
    kinds.WATERFALL_BY_PAYER,
    kinds.WATERFALL_AS_BOOKED,
    kinds.INCOME_GIVEN_BACK,
    kinds.ALLOCATION,
    kinds.LEFT_OUT,
    kinds.INVOICE,
    kinds.CREDIT_NOTE,
    *ORDER,
    *round_kinds.ORDER,
    *OPENNESS_ORDER,
)
"""Kinds that the books can say again, in the order in which one instant is told."""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands in the place of parties.

    Attributes:
        called: From a party's id, and as what it is named (`party`, `payer`, `claims`,
            `papers`), to what stands for it. The last two are salts.
        is_logged: Whether a ballot's commitment was told before.
    """

    called: Callable[[str, str], str]
    is_logged: Callable[[str], bool]

    def party(self, party_id: str) -> str:
        """What a party is called."""
        return self.called(party_id, "party")

    def payer(self, owner_id: str) -> str:
        """What an owner is called as one who pays, and no more."""
        return self.called(owner_id, "payer")

    def claim_salt(self, party_id: str) -> str:
        """What salts the words about a party's work; never published."""
        return self.called(party_id, "claims")


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows as a log tells them: by instant, kind and key."""
    place = {kind: number for number, kind in enumerate(DERIVED)}
    return sorted(rows, key=lambda row: (row.at_us, place[row.kind], row.key))


def derived_rows(books: Books, names: Names) -> Iterator[Row]:
    """Every row of the books as of one instant, in no order.

    Args:
        books: The books, read as of one instant.
        names: What stands for parties.

    Raises:
        NotFound: something rests on what is gone from the books.
    """
    yield from map(booked.tariff_row, books.tariffs.bodies())
    for run in books.ratings.runs():
        yield booked.run_row(run)
    yield from _money(books, names)
    yield from voting_rows(books, names.party, is_logged=names.is_logged)
    yield from round_rows(books, names.party)
    yield from openness_rows(books, names.party)
    hidden = booked_claims.Hidden(names.party, names.claim_salt)
    yield from booked_claims.claim_rows(books, hidden)
    yield from _documents(books, names)


def _money(books: Books, names: Names) -> Iterator[Row]:
    entries = {each.id: each for each in books.journal.entries()}
    at_us = {each.id: each.effective_us for each in entries.values()}
    for entry in entries.values():
        yield booked.entry_row(entry, names.party)
    for basis in books.bases.all():
        if basis.entry_id not in at_us:
            detail = f"the entry {basis.entry_id} of a split is gone"
            raise NotFound(detail)
        yield booked.waterfall_row(basis, at_us[basis.entry_id], names.payer)
    for one in books.bases.given_back():
        if one.entry_id not in entries:
            detail = f"the entry {one.entry_id} by which income went back is gone"
            raise NotFound(detail)
        yield booked.given_back_row(one, entries[one.entry_id], names.payer)
    for allocation in books.allocations.all():
        yield booked.allocation_row(allocation, names.party)
        if allocation.left_out is not None:
            yield booked.left_out_row(allocation, names.party)


def _documents(books: Books, names: Names) -> Iterator[Row]:
    issued = books.invoices.issued()
    invoices = {one.id: one for one in books.invoices.all(status=Status.FINALISED)}
    for invoice in invoices.values():
        salt = names.called(invoice.buyer.party_id, "papers")
        sha256 = issued[invoice.id].sha256
        yield booked.invoice_row(invoice, salt=salt, sha256=sha256)
    for note in books.invoices.notes():
        if note.invoice_id not in invoices:
            detail = f"the invoice {note.invoice_id} of {note.number} is gone"
            raise NotFound(detail)
        salt = names.called(invoices[note.invoice_id].buyer.party_id, "papers")
        yield booked.note_row(note, salt=salt, sha256=issued[note.id].sha256)
