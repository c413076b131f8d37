"""What the books say, as rows: one function for each kind.

Parties stand under the name they are *called* by: a commitment. What a bank wrote, and
what could be guessed from its digest, stays out.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.billing.credit_note import CreditNote
from gateway.billing.invoice import Invoice
from gateway.billing.ports import Run
from gateway.fund.accounts import (
    GIFT_PREFIX,
    PAYABLE_PREFIX,
    gift,
    is_gift,
    is_payable,
    payable,
)
from gateway.fund.basis import Basis
from gateway.fund.given_back import NOBODY, GivenBack
from gateway.fund.journal import Entry
from gateway.fund.payout import Allocation
from gateway.licensing.ports import PublishedBody
from gateway.metering.footprint import EnergyModel, Footprint
from gateway.transparency import kinds
from gateway.transparency.ports import UsageBatch
from gateway.transparency.recompute_entries import PROPORTIONAL
from gateway.transparency.rows import Row

Called = Callable[[str], str]
"""From a party's id to the commitment that stands for it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTY_PREFIX = "pty_"


def entry_row(entry: Entry, called: Called) -> Row:
    """An entry of the journal, without its key: a bank's reference may stand there."""
    postings = [
        [_account(each.account, called), each.amount_minor] for each in entry.postings
    ]
    body = {
        "happening": entry.kind,
        "ref": called(entry.ref) if entry.ref.startswith(PARTY_PREFIX) else entry.ref,
        "currency": entry.currency,
        "postings": postings,
        "reverses": entry.reverses,
    }
    return Row(kinds.ENTRY, entry.id, entry.effective_us, body)


def waterfall_row(basis: Basis, at_us: int, payer_called: Called) -> Row:
    """On what an entry of the waterfall rested.

    Args:
        basis: What was kept of it.
        at_us: When it counts.
        payer_called: What an owner is called as a payer: another name than the one it
            has as a party, so that who pays is not known by what they gave.
    """
    body: dict[str, str | int | None] = {
        "net_minor": basis.net_minor,
        "operator_bp": basis.shares.operator_bp,
        "reserve_bp": basis.shares.reserve_bp,
        "labour_bp": basis.shares.labour_bp,
        "solidarity_bp": basis.shares.solidarity_bp,
        "unpaid_bp": basis.unpaid_bp,
        "reserve_room_minor": basis.reserve_room_minor,
    }
    payer = basis.payer
    if payer is None:
        return Row(kinds.WATERFALL, basis.entry_id, at_us, body)
    body |= {
        "payer": payer_called(payer.owner),
        "number": payer.number,
        "month": payer.month,
        "paid_minor": payer.paid_minor,
        "income_minor": payer.income_minor,
        "payers": payer.payers,
        "endowed_minor": payer.endowed_minor,
        "limit_bp": payer.limit_bp,
    }
    booking = basis.booking
    if booking is None:
        return Row(kinds.WATERFALL_BY_PAYER, basis.entry_id, at_us, body)
    body |= {"booked_us": booking.booked_us, "unnumbered": booking.unnumbered}
    return Row(kinds.WATERFALL_AS_BOOKED, basis.entry_id, at_us, body)


def given_back_row(one: GivenBack, entry: Entry, payer_called: Called) -> Row:
    """Whose income went back by an entry; named as `waterfall_row` does."""
    body = {
        "payer": payer_called(one.owner) if one.owner != NOBODY else NOBODY,
        "currency": entry.currency,
        "net_minor": one.net_minor,
        "number": one.place.number,
        "after": one.place.after,
        "unnumbered": one.place.unnumbered,
    }
    return Row(kinds.INCOME_GIVEN_BACK, one.entry_id, entry.effective_us, body)


def allocation_row(allocation: Allocation, called: Called) -> Row:
    """One allocation run from one pot.

    Ties of a division go to the lower id, and commitments sort otherwise: receivers
    stand in the order of their ids.
    """
    name = (allocation.key, allocation.source, allocation.amount.currency)
    body = {
        "run": allocation.key,
        "source": allocation.source,
        "currency": allocation.amount.currency,
        "amount_minor": allocation.amount.minor,
        "rule": PROPORTIONAL,
        "weights": [[called(who), each] for who, each in sorted(allocation.weights)],
        "shares": [[called(who), minor] for who, minor in sorted(allocation.shares)],
    }
    return Row(kinds.ALLOCATION, "/".join(name), allocation.at_us, body)


