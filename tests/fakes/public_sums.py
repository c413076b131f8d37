"""Sums for the public pages, added up entry by entry; held to the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.billing.invoice import Status
from gateway.fund.accounts import BARTER_INCOME, INCOME, PAYABLE_PREFIX, POTS
from gateway.fund.public_ports import ChargedLine, Flow, InvoiceIncome, Taken
from gateway.kernel.period import Period

if TYPE_CHECKING:
    from tests.fakes.books import MemoryBooks

PAYABLE = PAYABLE_PREFIX[:-1]


class FakePublicSums:
    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def stamp(self) -> tuple[int, ...]:
        judged = self._books.contributions.all()
        return (
            len(self._books.journal.entries()),
            len(judged),
            sum(len(each.reviews) for each in judged),
            len(self._books.allocations.all()),
        )

    def income(self, *, since_us: int) -> tuple[InvoiceIncome, ...]:
        received: Counter[str] = Counter()
        lately: Counter[str] = Counter()
        kind: Counter[str] = Counter()
        for entry in self._books.journal.entries():
            for posting in entry.postings:
                is_late = entry.effective_us >= since_us
                if posting.account == INCOME:
                    received[entry.ref] -= posting.amount_minor
                    lately[entry.ref] -= posting.amount_minor * is_late
                if posting.account == BARTER_INCOME:
                    kind[entry.ref] -= posting.amount_minor * is_late
        for one in self._books.in_kind.all():
            kind[one.invoice_id] += one.net_minor * (one.at_us >= since_us)
        touched = {*received, *kind}
        return tuple(
            InvoiceIncome(
                each.id,
                each.buyer.party_id,
                each.agreement_id,
                each.currency,
                received[each.id],
                lately[each.id],
                kind[each.id],
            )
            for each in self._books.invoices.all(status=Status.FINALISED)
            if each.id in touched
        )

    def charged(self) -> Iterator[ChargedLine]:
        for invoice in self._books.invoices.all(status=Status.FINALISED):
            credited: Counter[int] = Counter()
            for note in self._books.invoices.notes_on(invoice.id):
                for given in note.lines:
                    credited[given.position] += given.net_minor
            for line in invoice.lines:
                yield ChargedLine(
                    invoice.id,
                    line.collection,
                    line.tariff,
                    line.tariff_version,
                    line.net_minor - credited[line.position],
                )

    def flows(self) -> tuple[Flow, ...]:
        sums: dict[tuple[str, str], list[int]] = {}
        for entry in self._books.journal.entries():
            for posting in entry.postings:
                account, minor = posting.account, posting.amount_minor
                if account.startswith(PAYABLE_PREFIX):
                    account = PAYABLE
                if account in {*POTS, PAYABLE}:
                    row = sums.setdefault((account, entry.currency), [0, 0, 0])
                    row[0] -= minor if entry.kind == "waterfall" else 0
                    row[1 if minor < 0 else 2] += abs(minor)
        return tuple(Flow(*key, *sums[key]) for key in sorted(sums))

    def taken(self, period: Period) -> tuple[Taken, ...]:
        counted: Counter[str] = Counter()
        size: Counter[str] = Counter()
        for event in self._books.events.values():
            if event.occurred_us in period and not event.is_test:
                counted[event.party_id] += 1
                size[event.party_id] += event.body_bytes
        return tuple(Taken(each, counted[each], size[each]) for each in sorted(counted))
