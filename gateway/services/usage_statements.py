"""Usage statements: a month of usage, signed once, for the customer to keep.

Made from the books as of one instant, so nobody waits; kept and sealed in one
transaction. Issued again for the same usage it is the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from gateway.billing.canonical import canonical_json, sha256_of
from gateway.billing.chain import Sealed
from gateway.fund.ports import Books
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period, month_of
from gateway.licensing.agreement import Agreement
from gateway.metering.usage_statement import UsageStatement, Window, objects_digest
from gateway.services.bookkeeping import seal
from gateway.services.span_charges import Undeclared
from gateway.services.statement_document import (
    CollectionTerms,
    Found,
    offered_terms,
    statement_document,
)

CollectionTermsOf = Callable[[str], CollectionTerms]
DUE_MONTHS = 12
GRACE_US = US_PER_DAY
UndeclaredAt = Callable[[Books, int], Iterable[Undeclared]]
"""Turnovers that should be declared by an instant, and are not."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A statement, and whether it was made just now."""

    statement: UsageStatement
    is_new: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A statement that could not be issued.

    Attributes:
        agreement_id: Of which agreement.
        period: About which month.
        reason: Why, one sentence.
    """

    agreement_id: str
    period: Period
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """What was issued for everybody, and what could not be.

    Attributes:
        issued: Statements, by month and agreement.
        failed: Those that are still missing.
    """

    issued: tuple[Issued, ...]
    failed: tuple[Failed, ...] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues.

    Attributes:
        public_url: The archive's public address.
        sign: Bytes to a compact JWS over them; the same for the same bytes.
        terms_of: On what a collection is given now, by its id.
    """

    public_url: str
    sign: Callable[[bytes], str]
    terms_of: CollectionTermsOf