def left_out_row(allocation: Allocation, called: Called) -> Row:
    """Whom an allocation of the labour reserve did not weigh."""
    name = (allocation.key, allocation.source, allocation.amount.currency)
    body = {
        "run": allocation.key,
        "source": allocation.source,
        "currency": allocation.amount.currency,
        "parties": sorted(map(called, allocation.left_out or ())),
    }
    return Row(kinds.LEFT_OUT, "/".join(name), allocation.at_us, body)


def invoice_row(invoice: Invoice, *, salt: str, sha256: str) -> Row:
    """An issued invoice; its digest is committed to, its buyer is not named."""
    body = _document(invoice, salt=salt, sha256=sha256)
    return Row(kinds.INVOICE, invoice.id, invoice.issued_us or 0, body)


def note_row(note: CreditNote, *, salt: str, sha256: str) -> Row:
    """An issued credit note."""
    body = _document(note, salt=salt, sha256=sha256)
    about = {**body, "invoice": note.invoice_id}
    return Row(kinds.CREDIT_NOTE, note.id, note.issued_us, about)


def run_row(run: Run) -> Row:
    """A billing run, with the digest over all usage it took up."""
    body = {
        "start_us": run.period.start_us,
        "end_us": run.period.end_us,
        "number": run.number,
        "outcome": run.kind.value,
        "events": run.events,
        "usage_sha256": run.usage_sha256,
    }
    return Row(kinds.RUN, run.id, run.cut_us, body)


def usage_row(batch: UsageBatch, *, after: int, up_to: int, at_us: int) -> Row:
    """Usage of an agreement on a day, as far as it was recorded."""
    day = (EPOCH + timedelta(days=batch.day)).date().isoformat()
    body = {
        "agreement": batch.agreement_id,
        "day": day,
        "after_place": after,
        "up_to_place": up_to,
        "events": batch.events,
        "bytes": batch.body_bytes,
        "billable_bytes": batch.billable_bytes,
        "billable_requests": batch.billable_requests,
        "sha256": batch.sha256,
    }
    return Row(kinds.USAGE, f"{batch.agreement_id}/{day}/{up_to}", at_us, body)


def footprint_row(one: Footprint, model: EnergyModel, *, month: str, at_us: int) -> Row:
    """What a collection's use took in a month that is over; nobody is in it."""
    body = {
        "month": month,
        "collection": one.group,
        "requests": one.requests,
        "bytes": one.body_bytes,
        "cpu_us": one.cpu_us,
        "core_mw": model.core_mw,
        "pue_hundredths": model.pue_hundredths,
        "network_mwh_per_gb": model.network_mwh_per_gb,
        "energy_mwh": one.energy_mwh,
    }
    return Row(kinds.FOOTPRINT, f"{month}/{one.group}", at_us, body)


def tariff_row(kept: PublishedBody) -> Row:
    """A published price list, whole."""
    body = {
        "tariff": kept.tariff,
        "version": kept.version,
        "terms": kept.body,
        "sha256": kept.sha256,
    }
    return Row(kinds.TARIFF, f"{kept.tariff}/{kept.version}", kept.published_us, body)


def policy_row(version: str, *, at_us: int) -> Row:
    """The policies in force when the log grew, by the hash of their files."""
    return Row(kinds.POLICY, version, at_us, {"version": version})


def opening(salt: str, sha256: str) -> str:
    """The commitment to a document's digest; its party gets the salt on asking."""
    return f"sha256:{hmac.digest(salt.encode(), sha256.encode(), 'sha256').hex()}"


def _document(
    paper: Invoice | CreditNote, *, salt: str, sha256: str
) -> dict[str, str | int]:
    return {
        "number": paper.number,
        "currency": paper.currency,
        "net_minor": paper.net_minor,
        "tax_minor": sum(each.tax_minor for each in paper.taxes),
        "commitment": opening(salt, sha256),
    }


def _account(account: str, called: Called) -> str:
    if is_payable(account):
        return payable(called(account.removeprefix(PAYABLE_PREFIX)))
    if is_gift(account):
        return gift(called(account.removeprefix(GIFT_PREFIX)))
    return account
