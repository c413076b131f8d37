"""The checks of the audit: each yields a sentence for what is wrong.

Nothing here trusts a total that is stored: sums are added up again, digests are
taken again, the chain is followed from its first link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace

from gateway.billing.bank import Direction, UsedFor, left_of
from gateway.billing.canonical import agrees, sha256_of
from gateway.billing.carrying import Carried
from gateway.billing.chain import Link, Sealed, first_break
from gateway.billing.credit_note import CreditNote
from gateway.billing.invoice import (
    Invoice,
    InvoiceLine,
    LineKind,
    Status,
    usage_line,
)
from gateway.billing.numbering import gaps
from gateway.billing.ports import RunKind, UsageCounts
from gateway.billing.rating import RatedLine
from gateway.billing.taking import Taken, Taking
from gateway.billing.tax import Treatment
from gateway.fund.accounts import HELD_BY, PREPAID_PREFIX, RECEIVABLE, UNMATCHED
from gateway.fund.ports import Books
from gateway.kernel.errors import NotFound
from gateway.kernel.money import Money
from gateway.services.bartering import bartered
from gateway.services.charge_checks import span_charges
from gateway.services.endowment import endowment
from gateway.services.evidence_checks import statements, wire
from gateway.services.receipts import open_of
from gateway.services.recompute_checks import recomputes
from gateway.services.reversal_checks import reversals
from gateway.services.round_checks import payouts, rounds
from gateway.services.vote_checks import votes

NOT_TAXED = Treatment("O")

Batch = tuple[str, str, str]
"""Run, agreement and currency: what one draft is made for."""


def conserved(counts: UsageCounts) -> Iterator[str]:
    """Every usage event is rated, excluded with a reason, or unrated; and each once."""
    taken = counts.rated + sum(counts.excluded.values())
    if counts.events != taken + counts.unrated:
        yield f"{counts.events} events are not {taken} taken up + {counts.unrated}"
    if counts.duplicates:
        yield f"{counts.duplicates} usage events stand there twice"
    if counts.units_rated != counts.units_on_lines:
        yield (
            f"rated events count {counts.units_rated} units,"
            f" rated lines {counts.units_on_lines}"
        )


def _usage(books: Books) -> Iterator[str]:
    for run in books.ratings.runs():
        taking = _retaken(books, run.id)
        sums = books.ratings.sums_of(run.id)
        is_same = (taking.count(), taking.digest()) == (run.events, run.usage_sha256)
        if not is_same or (sums and Counter(sums) != Counter(taking.sums())):
            yield f"usage of {run.id} ({run.period}) is not what it billed"


def _retaken(books: Books, run_id: str) -> Taking:
    """What a run took up, counted again from the events."""
    taking = Taking()
    for passed in books.usage.taken_by(run_id):
        taken = taking.taken.get(passed[1])
        if taken is None:
            terms = books.usage.terms(passed[1])
            agreement = books.agreements.find(terms.agreement_id)
            tariff = books.tariffs.find(terms.tariff, terms.tariff_version)
            if agreement is None or tariff is None:
                detail = f"usage of {run_id} names terms that are gone"
                raise NotFound(detail)
            taken = taking.taken[passed[1]] = Taken(terms, agreement, tariff)
        taking.take(taken, passed)
    return taking


def _intents(books: Books) -> Iterator[str]:
    unmatched = books.usage.unmatched()
    for request_id in unmatched.intents:
        yield f"the intent of {request_id} is settled and its usage event is gone"
    for request_id in unmatched.events:
        yield f"{request_id} has a usage event and its intent was never settled"
    if unmatched.gone:
        yield f"intents settled and usage events differ by {unmatched.gone}"


def _tariffs(books: Books) -> Iterator[str]:
    for kept in books.tariffs.bodies():
        name = f"tariff {kept.tariff} version {kept.version}"
        if sha256_of(kept.body) != kept.sha256:
            yield f"{name} is not what its digest says"
            continue
        read = books.tariffs.find(kept.tariff, kept.version)
        if read is None or (read.id, read.version) != (kept.tariff, kept.version):
            yield f"{name} holds the terms of another"


def _invoiced(books: Books) -> Iterator[str]:
    """What was rated to be owed stands on an invoice, line by line, or waits."""
    invoices = _holders(books)
    waiting = {_carried(each): each.net_minor for each in books.carried.waiting()}
    rated: dict[str, Counter[tuple[object, ...]]] = {}
    for batch, lines in _owed(books).items():
        run_id, agreement_id, currency = batch
        invoice = invoices.get(batch)
        net = sum(line.net_minor for line in lines)
        if invoice:
            priced = (_priced(usage_line(1, line, NOT_TAXED)) for line in lines)
            rated.setdefault(invoice.id, Counter()).update(priced)
        elif waiting.get(batch) != net:
            owed = Money(net, currency)
            yield f"{run_id} rated {owed} of {agreement_id}, which no invoice holds"
    for invoice in books.invoices.all():
        written = Counter(_priced(line) for line in invoice.lines)
        missing = rated.get(invoice.id, Counter()) - written
        if missing:
            name = invoice.number or invoice.id
            yield f"{missing.total()} lines that were rated are not on {name}"
    yield from span_charges(books)


def voided(books: Books) -> dict[str, int]:
    """Currency to net minor units that were rated, and whose draft was voided."""
    invoices = _holders(books)
    totals: Counter[str] = Counter()
    for batch, lines in _owed(books).items():
        invoice = invoices.get(batch)
        if invoice and invoice.status is Status.VOID:
            totals[batch[2]] += sum(line.net_minor for line in lines)
    return dict(sorted(totals.items()))


def _holders(books: Books) -> dict[Batch, Invoice]:
    """Which invoice holds what a run rated: its own, or one that it waited for."""
    by_id = {each.id: each for each in books.invoices.all()}
    own = {_batch(each): each for each in by_id.values()}
    later = {
        _carried(each): by_id[each.invoice_id]
        for each in books.carried.all()
        if each.invoice_id in by_id
    }
    return {**own, **later}


def _carried(each: Carried) -> Batch:
    return each.run_id, each.agreement_id, each.currency


def _owed(books: Books) -> dict[Batch, list[RatedLine]]:
    """Rated lines that somebody owes, as they are drafted."""
    found: dict[Batch, list[RatedLine]] = {}
    for run in books.ratings.runs():
        if run.kind is not RunKind.INVOICE:
            continue
        for line in books.ratings.lines_of(run.id):
            if line.net_minor:
                batch = (run.id, line.share.agreement_id, line.currency)
                found.setdefault(batch, []).append(line)
    return found


def _batch(invoice: Invoice) -> Batch:
    return invoice.run_id, invoice.agreement_id, invoice.currency


def _priced(line: InvoiceLine) -> tuple[object, ...]:
    """What a line is for, and at what price; its place and VAT are left out."""
    same = replace(line, position=1, text="", category="", rate_bp=0)
    return astuple(same)


def _totals(books: Books) -> Iterator[str]:
    yield from _in_kind(books)
    yield from bartered(books)
    rated: Counter[tuple[str, str, str]] = Counter()
    for run in books.ratings.runs():
        for line in books.ratings.lines_of(run.id):
            rated[run.id, line.share.agreement_id, line.currency] += line.net_minor
    held: Counter[str] = Counter()
    for batch, invoice in _holders(books).items():
        held[invoice.id] += rated[batch]
    issued = books.invoices.issued()
    for invoice in books.invoices.all():
        if invoice.status is Status.VOID:
            continue
        name = invoice.number or invoice.id
        billed = sum(
            line.net_minor for line in invoice.lines if line.kind is LineKind.USAGE
        )
        if billed != held[invoice.id]:
            yield f"the lines of {name} are not what was rated"
        kept = issued.get(invoice.id)
        if kept and (kept.net_minor, kept.tax_minor) != (
            invoice.net_minor,
            invoice.tax_minor,
        ):
            yield f"the totals of {name} are not the sum of its lines"


def _in_kind(books: Books) -> Iterator[str]:
    """What contributions settled stands on invoices, line by line, and only there."""
    said = {
        (one.invoice_id, one.position): one.net_minor for one in books.in_kind.all()
    }
    written = {
        (invoice.id, line.position): -line.net_minor
        for invoice in books.invoices.all()
        for line in invoice.lines
        if line.kind is LineKind.IN_KIND
    }
    for invoice_id, position in sorted({*said, *written}):
        key = (invoice_id, position)
        if said.get(key) != written.get(key):
            yield f"line {position} of {invoice_id} rests on no such contribution"


def _journal(books: Books) -> Iterator[str]:
    totals: Counter[str] = Counter()
    for (account, currency), minor in books.journal.balances().items():
        totals[currency] += minor
        if account.startswith(PREPAID_PREFIX) and minor > 0:
            yield f"{account} is overdrawn by {minor} {currency}"
    for currency, minor in sorted(totals.items()):
        if minor:
            yield f"the trial balance in {currency} is off by {minor}"
    for entry in books.journal.entries():
        if sum(posting.amount_minor for posting in entry.postings):
            yield f"the entry {entry.id} does not balance"


def _bank(books: Books) -> Iterator[str]:
    """What nobody has a use for is what the journal says is nobody's."""
    left: Counter[str] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for movement in books.bank.all():
        currency, minor = movement.amount.currency, movement.amount.minor
        if movement.account in HELD_BY:
            is_in = movement.direction is Direction.IN
            account = HELD_BY[movement.account]
            held[account, currency] += minor if is_in else -minor
            held[account, currency] -= movement.fee_minor
        if movement.direction is Direction.IN:
            uses = books.bank.uses_of(movement.id)
            left[currency] += left_of(movement, uses)
            for use in uses:
                if use.used_for is UsedFor.PAYOUT:
                    held[HELD_BY["stripe"], currency] -= use.amount_minor
    yield from _held(books, held)
    for currency in sorted({*left, *_currencies(books)}):
        booked = -books.journal.balance(UNMATCHED, currency)
        if booked != left[currency]:
            yield (
                f"{Money(left[currency], currency)} of what came in is unmatched, the"
                f" journal says {Money(booked, currency)}"
            )


