"""Disputes: open one, uphold it with a credit note, or reject it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.billing.credit_note import CreditNote, left_to_credit
from gateway.billing.dispute import (
    Dispute,
    Outcome,
    Resolution,
    charged_positions,
    dispute,
    rejected_positions,
)
from gateway.billing.invoice import Invoice
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.services.crediting import Crediting, found_invoice


class Disputes:
    """Everything that is done with disputes."""

    def __init__(
        self, books: Books, *, crediting: Crediting, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._crediting = crediting
        self._clock = clock
        self._ids = ids

    def open(
        self, name: str, *, by: str, reason: str, positions: Sequence[int] = ()
    ) -> Dispute:
        """Dispute an invoice, or lines of it: from now on they are not asked for.

        Args:
            name: The invoice's number or id.
            by: Who disputes.
            reason: One sentence.
            positions: Which lines; all that are charged for where none is named.

        Raises:
            NotFound: no such invoice or line.
            Conflict: it is not finalised, or a line is in dispute already or given
                back.
            InvalidValue: nobody or no reason is named.
        """
        with self._books.together() as books:
            invoice = found_invoice(books, name)
            notes = books.invoices.notes_on(invoice.id)
            earlier = books.disputes.on(invoice.id)
            wanted = tuple(sorted({*positions}))
            opened = Dispute(
                id=self._ids.new("dsp"),
                invoice_id=invoice.id,
                positions=wanted or charged_positions(invoice, notes, earlier),
                by=by,
                reason=reason,
                opened_us=self._clock.now_us(),
            )
            books.disputes.add(dispute(invoice, notes, earlier, opened=opened))
        return opened

    def open_by_buyer(
        self, name: str, party_id: str, *, reason: str, positions: Sequence[int] = ()
    ) -> tuple[Dispute, bool]:
        """Dispute an own invoice; it takes hold at once, and each line once.

        Args:
            name: The invoice's number or id.
            party_id: Who disputes: the buyer.
            reason: One sentence.
            positions: Which lines; all that are charged for where none is named.

        Returns:
            The dispute, and whether it is new: the same again is the same one.

        Raises:
            NotFound: the buyer has no such invoice, or it no such line.
            Conflict: a line is in dispute, given back, or what its buyer said of it
                was rejected before.
            InvalidValue: no reason is given.
        """
        with self._books.reading() as books:
            invoice = books.invoices.find(name)
            if invoice is None or invoice.buyer.party_id != party_id:
                # Of others nothing is told, not even that they are there.
                detail = f"you have no invoice {name}"
                raise NotFound(detail)
            own = [one for one in books.disputes.on(invoice.id) if one.by == party_id]
        wanted = tuple(sorted({*positions}))
        for one in own:
            is_same = one.positions == wanted or not wanted
            if one.is_open and one.reason == reason and is_same:
                return one, False
        if decided := rejected_positions(own) & {*wanted}:
            spelled = ", ".join(map(str, sorted(decided)))
            detail = f"line {spelled} of {invoice.number} was decided already"
            raise Conflict(f"{detail}; write to whoever decided it")
        if not wanted:
            wanted = self._undecided(invoice, own)
        made = self.open(name, by=party_id, reason=reason, positions=wanted)
        return made, True

    def _undecided(self, invoice: Invoice, own: Sequence[Dispute]) -> tuple[int, ...]:
        with self._books.reading() as books:
            notes = books.invoices.notes_on(invoice.id)
            earlier = books.disputes.on(invoice.id)
        charged = charged_positions(invoice, notes, earlier)
        decided = rejected_positions(own)
        found = tuple(one for one in charged if one not in decided)
        if not found:
            detail = f"what is charged on {invoice.number} was decided already"
            raise Conflict(f"{detail}; write to whoever decided it")
        return found

    def uphold(self, dispute_id: str, *, by: str, reason: str) -> CreditNote:
        """Give back what is disputed; the note and the end are written together.

        Args:
            dispute_id: `dsp_…`.
            by: Who decides.
            reason: One sentence; the credit note carries it.

        Raises:
            NotFound: there is no such dispute.
            Conflict: it ended already, or nothing is left of its lines.
            InvalidValue: as for a credit note.
            Misconfigured: nothing is here that could write the note's papers.
        """
        with self._books.reading() as books:
            found = _open(books, dispute_id)
            invoice = found_invoice(books, found.invoice_id)
            notes = books.invoices.notes_on(invoice.id)
            left = left_to_credit(invoice, notes)
        wanted = _wanted(found, left)
        if not wanted:
            detail = f"nothing is left of what {dispute_id} disputes; reject it"
            raise Conflict(detail)

        def end(books: Books, note: CreditNote) -> None:
            ended = Resolution(Outcome.UPHELD, by, reason, note.issued_us, note.id)
            _open(books, dispute_id).resolved(ended)
            books.disputes.resolve(dispute_id, ended)

        return self._crediting.credit(
            invoice.id, reason=reason, wanted=wanted, also=end
        )

    def reject(self, dispute_id: str, *, by: str, reason: str) -> Dispute:
        """Let the clock go on where it stood.

        Raises:
            NotFound: there is no such dispute.
            Conflict: it ended already.
            InvalidValue: nobody or no reason is named.
        """
        now_us = self._clock.now_us()
        ended = Resolution(Outcome.REJECTED, by, reason, now_us)
        with self._books.together() as books:
            found = _open(books, dispute_id).resolved(ended)
            books.disputes.resolve(dispute_id, ended)
        return found

    def list(self, name: str = "") -> tuple[Dispute, ...]:
        """Every dispute, or those about one invoice, oldest first.

        Raises:
            NotFound: there is no such invoice.
        """
        with self._books.reading() as books:
            if not name:
                return books.disputes.all()
            return books.disputes.on(found_invoice(books, name).id)

    def about(self, invoices: Sequence[str]) -> tuple[Dispute, ...]:
        """Disputes about some invoices, by their ids, oldest first."""
        with self._books.reading() as books:
            found = [one for name in invoices for one in books.disputes.on(name)]
        return tuple(sorted(found, key=lambda one: (one.opened_us, one.id)))

    def show(self, dispute_id: str) -> Dispute:
        """The dispute of that id.

        Raises:
            NotFound: there is none.
        """
        return _found(self._books, dispute_id)


def _wanted(found: Dispute, left: Mapping[int, int]) -> dict[int, int]:
    """What is given back of each line; together never more than the invoice took.

    Where something was waived or reduced, the lines that are charged for are more
    than the whole.
    """
    rest = sum(left.values())
    wanted: dict[int, int] = {}
    for position in found.positions:
        net = min(left[position], rest)
        if net > 0:
            wanted[position] = net
            rest -= net
    return wanted


def _found(books: Books, dispute_id: str) -> Dispute:
    found = books.disputes.find(dispute_id)
    if found is None:
        detail = (
            f"there is no dispute {dispute_id}; see `copyfair invoice dispute list`"
        )
        raise NotFound(detail)
    return found


def _open(books: Books, dispute_id: str) -> Dispute:
    found = _found(books, dispute_id)
    if found.resolution is not None:
        detail = f"dispute {dispute_id} was {found.resolution.outcome} already"
        raise Conflict(detail)
    return found
