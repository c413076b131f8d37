"""Everything that is held about a party, as one document and as files.

Whoever leaves takes all of it along; whoever stays sees what is kept. Secrets are not
in it, for they are not kept: of a key there is a fingerprint, of a webhook its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Protocol

from gateway.billing.invoice import Invoice
from gateway.fund.accounts import payable
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.reciprocity.spending import account_of
from gateway.services.party_deeds import deeds_of, gifts_of
from gateway.services.party_letters import Correspondence, letters_of
from gateway.services.usage_report import UsageReports


class Exported(Protocol):
    """Where a party's own description comes from."""

    def show(self, reference: str) -> Party:
        """The party of that id or name."""

    def export(self, reference: str) -> dict[str, Any]:
        """What it is, every statement about it, and its keys."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a folder.

    Attributes:
        path: Relative, with `/`.
        pieces: Its bytes, piece by piece.
    """

    path: str
    pieces: Callable[[], Iterator[bytes]]


class PartyExport:
    """Gathers what is held about a party; changes nothing."""

    def __init__(
        self,
        books: Books,
        parties: Exported,
        usage: UsageReports,
        *,
        correspondence: Correspondence,
    ) -> None:
        self._books = books
        self._parties = parties
        self._usage = usage
        self._said = correspondence

    def document(self, reference: str, *, sells: bool) -> dict[str, Any]:
        """Everything, as one JSON document; usage added up, papers by their digest.

        Args:
            reference: The party's id or name.
            sells: Whether there is a seller; without, `books` is empty where nothing
                was ever booked.

        Raises:
            NotFound: no such party.
        """
        party = self._parties.show(reference)
        with self._books.reading() as books:
            agreed = self._agreed(books, party)
            given = self._given(books, party)
            deeds = deeds_of(books, party.id, told)
            kept = self._booked(books, party)
        return {
            **self._parties.export(party.id),
            **agreed,
            **given,
            **deeds,
            "books": kept if sells or any(kept.values()) else {},
            **letters_of(self._said, party, told),
        }

    def files(self, reference: str) -> Iterator[File]:
        """What does not fit a document: usage event by event, statements, papers.

        Raises:
            NotFound: no such party.
        """
        party = self._parties.show(reference)
        with self._books.reading() as books:
            agreements = books.agreements.agreements_of(party.id)
            statements = [
                each
                for agreement in agreements
                for each in books.statements.all(agreement_id=agreement.id)
            ]
            papers = [*_papers_of(books, party.id)]
        accounts = [each.id for each in agreements]
        if self._usage.report(agreement_id=account_of(party.id))["events"]:
            accounts.append(account_of(party.id))
        for account in accounts:
            yield self._usage_file(account, "jsonl", self._usage.json_lines)
            yield self._usage_file(account, "csv", self._usage.csv_lines)
        for statement in statements:
            content = statement.jws.encode()
            yield _file(f"statements/{statement.id}.jws", content)
        for paper, document_id in papers:
            number = paper.replace("/", "-")  # a series may have one
            rendition = self._books.renditions.find(document_id)
            if rendition is not None:
                yield _file(f"papers/{number}.pdf", rendition.pdf)
                yield _file(f"papers/{number}.xml", rendition.cii)
                yield _file(f"papers/{number}.ubl.xml", rendition.ubl)

    def _usage_file(
        self, agreement_id: str, ending: str, lines: Callable[..., Iterator[str]]
    ) -> File:
        def pieces() -> Iterator[bytes]:
            return (line.encode() for line in lines(agreement_id=agreement_id))

        name = agreement_id.replace(":", "-")
        return File(f"usage/{name}.{ending}", pieces)

    def _agreed(self, books: Books, party: Party) -> dict[str, Any]:
        agreements = books.agreements.agreements_of(party.id)
        standing = account_of(party.id)  # what standing paid for has no agreement
        reports = {
            name: self._usage.report(agreement_id=name)
            for name in (*(each.id for each in agreements), standing)
        }
        figures = ("events", "bytes", "billable_requests", "billable_bytes")
        return {
            "agreements": [
                {
                    **told(each),
                    "offer": _offer(books, each.id),
                    "caps": [told(change) for change in books.caps.caps_of(each.id)],
                }
                for each in agreements
            ],
            "usage": [
                {"agreement_id": name, **{key: one[key] for key in figures}}
                for name, one in reports.items()
                if one["events"] or name != standing
            ],
            "statements": [
                each.told()
                for agreement in agreements
                for each in books.statements.all(agreement_id=agreement.id)
            ],
        }

    def _booked(self, books: Books, party: Party) -> dict[str, Any]:
        invoices = _invoices_of(books, party.id)
        ids = {each.id for each in invoices}
        digests = books.invoices.issued()
        notes = [each for each in books.invoices.notes() if each.invoice_id in ids]
        agreements = {each.id for each in books.agreements.agreements_of(party.id)}
        refs = {*ids, *agreements, party.id, *(each.id for each in notes)}
        targets = {*agreements, *(each.number for each in invoices if each.number)}
        shares = [
            {**told(share), "invoice": each.number or each.id}
            for each in invoices
            for share in books.payments.shares_on(each.id)
        ]
        paid = {share["payment_id"] for share in shares}
        payments = [each for each in books.payments.all() if each.id in paid]
        return {
            "invoices": [_with_digest(each, digests) for each in invoices],
            "credit_notes": [_with_digest(each, digests) for each in notes],
            "payments": [
                {
                    **told(each),
                    "shares": [one for one in shares if one["payment_id"] == each.id],
                }
                for each in payments
            ],
            "disputes": _about(books.disputes.all(), ids),
            "reminders": _about(books.reminders.all(), ids),
            "in_kind": _about(books.in_kind.all(), ids),
            "barters": _about(books.barters.all(), ids),
            "checkouts": [
                told(each) for each in books.checkouts.all() if each.target in targets
            ],
            "entries": [
                told(each) for each in books.journal.entries() if each.ref in refs
            ],
            "declarations": [
                told(each)
                for each in books.declarations.all()
                if each.agreement_id in agreements
            ],
            "carried": [
                told(each)
                for each in books.carried.all()
                if each.agreement_id in agreements
            ],
            **_given_to(books, party.id),
            "gifts": gifts_of(books, party.id, told),
        }

    def _given(self, books: Books, party: Party) -> dict[str, Any]:
        judged = books.contributions.all()
        return {
            "contributions": [
                {**told(each.claim), "reviews": [told(one) for one in each.reviews]}
                for each in judged
                if each.claim.party_id == party.id
            ],
            "reviews": [
                told(one)
                for each in judged
                for one in each.reviews
                if one.reviewer_id == party.id
            ],
            "needs": [told(each) for each in books.needs.of_party(party.id)],
            "openness": [told(each) for each in books.openness.of_party(party.id)],
            "notices": [
                told(each) for each in books.notices.of_owner(party.beneficial_owner_id)
            ],
            "votes": [
                {
                    "vote_id": vote.id,
                    "title": vote.title,
                    "mark": one.mark,
                    "voted": one.mark in books.votes.voted(vote.id),
                }
                for vote in books.votes.all()
                for one in books.votes.entitled(vote.id)
                if one.owner_id == party.beneficial_owner_id
            ],
        }