def _held(books: Books, held: Counter[tuple[str, str]]) -> Iterator[str]:
    """What a provider holds is what it reported, less what it paid out."""
    for (account, currency), minor in sorted(held.items()):
        booked = books.journal.balance(account, currency)
        if booked != minor:
            yield (
                f"{account} holds {Money(minor, currency)} by what was reported, the"
                f" journal says {Money(booked, currency)}"
            )


def _currencies(books: Books) -> set[str]:
    return {currency for _, currency in books.journal.balances()}


def _receivable(books: Books) -> Iterator[str]:
    owed: Counter[str] = Counter()
    for invoice in books.invoices.all(status=Status.FINALISED):
        owed[invoice.currency] += open_of(books, invoice)
    currencies = {currency for _, currency in books.journal.balances()} | set(owed)
    for currency in sorted(currencies):
        booked = books.journal.balance(RECEIVABLE, currency)
        if booked != owed[currency]:
            yield (
                f"receivable in {currency} is {booked},"
                f" open invoices are {owed[currency]}"
            )


def _numbers(books: Books) -> Iterator[str]:
    finalised: tuple[Invoice, ...] = books.invoices.all(status=Status.FINALISED)
    numbers = [invoice.number for invoice in finalised]
    numbers += [note.number for note in books.invoices.notes()]
    for number in gaps(numbers, books.invoices.series()):
        yield f"{number} is missing, stands there twice or was never drawn"


