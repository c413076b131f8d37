"""Leaving: a party goes, and its books are closed; or what keeps them open is named.

Nothing is erased: the record stays, and the door stays open (a key and an agreement are
all it takes to come back). Standing ends; unpaid work stays work, and is paid. What was
paid ahead becomes a payout due. Whatever cannot be closed today (usage of a month that
is not over, an invoice that is not paid) is named with its remedy, and leaving again
later closes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.billing.invoice import Invoice, Status
from gateway.billing.unbilled import Waits
from gateway.fund.accounts import payable
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.identity.ports import KeyStore
from gateway.identity.webhook import WebhookStore
from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.licensing.agreement import Agreement
from gateway.services.agreements import Agreements
from gateway.services.customer_credit import credits_of
from gateway.services.party_register import PartyRegister
from gateway.services.receipts import open_of
from gateway.services.refunds import balances_of, drawing_on, give_back, has_unpaid
from gateway.services.unbilled import Unbilled

NEVER_BILLED = frozenset({Waits.TEST, Waits.STATEMENT, Waits.COUNTS_NOTHING})


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that keeps a party's books open.

    Attributes:
        what: `usage`, `request`, `carried`, `draft`, `invoice`, `overpaid`, `dispute`,
            `prepaid`, `credit` or `payout`. Public: add, never rename.
        ref: Which one: an agreement, an invoice, a movement …
        remedy: What closes it, in words.
        amount: How much; None where it is not known yet.
    """

    what: str
    ref: str
    remedy: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What leaving came to.

    Attributes:
        party: Who left.
        keys_revoked: How many keys ended now.
        agreements_ended: Which agreements ended now, by id.
        webhooks_ended: How many webhooks ended now.
        returned: What was left of money paid ahead, by agreement: payouts due now.
        open_items: What keeps the books open; a payout that is due is none of ours to
            wait for, and named too.
    """

    party: Party
    keys_revoked: int
    agreements_ended: tuple[str, ...]
    webhooks_ended: int
    returned: tuple[tuple[str, Money], ...]
    open_items: tuple[OpenItem, ...]

    @property
    def is_closed(self) -> bool:
        """Are the books closed, both ways?"""
        return not self.open_items


@dataclass(frozen=True, slots=True)
class Doors:
    """What ends when somebody goes.

    Attributes:
        keys: Keys.
        webhooks: Webhooks.
        agreements: Agreements.
    """

    keys: KeyStore
    webhooks: WebhookStore
    agreements: Agreements


class Leaving:
    """Lets parties go."""

    def __init__(
        self,
        books: Books,
        parties: PartyRegister,
        doors: Doors,
        *,
        unbilled: Unbilled,
        sells: bool,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._parties = parties
        self._doors = doors
        self._unbilled = unbilled
        self._sells = sells
        self._clock = clock
        self._ids = ids

    def leave(self, reference: str) -> Left:
        """End what can end, return what was paid ahead, and name what is open.

        To be called inside one transaction over the whole house; doing it twice changes
        nothing but what can be closed by now.

        Args:
            reference: The party's id or name.

        Raises:
            NotFound: no such party.
            Unavailable: the store cannot write now.
        """
        party = self._parties.show(reference)
        now_us = self._clock.now_us()
        keys = [
            key for key in self._doors.keys.keys_of(party.id) if key.is_live_at(now_us)
        ]
        for key in keys:
            self._doors.keys.revoke_key(key.id, at_us=now_us)
        mine = self._books.agreements.agreements_of(party.id)
        ended = [each.id for each in mine if each.ends_us is None]
        for agreement_id in ended:
            self._doors.agreements.end(agreement_id)
        webhooks = [
            each
            for each in self._doors.webhooks.of_party(party.id)
            if each.ended_us is None
        ]
        for webhook in webhooks:
            self._doors.webhooks.end(webhook.id, at_us=now_us)
        if keys or ended or self._books.departures.last(party.id) is None:
            self._books.departures.note(party.id, at_us=now_us)
        back = tuple(self._returned(party))
        return Left(
            party=party,
            keys_revoked=len(keys),
            agreements_ended=tuple(ended),
            webhooks_ended=len(webhooks),
            returned=back,
            open_items=self.open_items(party.id),
        )

    def open_items(self, party_id: str) -> tuple[OpenItem, ...]:
        """Everything that is still owed between a party and the commons."""
        agreements = self._books.agreements.agreements_of(party_id)
        return (
            *(one for each in agreements for one in self.waiting(each)),
            *self._papers(party_id),
            *self._owed_to(party_id, agreements),
        )

    def _returned(self, party: Party) -> Iterator[tuple[str, Money]]:
        """Money paid ahead that no use can draw any more, made a payout due."""
        mine = self._books.agreements.agreements_of(party.id)
        left = {one.id: balances_of(self._books, one.id) for one in mine}
        if not any(left.values()):
            return
        needing = {
            one.id
            for one in mine
            if any(self.waiting(one)) or has_unpaid(self._books, one)
        }
        for agreement in mine:
            for money in left[agreement.id]:
                drawing = drawing_on(self._books, agreement, money.currency)
                if needing & {one.id for one in drawing}:
                    continue
                give_back(
                    self._books,
                    self._ids,
                    agreement,
                    money=money,
                    at_us=self._clock.now_us(),
                )
                yield agreement.id, money

    def waiting(self, agreement: Agreement) -> Iterator[OpenItem]:
        """Usage that is to be billed, and what was too little for an invoice."""
        report = self._unbilled.report(agreement.id)
        month = "`copyfair invoice run --period` with its month closes it"
        for used in report.usage:
            is_owed = self._sells and used.why not in NEVER_BILLED
            if is_owed and used.billable_bytes:
                yield OpenItem("usage", agreement.id, f"{used.events} events: {month}")
        for intents in report.intents:
            if intents.state == "open":
                yield OpenItem("request", agreement.id, "a response is under way")
        for carried in report.carried:
            amount = Money(carried.net_minor, carried.currency)
            yield OpenItem("carried", agreement.id, month, amount)

    def _papers(self, party_id: str) -> Iterator[OpenItem]:
        for invoice in self._books.invoices.all():
            if invoice.buyer.party_id != party_id or invoice.status is Status.VOID:
                continue
            if invoice.status is Status.DRAFT:
                amount = Money(invoice.gross_minor, invoice.currency)
                yield OpenItem("draft", invoice.id, "finalise or void it", amount)
                continue
            yield from self._owed_on(invoice)

    def _owed_on(self, invoice: Invoice) -> Iterator[OpenItem]:
        owed = open_of(self._books, invoice)
        name, amount = invoice.number, Money(abs(owed), invoice.currency)
        if owed > 0:
            yield OpenItem("invoice", name, "it is to be paid, or credited", amount)
        if owed < 0:
            yield OpenItem("overpaid", name, "send it back to whoever paid", amount)
        for dispute in self._books.disputes.on(invoice.id):
            if dispute.is_open:
                remedy = f"resolve {dispute.id}: `copyfair dispute resolve`"
                yield OpenItem("dispute", name, remedy)

    def _owed_to(
        self, party_id: str, agreements: tuple[Agreement, ...]
    ) -> Iterator[OpenItem]:
        for agreement in agreements:
            for amount in balances_of(self._books, agreement.id):
                remedy = "returned once its usage is billed: leave again then"
                yield OpenItem("prepaid", agreement.id, remedy, amount)
        for credit in credits_of(self._books):
            if credit.party_id == party_id and credit.left.minor:
                remedy = "send it back, or use it: `copyfair payment waiting`"
                yield OpenItem("credit", credit.movement.id, remedy, credit.left)
        for (account, currency), minor in self._books.journal.balances().items():
            if account == payable(party_id) and minor:
                remedy = "pay it out: it is owed to the party"
                yield OpenItem("payout", party_id, remedy, Money(-minor, currency))