class UsageStatements:
    """Issues statements and hands them out."""

    def __init__(
        self,
        books: Books,
        *,
        issuer: Callable[[], Issuer],
        undeclared: UndeclaredAt,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._issuer = issuer
        self._undeclared = undeclared
        self._clock = clock
        self._ids = ids

    def issue(self, period: Period, *, agreement_id: str = "") -> tuple[Issued, ...]:
        """Issue the statements of a month that is over.

        One for each agreement under which something was taken; for an agreement that is
        named also where nothing was. What was recorded after a statement was issued
        goes on a supplement.

        Raises:
            InvalidValue: the month is not over, or is no month.
            NotFound: there is no such agreement.
            Misconfigured: there is no key to sign with.
            Unavailable: the store does not answer.
        """
        self._assert_over(period)
        if agreement_id:
            return self._issued(agreement_id, period)
        return tuple(
            issued
            for each in self._books.statements.agreements_in(period)
            for issued in self._issued(each, period)
        )

    def issue_all(self, period: Period) -> Due:
        """As `issue` for everybody: where one cannot be issued, the others are.

        Raises: as `issue`, but for what concerns one agreement.
        """
        self._assert_over(period)
        made: list[Issued] = []
        failed: list[Failed] = []
        for each in self._books.statements.agreements_in(period):
            try:
                made += self._issued(each, period)
            except (Conflict, InvalidValue, NotFound) as fault:
                failed.append(Failed(each, period, fault.detail))
        return Due(tuple(made), tuple(failed))

    def issue_due(self, *, months: int = DUE_MONTHS) -> Due:
        """Issue what is missing of the months that are over; again, nothing is new.

        A month counts as over a day after its end: what was under way is in by then.

        Args:
            months: How far to look back.

        Returns:
            What was made just now, and what could not be.

        Raises: as `issue_all`.
        """
        made: list[Issued] = []
        failed: list[Failed] = []
        span = month_of(self._clock.now_us() - GRACE_US)
        for _ in range(months):
            span = month_of(span.start_us - 1)
            found = self.issue_all(span)
            made += [one for one in found.issued if one.is_new]
            failed += found.failed
        return Due(tuple(made), tuple(failed))

    def list(self, *, agreement_id: str = "") -> tuple[UsageStatement, ...]:
        """Every statement, by month, agreement and number."""
        return self._books.statements.all(agreement_id=agreement_id)

    def find(self, statement_id: str) -> UsageStatement:
        """A statement as it was issued.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._books.statements.find(statement_id)
        if found is None:
            detail = f"there is no statement {statement_id}"
            raise NotFound(detail)
        return found

    def of_party(self, party_id: str) -> tuple[UsageStatement, ...]:
        """The statements of all agreements of a party, by agreement and month."""
        return tuple(
            statement
            for agreement in self._books.agreements.agreements_of(party_id)
            for statement in self.list(agreement_id=agreement.id)
        )

    def _assert_over(self, period: Period) -> None:
        if month_of(period.start_us) != period:
            raise InvalidValue("a statement is about a calendar month: 2026-11")
        if self._clock.now_us() < period.end_us:
            detail = f"{period} is not over; a statement would not be complete"
            raise InvalidValue(detail)

    def _issued(self, agreement_id: str, period: Period) -> tuple[Issued, ...]:
        """The statements of a month: those there are, and what is missing."""
        made = self._made(agreement_id, period)
        if made is not None:
            try:
                self._keep(made)
            except Conflict:
                made = None  # somebody else was first, and theirs counts
        kept = self._books.statements.of_month(agreement_id, period)
        return tuple(
            Issued(one, made is not None and one.id == made.id) for one in kept
        )

    def _made(self, agreement_id: str, period: Period) -> UsageStatement | None:
        """The statement that a month still lacks; None where it lacks none."""
        with self._books.reading() as books:
            agreement = books.agreements.find(agreement_id)
            if agreement is None:
                detail = f"there is no agreement {agreement_id}"
                raise NotFound(detail)
            before = books.statements.of_month(agreement_id, period)
            after_seq = before[-1].window.upto_seq if before else 0
            upto_seq = max(books.usage.last_seq(), after_seq)
            window = Window(agreement_id, period, after_seq, upto_seq)
            if before and not books.statements.events_in(window):
                return None
            previous = before[-1] if before else None
            issuer = self._issuer()
            now_us = self._clock.now_us()
            missing = self._undeclared(books, now_us)
            found = _found(
                books,
                window,
                agreement,
                issuer=issuer,
                previous=previous,
                undeclared=tuple(
                    one.span for one in missing if one.agreement_id == agreement_id
                ),
                issued_us=now_us,
            )
        jws = issuer.sign(canonical_json(statement_document(found)).encode())
        return UsageStatement(
            id=self._ids.new("stm"),
            window=window,
            number=previous.number + 1 if previous else 1,
            events=sum(each.events for each in found.portions),
            body_bytes=sum(each.body_bytes for each in found.portions),
            issued_us=found.issued_us,
            jws=jws,
            sha256=sha256_of(jws),
        )

    def _keep(self, statement: UsageStatement) -> None:
        with self._books.together() as books:
            books.statements.add(statement)
            seal(books, Sealed.STATEMENT, ref=statement.id, digest=statement.sha256)


def _found(
    books: Books,
    window: Window,
    agreement: Agreement,
    *,
    issuer: Issuer,
    previous: UsageStatement | None,
    undeclared: tuple[Period, ...],
    issued_us: int,
) -> Found:
    """What the books say of a window, as of one instant."""
    statements = books.statements
    offer = books.agreements.offer_of(agreement.id)
    portions = statements.portions(window)
    objects_sha256, objects = objects_digest(statements.objects(window))
    tariffs = {(each.tariff, each.version): each for each in books.tariffs.bodies()}
    named = {(each.tariff, each.tariff_version) for each in portions}
    accepted = offered_terms(offer)
    return Found(
        issuer=issuer.public_url,
        window=window,
        previous=previous,
        agreement=agreement,
        offer=offer,
        portions=portions,
        terms={
            each.collection: _terms(each.collection, accepted, issuer.terms_of)
            for each in portions
        },
        tariffs={key: tariffs[key].sha256 for key in named & tariffs.keys()},
        objects_sha256=objects_sha256,
        objects=objects,
        heard=statements.heard(window.period),
        ended=statements.ended(agreement.id, window.period),
        undeclared=undeclared,
        issued_us=issued_us,
    )


def _terms(
    collection: str, accepted: dict[str, CollectionTerms], terms_of: CollectionTermsOf
) -> CollectionTerms:
    """As it was accepted; where nothing was said then, as it stands now."""
    now = terms_of(collection)
    if collection not in accepted:
        return now
    said = accepted[collection]
    return replace(said, domains=said.domains or now.domains)
