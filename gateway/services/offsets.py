"""Offsets: what a claim that answers a need settles in kind, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.billing.barter import Barter
from gateway.billing.in_kind import InKind
from gateway.billing.invoice import Status
from gateway.fund.ports import Books
from gateway.fund.voting.decision import Kind
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import Money
from gateway.reciprocity.need import HOUR, Equivalence, Needs, latest
from gateway.reciprocity.offset import Offset, granted
from gateway.reciprocity.standing import Judged


@dataclass(frozen=True, slots=True)
class Worth:
    """What the published needs and tables say, as files and settings stand now.

    Attributes:
        needs: Lists and tables.
        hour_minor: What an hour settles where no table was ever written.
    """

    needs: Callable[[], Needs]
    hour_minor: Mapping[str, int]

    def table(self, books: Books) -> Equivalence:
        """The table that counts: the newest version the members ratified.

        Where no table was ever written an hour is an hour, and settles what the
        settings say.

        Raises:
            Conflict: there are tables, and none is ratified.
        """
        tables = self.needs().tables
        if not tables:
            hours = {HOUR: Fraction(1)}
            return Equivalence("in-kind-hour", 1, hours, self.hour_minor)
        found = latest(tables, (one.subject for one in tables if _counts(books, one)))
        if found is None:
            names = ", ".join(one.subject for one in tables)
            detail = (
                f"no table of equivalence counts yet: the members have ratified none"
                f" of {names}; see `copyfair need table`"
            )
            raise Conflict(detail)
        return found


class Offsets:
    """Says what a claim settles, and what is left of that."""

    def __init__(self, worth: Worth) -> None:
        self._worth = worth

    def of(self, books: Books, judged: Judged, currency: str, *, at_us: int) -> Offset:
        """The offset of a vested claim.

        Raises:
            Conflict: it answers no need, is not vested or too old; or no table counts.
            InvalidValue: an hour has no value in that currency.
        """
        if books.needs.of_claim(judged.claim.id) is None:
            detail = (
                f"claim {judged.claim.id} answers no need: only what the commons asked"
                " for settles in kind; see `copyfair need list`"
            )
            raise Conflict(detail)
        hour = self._worth.table(books).hour_minor.get(currency)
        if not hour:
            detail = (
                f"no value of an hour is published in {currency}: the ratified table"
                " of equivalence, or `invoicing.in_kind_hour`"
            )
            raise InvalidValue(detail)
        return granted(judged, hour=Money(hour, currency), at_us=at_us)

    def has_left(self, books: Books, claims: Iterable[Judged], *, at_us: int) -> bool:
        """Does any of somebody's claims still settle something?"""
        candidates = [
            each
            for each in claims
            if not each.claim.is_unpaid
            and each.is_vested(at_us=at_us)
            and books.needs.of_claim(each.claim.id)
        ]
        if not candidates:
            return False
        try:
            hours = self._worth.table(books).hour_minor
        except Conflict:
            return False
        return any(
            self._left(books, each, currency, at_us=at_us)
            for each in candidates
            for currency in sorted(hours)
        )

    def _left(self, books: Books, judged: Judged, currency: str, *, at_us: int) -> bool:
        try:
            offset = self.of(books, judged, currency, at_us=at_us)
        except (Conflict, InvalidValue):
            return False  # worth less than a coin, or over
        return offset.amount.minor > settled_minor(books, offset)


def settled_minor(books: Books, offset: Offset) -> int:
    """What a contribution settled already, on invoices that were not voided."""
    total = 0
    settled: tuple[InKind | Barter, ...] = (
        *books.in_kind.of_claim(offset.claim_id),
        *books.barters.of_claim(offset.claim_id),
    )
    for each in settled:
        invoice = books.invoices.find(each.invoice_id)
        is_ours = invoice and invoice.currency == offset.amount.currency
        if invoice and is_ours and invoice.status is not Status.VOID:
            total += each.net_minor
    return total


def _counts(books: Books, table: Equivalence) -> bool:
    """Did the members ratify this very text?"""
    found = books.decisions.ratified(Kind.RATIFY_EQUIVALENCE, table.subject)
    return found is not None and found.digest == table.digest
