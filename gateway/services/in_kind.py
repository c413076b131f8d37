"""In-kind settlement: a vested contribution reduces a draft, or is set off."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.barter import Barter, Supply, assert_set_off, taxed
from gateway.billing.in_kind import InKind, allowed_minor, assert_fits, reduction_line
from gateway.billing.invoice import Invoice, LineKind
from gateway.billing.ports import PartyBook
from gateway.billing.tax import Seller
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.reciprocity.standing import Judged
from gateway.services.crediting import found_invoice
from gateway.services.offsets import Offsets, settled_minor


@dataclass(frozen=True, slots=True)
class SettledInKind:
    """A draft after a contribution settled a part of it.

    Attributes:
        draft: With one line more where its price was reduced.
        barter: What was set off; None where its price was reduced.
    """

    draft: Invoice
    barter: Barter | None = None


class InKindDesk:
    """Everything that is done with settlement in kind."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyBook,
        seller: Seller,
        offsets: Offsets,
        clock: Clock,
    ) -> None:
        self._books = books
        self._parties = parties
        self._seller = seller
        self._offsets = offsets
        self._clock = clock

    def settle(
        self,
        name: str,
        claim_id: str,
        amount: Money,
        *,
        by: str,
        told: Supply | None = None,
    ) -> SettledInKind:
        """Settle a part of a draft in kind: as its agreement says.

        Args:
            name: The draft's id.
            claim_id: A vested claim; see `reduce` and `set_off`.
            amount: How much, net.
            by: Who decides it.
            told: What is said of the contributor's supply, in a barter.

        Raises:
            NotFound: no such invoice or claim.
            Conflict: the invoice is no draft, or the claim does not settle.
            InvalidValue: more than is left or allowed; or something is said of a
                supply where the price is reduced.
        """
        with self._books.reading() as books:
            is_barter = _is_barter(books, found_invoice(books, name))
        if is_barter:
            return self.set_off(name, claim_id, amount, by=by, told=told or Supply())
        if told is not None:
            detail = (
                f"{name} is under an agreement that reduces the price: no supply of"
                " the contributor's is taxed; see `copyfair agreement accept --barter`"
            )
            raise InvalidValue(detail)
        return SettledInKind(self.reduce(name, claim_id, amount, by=by))

    def set_off(
        self, name: str, claim_id: str, amount: Money, *, by: str, told: Supply
    ) -> SettledInKind:
        """Set a contribution off against a draft; both sides keep their VAT.

        Args:
            name: The draft's id.
            claim_id: A vested claim of the buyer itself: debts cancel between two.
            amount: What is supplied, net.
            by: Who decides it.
            told: How the contributor's supply is taxed, and its invoice.

        Raises:
            NotFound: no such invoice or claim.
            Conflict: the invoice is no draft or not under barter; the claim answers no
                need, is not vested, unpaid work or too old; or more would be set off
                than is owed.
            InvalidValue: another currency or party, nobody named, VAT that cannot be,
                or more than is left of the contribution or allowed by the tariff.
        """
        now_us = self._clock.now_us()
        with self._books.together() as books:
            draft = found_invoice(books, name)
            judged = _claim(books, claim_id)
            offset = self._offsets.of(books, judged, amount.currency, at_us=now_us)
            if draft.buyer.party_id != offset.party_id:
                detail = (
                    f"the contribution is of {offset.party_id}, the invoice for"
                    f" {draft.buyer.party_id}; only debts between the same two cancel"
                )
                raise InvalidValue(detail)
            _assert_currency(draft, amount)
            earlier = books.barters.on(draft.id)
            new = Barter(
                invoice_id=draft.id,
                position=len(earlier) + 1,
                claim_id=claim_id,
                title=judged.claim.title,
                number=told.number,
                net_minor=amount.minor,
                taxed=taxed(self._seller, draft.buyer, told),
                by=by,
                at_us=now_us,
            )
            assert_set_off(
                draft,
                new,
                earlier,
                left_minor=offset.amount.minor - settled_minor(books, offset),
                allowed=allowed_minor(_shares(books, draft)),
            )
            books.barters.add(new)
        return SettledInKind(draft, new)

    def reduce(self, name: str, claim_id: str, amount: Money, *, by: str) -> Invoice:
        """Reduce a draft by what a contribution is worth, in whole or in part.

        Args:
            name: The draft's id.
            claim_id: A vested claim of the buyer, or of a party of the same owner.
            amount: By how much, net.
            by: Who decides it.

        Returns:
            The draft, with one line more.

        Raises:
            NotFound: no such invoice or claim.
            Conflict: the invoice is no draft; the claim answers no need, is not
                vested, is unpaid work (which the labour reserve pays) or too old; or
                nothing would be left.
            InvalidValue: another currency or owner, nobody named, or more than is left
                of the contribution or allowed by the tariff.
        """
        now_us = self._clock.now_us()
        with self._books.together() as books:
            draft = found_invoice(books, name)
            judged = _claim(books, claim_id)
            offset = self._offsets.of(books, judged, amount.currency, at_us=now_us)
            self._assert_same_owner(draft, offset.party_id)
            _assert_currency(draft, amount)
            if _is_barter(books, draft):
                detail = f"the agreement of {draft.id} says barter: it is set off"
                raise Conflict(detail)
            assert_fits(
                draft,
                amount.minor,
                left_minor=offset.amount.minor - settled_minor(books, offset),
                allowed=allowed_minor(_shares(books, draft)),
            )
            text = f"{judged.claim.title} ({claim_id})"
            line = reduction_line(draft, amount.minor, text=text)
            books.invoices.add_line(draft.id, line)
            books.in_kind.add(
                InKind(draft.id, line.position, claim_id, amount.minor, by, now_us)
            )
            return draft.with_line(line)

    def _assert_same_owner(self, draft: Invoice, party_id: str) -> None:
        found = [
            self._parties.find_party(each) for each in (draft.buyer.party_id, party_id)
        ]
        owners = {each.beneficial_owner_id for each in found if each}
        if len(owners) != 1 or None in found:
            detail = (
                f"the contribution is of {party_id}, the invoice for"
                f" {draft.buyer.party_id}; only one's own work settles"
            )
            raise InvalidValue(detail)


def _assert_currency(draft: Invoice, amount: Money) -> None:
    if draft.currency != amount.currency:
        detail = f"the draft is in {draft.currency}"
        raise InvalidValue(detail)


def _is_barter(books: Books, draft: Invoice) -> bool:
    agreement = books.agreements.find(draft.agreement_id)
    return agreement is not None and agreement.is_barter


def _shares(books: Books, draft: Invoice) -> list[tuple[int, int]]:
    shares: list[tuple[int, int]] = []
    for line in draft.lines:
        tariff = books.tariffs.find(line.tariff, line.tariff_version)
        if line.kind is LineKind.USAGE and tariff:
            share = tariff.settlement_contribution_percent
            shares.append((line.net_minor, share))
    return shares


def _claim(books: Books, claim_id: str) -> Judged:
    judged = books.contributions.find(claim_id)
    if judged is None:
        detail = f"there is no claim {claim_id}; see `copyfair contribution list`"
        raise NotFound(detail)
    if judged.claim.is_unpaid:
        detail = (
            f"claim {claim_id} is unpaid work, which the labour reserve pays; only work"
            " that somebody paid for settles an invoice"
        )
        raise Conflict(detail)
    return judged