def told(value: Any) -> Any:
    """A value as JSON has it: instants as ISO 8601, sets in order, nothing secret."""
    if isinstance(value, Money):
        return {"amount_minor": value.minor, "currency": value.currency}
    if is_dataclass(value):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return dict(map(_named, *zip(*named, strict=True)))
    if isinstance(value, Mapping):
        return {str(name): told(each) for name, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(told(each) for each in value)
    if isinstance(value, tuple | list):
        return [told(each) for each in value]
    if isinstance(value, Enum):
        value = value.value
    return str(value) if isinstance(value, Fraction) else value


def _named(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_us") and (value is None or isinstance(value, int)):
        return f"{name.removesuffix('_us')}_at", iso(value) if value else None
    return name, told(value)


def _about(rows: Any, invoice_ids: set[str]) -> list[dict[str, Any]]:
    return [told(each) for each in rows if each.invoice_id in invoice_ids]


def _with_digest(paper: Any, digests: Mapping[str, Any]) -> dict[str, Any]:
    issued = digests.get(paper.id)
    return {**told(paper), "sha256": issued.sha256 if issued else None}


def _offer(books: Books, agreement_id: str) -> dict[str, Any] | None:
    offer = books.agreements.offer_of(agreement_id)
    return told(offer) if offer is not None else None


def _invoices_of(books: Books, party_id: str) -> tuple[Invoice, ...]:
    return tuple(
        each for each in books.invoices.all() if each.buyer.party_id == party_id
    )


def _papers_of(books: Books, party_id: str) -> Iterator[tuple[str, str]]:
    """Number and id of every paper that was issued to a party."""
    invoices = {each.id: each for each in _invoices_of(books, party_id)}
    for invoice in invoices.values():
        if invoice.number:
            yield invoice.number, invoice.id
    for note in books.invoices.notes():
        if note.invoice_id in invoices:
            yield note.number, note.id


def _file(path: str, content: bytes) -> File:
    return File(path, lambda: iter((content,)))


def _given_to(books: Books, party_id: str) -> dict[str, Any]:
    """What rounds gave a party, and what was sent to it."""
    account = payable(party_id)
    return {
        "allocations": [
            {
                "run": each.key,
                "source": each.source,
                "currency": each.amount.currency,
                "weight": dict(each.weights).get(party_id),
                "amount_minor": dict(each.shares)[party_id],
                "at": iso(each.at_us),
            }
            for each in books.allocations.all()
            if party_id in dict(each.shares)
        ],
        "payouts": [
            told(each)
            for each in books.journal.entries()
            if each.kind == "payout"
            and any(part.account == account for part in each.postings)
        ],
    }
