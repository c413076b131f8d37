"""Reminders: each overdue invoice gets its next letter, once.

A letter is kept before it is sent, so that whatever happens then, nobody gets it
twice. What a postbox refused stays on record as not sent, until somebody asks for it
to be tried again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.billing.bank import creditor_reference
from gateway.billing.invoice import Invoice, Status
from gateway.billing.paper import Letterhead
from gateway.billing.papers import Particulars
from gateway.billing.ports import PartyBook
from gateway.billing.reminder import Reminder, ReminderTerms, Spared, due_level
from gateway.billing.reminder_text import Said, letter
from gateway.billing.tally import is_proven
from gateway.fund.ports import Books
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.letter import Letter, Postbox
from gateway.licensing.agreement import Settling
from gateway.services.receipts import arrears_of


@dataclass(frozen=True, slots=True)
class Considered:
    """A finalised invoice, and what it gets.

    Attributes:
        invoice: Which.
        reminder: The letter that is due now; None where none is.
        spared: Why none is.
    """

    invoice: Invoice
    reminder: Reminder | None = None
    spared: Spared | None = None


@dataclass(slots=True)
class ReminderReport:
    """What a round of reminders did.

    Attributes:
        sent: Handed over now.
        unsent: Decided on, and not handed over: a postbox refused them now or before.
        spared: Invoices that got none, and why.
    """

    sent: list[Reminder] = field(default_factory=list)
    unsent: list[Reminder] = field(default_factory=list)
    spared: list[Considered] = field(default_factory=list)


def letter_of(one: Reminder) -> Letter:
    """A reminder as it is sent; its key keeps an outbox from taking it twice."""
    once = f"reminder:{one.invoice_id}:{one.level}"
    return Letter(one.to, one.subject, one.text, once=once)


class Reminders:
    """Decides on reminders, keeps them, and hands them over."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyBook,
        terms: ReminderTerms,
        letterhead: Letterhead,
        clock: Clock,
    ) -> None:
        self._books = books
        self._parties = parties
        self._terms = terms
        self._letterhead = letterhead
        self._clock = clock

    def considered(self) -> tuple[Considered, ...]:
        """What each finalised invoice would get now; nothing changes."""
        with self._books.reading() as books:
            return tuple(self._each(books))

    async def remind(
        self, postbox: Postbox, *, retries: bool = False
    ) -> ReminderReport:
        """Send what is due; again, and nothing is sent twice.

        Args:
            postbox: Where letters go.
            retries: Send again what a postbox refused before.

        Raises:
            Unavailable: the store cannot write now.
        """
        report = ReminderReport()
        with self._books.reading() as books:
            waiting = [one for one in books.reminders.all() if one.sent_us is None]
        for one in waiting:
            if retries:
                await self._send(one, postbox, report)
            else:
                report.unsent.append(one)
        for each in self.considered():
            kept = self._kept(each)
            if kept.reminder:
                await self._send(kept.reminder, postbox, report)
            else:
                report.spared.append(kept)
        return report

    def _each(self, books: Books) -> Iterator[Considered]:
        for invoice in books.invoices.all(status=Status.FINALISED):
            yield self._considered(books, invoice)

    def _kept(self, each: Considered) -> Considered:
        """Keep a letter that is still due, in the transaction that says so."""
        if each.reminder is None:
            return each
        with self._books.together() as books:
            current = self._considered(books, each.invoice)
            if current.reminder:
                books.reminders.add(current.reminder)
        return current

    async def _send(
        self, one: Reminder, postbox: Postbox, report: ReminderReport
    ) -> None:
        try:
            await postbox.send(letter_of(one))
        except (InvalidValue, Unavailable):
            report.unsent.append(one)
            return
        with self._books.together() as books:
            at_us = self._clock.now_us()
            books.reminders.mark_sent(one.invoice_id, one.level, at_us=at_us)
        report.sent.append(one)

    def _considered(self, books: Books, invoice: Invoice) -> Considered:
        now_us = self._clock.now_us()
        told = arrears_of(books, invoice, now_us=now_us)
        party = self._parties.find_party(invoice.buyer.party_id)
        agreement = books.agreements.find(invoice.agreement_id)
        is_owing = agreement is not None and agreement.settling is Settling.INVOICED
        level = due_level(
            told,
            books.reminders.on(invoice.id),
            terms=self._terms,
            currency=invoice.currency,
            # Credit was given because somebody had verified it, whatever lapsed since.
            is_proven=is_owing or (party is not None and is_proven(party)),
            now_us=now_us,
        )
        if isinstance(level, Spared):
            return Considered(invoice, spared=level)
        known = Particulars(self._letterhead, party)
        if not known.said("email"):
            return Considered(invoice, spared=Spared.NO_ADDRESS)
        said = Said(
            level=level,
            is_last=level == len(self._terms.after_days),
            overdue_minor=told.overdue_minor,
            disputed_minor=told.disputed_minor,
            days=told.overdue_us // US_PER_DAY,
        )
        subject, text = letter(
            invoice,
            said,
            head=self._letterhead,
            language=known.language,
            reference=creditor_reference(invoice.number),
        )
        reminder = Reminder(
            invoice_id=invoice.id,
            level=level,
            is_last=said.is_last,
            overdue_minor=said.overdue_minor,
            days=said.days,
            to=known.said("email"),
            language=known.language,
            subject=subject,
            text=text,
            decided_us=now_us,
        )
        return Considered(invoice, reminder)
