"""Declared turnovers: entered with evidence, corrected by entering again.

Nothing is ever estimated. What nobody declared is a reminder, and stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gateway.billing.span_charge import Declaration, latest
from gateway.billing.tax import Seller, Selling
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock, from_us
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.services.span_charges import SpanCharges, Undeclared


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody declares.

    Attributes:
        turnover: How much, without VAT.
        span: Of which calendar year or month.
        evidence: What it rests on.
        on: The date of the evidence.
        by: Who says so.
    """

    turnover: Money
    span: Period
    evidence: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class DeclarationReport:
    """Where declarations stand.

    Attributes:
        declared: What counts now, by span and agreement.
        undeclared: What should be declared by now, and is not.
    """

    declared: tuple[Declaration, ...]
    undeclared: tuple[Undeclared, ...]


class Declarations:
    """Takes in turnovers, and reminds of those that are missing."""

    def __init__(
        self,
        books: Books,
        *,
        seller: Seller,
        is_invoiced: Callable[[str], bool],
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._seller = seller
        self._charges = SpanCharges(seller, is_invoiced)
        self._clock = clock
        self._ids = ids

    def declare(self, agreement_id: str, told: Declared) -> Declaration:
        """Keep a turnover; the next billing run charges what it changes.

        Saying the same again changes nothing; another figure for the same span takes
        the place of the former, which stays readable.

        Raises:
            NotFound: there is no such agreement.
            Conflict: nobody invoices here, or its tariff asks for no turnover.
            InvalidValue: the span is not one of those the tariff asks for, it is not
                over, the agreement never was in force in it, the date lies ahead, or
                the currency is another.
        """
        if self._seller.selling is Selling.NONE:
            raise Conflict("nothing is declared here; set `invoicing.seller` first")
        now_us = self._clock.now_us()
        with self._books.together() as books:
            agreement = books.agreements.find(agreement_id)
            if agreement is None:
                detail = f"there is no agreement {agreement_id}"
                raise NotFound(detail)
            self._assert_asked_for(books, agreement, told)
            _assert_sound(agreement, told, now_us=now_us)
            new = Declaration(
                id=self._ids.new("dec"),
                agreement_id=agreement_id,
                span=told.span,
                currency=told.turnover.currency,
                turnover_minor=told.turnover.minor,
                evidence=told.evidence.strip(),
                declared_on=told.on.isoformat(),
                declared_by=told.by.strip(),
                recorded_us=now_us,
            )
            known = latest(books.declarations.all()).get((agreement_id, told.span))
            if known is not None and _said(known) == _said(new):
                return known
            books.declarations.add(new)
        return new

    def report(self) -> DeclarationReport:
        """What is declared, and what is missing."""
        with self._books.reading() as books:
            known = latest(books.declarations.all()).values()
            return DeclarationReport(
                tuple(sorted(known, key=lambda each: (each.span, each.agreement_id))),
                self._charges.undeclared(books, upto_us=self._clock.now_us()),
            )

    def _assert_asked_for(
        self, books: Books, agreement: Agreement, told: Declared
    ) -> None:
        tariff = books.tariffs.find(agreement.tariff, agreement.tariff_version)
        if tariff is None or tariff.royalties is None:
            detail = (
                f"tariff {agreement.tariff} version {agreement.tariff_version} asks"
                " for no turnover: it has no royalties"
            )
            raise Conflict(detail)
        over = tariff.royalties.over
        if over.span_of(told.span.start_us) != told.span:
            hint = "2026-11" if over.value == "month" else "2026"
            detail = f"turnover is declared for each {over.value}; write --for {hint}"
            raise InvalidValue(detail)


def _assert_sound(agreement: Agreement, told: Declared, *, now_us: int) -> None:
    span = told.span
    ended = agreement.ends_us is not None and agreement.ends_us <= span.start_us
    if agreement.starts_us >= span.end_us or ended:
        detail = f"agreement {agreement.id} was not in force in {span}"
        raise InvalidValue(detail)
    if now_us < span.end_us:
        detail = f"{span} is not over, so its turnover is not known yet"
        raise InvalidValue(detail)
    if told.on > from_us(now_us).date():
        detail = f"the evidence is dated {told.on}, which lies ahead"
        raise InvalidValue(detail)
    if told.turnover.currency != agreement.currency:
        detail = f"agreement {agreement.id} is in {agreement.currency}"
        raise InvalidValue(detail)


def _said(declaration: Declaration) -> tuple[object, ...]:
    return (
        declaration.turnover_minor,
        declaration.evidence,
        declaration.declared_on,
        declaration.declared_by,
    )
