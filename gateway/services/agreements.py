"""Agreements: publish tariffs, accept offers, find, end, top up.

Accepting an offer publishes the tariff version it names, so that what was agreed
stays readable and fixed. Until somebody verified what the party is, its agreement
is prepaid; once somebody did, the next acceptance or a renewal is invoiced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.billing.canonical import canonical_json, sha256_of
from gateway.billing.tally import is_proven
from gateway.fund.bookings import topped_up
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.licensing.agreement import (
    Agreement,
    Settling,
    heirs_of,
    is_about_the_same,
    newest_in_force,
)
from gateway.licensing.offer import OfferTerms
from gateway.licensing.ports import AcceptedOffer
from gateway.licensing.publish_checks import history_faults
from gateway.licensing.tariff import Tariff
from gateway.services.acceptance import Acceptance
from gateway.services.bookkeeping import book
from gateway.services.paid_ahead import PaidAhead, balance_of
from gateway.services.party_register import PartyRegister
from gateway.services.payments import assert_not_imported

UnbilledMinor = Callable[[Agreement], int]
"""What the use of a prepaid agreement is still to be invoiced for, VAT included."""


class Agreements:
    """Everything that is done with tariffs and agreements."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyRegister,
        unbilled: UnbilledMinor,
        clock: Clock,
        ids: IdSource,
        assert_ratified: Callable[[Tariff], None] = lambda _: None,
    ) -> None:
        self._books = books
        self._assert_ratified = assert_ratified
        self._parties = parties
        self._unbilled = unbilled
        self._ahead = PaidAhead(ids)
        self._clock = clock
        self._ids = ids

    def publish(self, tariff: Tariff) -> bool:
        """Publish a tariff version.

        Returns:
            Whether it is new.

        Raises:
            Conflict: that version was published with other terms, a later one was
                published, the one before is in another currency, or members must
                ratify it first.
        """
        if self._books.tariffs.find(tariff.id, tariff.version) is None:
            _assert_follows(self._books, tariff)
            self._assert_ratified(tariff)
        return self._books.tariffs.publish(tariff, at_us=self._clock.now_us())

    def tariff(self, tariff: str, version: int) -> Tariff:
        """A published version.

        Raises:
            NotFound: it was never published.
        """
        found = self._books.tariffs.find(tariff, version)
        if found is None:
            detail = f"tariff {tariff} version {version} was never published"
            raise NotFound(detail)
        return found

    def tariffs(self) -> tuple[Tariff, ...]:
        """Every published version, by id and version."""
        return self._books.tariffs.all()

    def accept(self, party_reference: str, asked: Acceptance) -> Agreement:
        """Accept an offer.

        The same terms again give the agreement that is in force. Newer terms on the
        same collection and tariff end the older agreement and pin the newer version;
        what was paid ahead under it goes on.

        Args:
            party_reference: Id or name of a party we know.
            asked: What is agreed to.

        Raises:
            NotFound: no such party.
            InvalidValue: the offer has no tariff.
            Conflict: its tariff version was published with other terms, the
                idempotency key led to another agreement, barter is asked for where
                nothing is invoiced, or members must ratify the version first.
        """
        tariff = _tariff_of(asked)
        party = self._parties.show(party_reference)
        now_us = self._clock.now_us()
        document = canonical_json(asked.document)
        new = Agreement(
            id=self._ids.new("agr"),
            party_id=party.id,
            tariff=tariff.id,
            tariff_version=tariff.version,
            currency=tariff.currency,
            settling=_settling(party, is_test=asked.is_test),
            uses=asked.uses,
            commercial=asked.commercial,
            collections=frozenset({asked.terms.collection.id}),
            starts_us=now_us,
            cap_minor=asked.cap_minor,
            terms_sha256=sha256_of(document),
            is_barter=asked.is_barter,
        )
        _assert_barter(new, party)
        key_sha256 = _key_digest(asked.terms, asked.idempotency_key)
        offer = AcceptedOffer(new.id, asked.terms.id, document, now_us, key_sha256)
        replaced: list[Agreement] = []
        with self._books.together() as books:
            if books.tariffs.find(tariff.id, tariff.version) is None:
                _assert_follows(books, tariff)
                self._assert_ratified(tariff)
            books.tariffs.publish(tariff, at_us=now_us)
            for old in books.agreements.agreements_of(party.id):
                if not old.is_in_force(now_us) or not is_about_the_same(old, new):
                    continue
                if _terms(old) == _terms(new):
                    return old
                replaced.append(old)
            kept = {old.id: self._kept(books, old) for old in replaced}
            for old in replaced:
                books.agreements.end(old.id, at_us=now_us)
            books.agreements.add(new, offer)
            self._take_along(books, kept, new, at_us=now_us)
        return new

    def accepted_with(self, terms: OfferTerms, key: str) -> Agreement | None:
        """The agreement that an offer and an idempotency key led to before."""
        offer = self._books.agreements.offer_with_key(_key_digest(terms, key))
        return self.show(offer.agreement_id) if offer else None

    def renew(self, agreement_id: str) -> Agreement:
        """Go on at the same terms, settled as what is known of the party allows.

        A party that was verified or vouched for since is invoiced from now on. Money
        paid ahead goes on to the new agreement, but for what the use until now is
        still to be invoiced for: the last invoice draws that.

        Returns:
            The agreement that is in force now; the same where nothing changes.

        Raises:
            NotFound: no such agreement, or its party is gone.
            Conflict: it has ended already.
        """
        now_us = self._clock.now_us()
        with self._books.together() as books:
            old = books.agreements.find(agreement_id)
            if old is None:
                raise _unknown(agreement_id)
            if not old.is_in_force(now_us):
                detail = f"agreement {agreement_id} has ended; accept the offer again"
                raise Conflict(detail)
            party = self._parties.show(old.party_id)
            settling = _settling(party, is_test=old.settling is Settling.TEST)
            if settling is old.settling:
                return old
            new = replace(
                old,
                id=self._ids.new("agr"),
                settling=settling,
                starts_us=now_us,
                is_barter=old.is_barter and settling is Settling.INVOICED,
            )
            offer = books.agreements.offer_of(old.id)
            if offer is not None:
                offer = replace(offer, agreement_id=new.id, key_sha256="")
            kept = {old.id: self._kept(books, old)}
            books.agreements.end(old.id, at_us=now_us)
            books.agreements.add(new, offer)
            self._take_along(books, kept, new, at_us=now_us)
        return new

    def _kept(self, books: Books, old: Agreement) -> int:
        """What stays of a balance for use that is not invoiced yet, minor units."""
        if not balance_of(books, old.id, old.currency):
            return 0
        return self._unbilled(old)

    def _take_along(
        self, books: Books, kept: Mapping[str, int], new: Agreement, *, at_us: int
    ) -> None:
        for old_id, keep_minor in kept.items():
            self._ahead.go_on(
                books, old_id, new.currency, keep_minor=keep_minor, at_us=at_us
            )

    def find_in_force(
        self, party_id: str, collection: str, *, at_us: int, is_test: bool = False
    ) -> Agreement | None:
        """The newest agreement that covers a collection at an instant.

        Args:
            party_id: Whose.
            collection: The collection's id.
            at_us: At which instant.
            is_test: A test key: prefers a test agreement. Other keys never use one.
        """
        known = self._books.agreements.agreements_of(party_id)
        return newest_in_force(known, collection, at_us=at_us, is_test=is_test)

    def list(self, party_id: str = "") -> tuple[Agreement, ...]:
        """Every agreement, or those of one party, oldest first."""
        if party_id:
            return self._books.agreements.agreements_of(party_id)
        return self._books.agreements.all()

    def show(self, agreement_id: str) -> Agreement:
        """The agreement of that id.

        Raises:
            NotFound: there is none.
        """
        found = self._books.agreements.find(agreement_id)
        if found is None:
            raise _unknown(agreement_id)
        return found

    def end(self, agreement_id: str) -> Agreement:
        """End an agreement now.

        Raises:
            NotFound: there is none.
            Conflict: it has ended already.
        """
        self._books.agreements.end(agreement_id, at_us=self._clock.now_us())
        return self.show(agreement_id)

    def top_up(
        self, agreement_id: str, amount: Money, *, reference: str, key: str = ""
    ) -> int:
        """Book money that was paid ahead.

        Args:
            agreement_id: Under which agreement.
            amount: How much arrived, VAT included, above 0.
            reference: The bank's name for it.
            key: Idempotency key; the reference if not said.

        Returns:
            The prepaid balance now, minor units.

        Raises:
            NotFound: no such agreement.
            InvalidValue: nothing, or another currency.
            Conflict: the key was used for something else, a bank's statement brought
                the money, or another agreement took the place of this one.
        """
        if amount.minor <= 0 or not reference:
            raise InvalidValue("a top-up is above 0 and has the bank's reference")
        booked = f"top-up:{key or reference}"
        postings = topped_up(agreement_id, amount.minor)
        with self._books.together() as books:
            agreement = books.agreements.find(agreement_id)
            if agreement is None:
                raise _unknown(agreement_id)
            if agreement.currency != amount.currency:
                detail = f"agreement {agreement_id} is in {agreement.currency}"
                raise InvalidValue(detail)
            known = books.journal.find(booked)
            if known is None:
                assert_not_imported(books, reference)
                _assert_stands(books, agreement)
                book(
                    books,
                    self._ids,
                    postings,
                    key=booked,
                    kind="top-up",
                    ref=agreement_id,
                    currency=amount.currency,
                    at_us=self._clock.now_us(),
                )
            elif sorted(known.postings) != sorted(postings):
                detail = f"{key or reference} was used for another top-up"
                raise Conflict(detail)
            return balance_of(books, agreement_id, amount.currency)

    def prepaid_minor(self, agreement_id: str) -> int:
        """What is left of the money paid ahead, minor units.

        Raises:
            NotFound: no such agreement.
        """
        agreement = self.show(agreement_id)
        return balance_of(self._books, agreement_id, agreement.currency)