def _documents(books: Books) -> Iterator[str]:
    issued = books.invoices.issued()
    current: dict[str, Invoice | CreditNote] = {
        each.id: each for each in books.invoices.all(status=Status.FINALISED)
    }
    current |= {each.id: each for each in books.invoices.notes()}
    for document_id, kept in issued.items():
        value = current.get(document_id)
        number = value.number if value else document_id
        if sha256_of(kept.document) != kept.sha256:
            yield f"the document of {number} is not what its digest says"
        elif value is None or not agrees(kept.document, value):
            yield f"the rows of {number} are not what was issued"
    for document_id, digest in books.renditions.kept().items():
        written = books.renditions.find(document_id)
        if written is None or written.sha256 != digest:
            value = current.get(document_id)
            yield f"the papers of {value.number if value else document_id} changed"


def _chain(books: Books) -> Iterator[str]:
    links = books.chain.links()
    broken = first_break(links)
    if broken is not None:
        yield f"the chain breaks at link {broken}"
    sealed = {(link.kind, link.ref): link for link in links}
    present: dict[tuple[Sealed, str], str] = {
        (Sealed.POSTING, entry.id): entry.digest for entry in books.journal.entries()
    }
    notes = {note.id for note in books.invoices.notes()}
    for document_id, kept in books.invoices.issued().items():
        kind = Sealed.CREDIT_NOTE if document_id in notes else Sealed.INVOICE
        present[kind, document_id] = kept.sha256
    for document_id, digest in books.renditions.kept().items():
        present[Sealed.RENDITION, document_id] = digest
    for run in books.ratings.runs():
        present[Sealed.USAGE, run.id] = run.usage_sha256
    for statement in books.statements.all():
        present[Sealed.STATEMENT, statement.id] = statement.sha256
    yield from _differences(sealed, present)


def _differences(
    sealed: dict[tuple[Sealed, str], Link], present: dict[tuple[Sealed, str], str]
) -> Iterator[str]:
    for kind, ref in sorted(set(sealed) | set(present)):
        if (kind, ref) not in present:
            yield f"{kind} {ref} was sealed and is gone"
        elif (kind, ref) not in sealed:
            yield f"{kind} {ref} was never sealed"
        elif sealed[kind, ref].digest != present[kind, ref]:
            yield f"{kind} {ref} is not what was sealed"


CHECKS: dict[str, Callable[[Books], Iterator[str]]] = {
    "usage_conserved": _usage,
    "intents_match_usage": _intents,
    "wire_matches_usage": wire,
    "statements_unchanged": statements,
    "tariffs_unchanged": _tariffs,
    "rated_is_invoiced": _invoiced,
    "totals_add_up": _totals,
    "votes_come_out": votes,
    "journal_balanced": _journal,
    "receivable_matches": _receivable,
    "bank_matches": _bank,
    "reversals_match": reversals,
    "invoices_gapless": _numbers,
    "documents_unchanged": _documents,
    "rounds_come_out": rounds,
    "payouts_are_owed": payouts,
    "endowment_is_kept": endowment,
    "books_recompute": recomputes,
    "chain_ok": _chain,
}
"""Every check by its public name. Public: add, never rename."""