def _key_digest(terms: OfferTerms, key: str) -> str:
    """What is kept of an idempotency key; nothing of none."""
    return sha256_of(f"{terms.id}\0{key}") if key else ""


def _unknown(agreement_id: str) -> NotFound:
    detail = f"there is no agreement {agreement_id}"
    return NotFound(detail)


def _tariff_of(asked: Acceptance) -> Tariff:
    if asked.terms.tariff is None:
        detail = (
            f"collection {asked.terms.collection.id} has no tariff, so there is"
            " nothing to agree to; ask its steward"
        )
        raise InvalidValue(detail)
    return asked.terms.tariff


def _assert_follows(books: Books, tariff: Tariff) -> None:
    """A version follows the last one: it is later, and in the same currency."""
    published = [one for one in books.tariffs.all() if one.id == tariff.id]
    if not published:
        return
    previous = max(published, key=lambda one: one.version)
    for fault in history_faults(tariff, previous):
        detail = f"tariff {tariff.id}: {fault.message}; {fault.suggestion}"
        raise Conflict(detail)


def _settling(party: Party, *, is_test: bool) -> Settling:
    if is_test:
        return Settling.TEST
    return Settling.INVOICED if is_proven(party) else Settling.PREPAID


def _assert_barter(new: Agreement, party: Party) -> None:
    if new.is_barter and new.settling is not Settling.INVOICED:
        detail = (
            f"the agreement of {party.name} would be {new.settling}; barter needs one"
            " that is invoiced, so what the party is must be verified first"
        )
        raise Conflict(detail)


def _assert_stands(books: Books, agreement: Agreement) -> None:
    known = books.agreements.agreements_of(agreement.party_id)
    if found := heirs_of(agreement, known):
        detail = f"{agreement.id} has ended; {found[-1].id} stands in its place"
        raise Conflict(detail)


def _terms(agreement: Agreement) -> tuple[object, ...]:
    return (
        agreement.tariff_version,
        agreement.settling,
        agreement.uses,
        agreement.commercial,
        agreement.cap_minor,
        agreement.terms_sha256,
        agreement.is_barter,
    )
