"""Caps are set, lifted and shown; a running gateway follows within a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

from gateway.fund.ports import Books
from gateway.identity.api_key import ApiKey
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.metering.cap_terms import CapTerms, Counted, Per
from gateway.metering.charged import settled_position
from gateway.metering.ports import Allowances, MeteringStore, UsageSums
from gateway.services.allowances import (
    caps_in_force,
    is_same_kind,
    micros_per_minor,
)


class KeyList(Protocol):
    """Which keys a party has."""

    def list(self, party_id: str = "") -> tuple[ApiKey, ...]:
        """Every key of a party."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A cap, and how much of it is used.

    Attributes:
        terms: The cap.
        period: The period that it counts over now.
        used: Requests, bytes, or exact minor units, as recorded.
    """

    terms: CapTerms
    period: Period
    used: Fraction

    @property
    def percent(self) -> int:
        """How much of it is used, rounded down; a cap of nothing is used up."""
        if not self.terms.amount:
            return 100
        return int(self.used * 100 // self.terms.amount)


class CapDesk:
    """Everything that is done with caps, apart from keeping to them."""

    def __init__(
        self,
        books: Books,
        *,
        keys: KeyList,
        allowances: Allowances,
        usage: MeteringStore,
        sums: UsageSums,
        clock: Clock,
        sells: Callable[[], bool],
    ) -> None:
        self._books = books
        self._keys = keys
        self._allowances = allowances
        self._usage = usage
        self._sums = sums
        self._clock = clock
        self._sells = sells

    def set(self, terms: CapTerms) -> None:
        """Set a cap; one of the same kind is replaced.

        Raises:
            NotFound: no such agreement, or the key is not its party's.
            InvalidValue: it counts money where nothing is sold.
            Conflict: the agreement has ended.
        """
        agreement = self._agreement(terms)
        if terms.counted is Counted.MONEY and not self._sells():
            detail = "requests and bytes can be capped here"
            raise InvalidValue(detail)
        now_us = self._clock.now_us()
        if agreement.ends_us is not None and agreement.ends_us <= now_us:
            detail = f"agreement {agreement.id} has ended; nothing passes under it"
            raise Conflict(detail)
        self._books.caps.put(terms, at_us=now_us)

    def lift(self, terms: CapTerms) -> CapTerms:
        """Lift a cap; its amount does not count.

        Returns:
            The cap that held.

        Raises:
            NotFound: there is no such cap.
        """
        agreement = self._agreement(terms)
        for each in caps_in_force(agreement, self._books.caps):
            if is_same_kind(each, terms):
                self._books.caps.lift(each, at_us=self._clock.now_us())
                return each
        detail = f"agreement {agreement.id} has no such cap"
        raise NotFound(detail)

    def hand_on(self, agreement_ids: Iterable[str], old_key: str, new_key: str) -> None:
        """Caps of a key that is replaced hold for the new one too, from nothing."""
        now_us = self._clock.now_us()
        for agreement_id in agreement_ids:
            for each in self._books.caps.caps_of(agreement_id):
                if each.terms.key_id == old_key and not each.is_lifted:
                    terms = replace(each.terms, key_id=new_key)
                    self._books.caps.put(terms, at_us=now_us)

    def taken(self, agreement_id: str, *, key_id: str | None = None) -> list[Taken]:
        """The caps of an agreement and how much of each is used; blocking.

        Args:
            agreement_id: Whose.
            key_id: Only those of this key; None for all.

        Raises:
            NotFound: no such agreement.
        """
        agreement = self._found(agreement_id)
        seq = self._usage.last_seq()
        return [
            self._taken(terms, agreement, seq=seq)
            for terms in caps_in_force(agreement, self._books.caps)
            if (key_id is None or terms.key_id == key_id)
            and (terms.counted is not Counted.MONEY or self._sells())
        ]

    def _taken(self, terms: CapTerms, agreement: Agreement, *, seq: int) -> Taken:
        now_us = self._clock.now_us()
        period = terms.period(starts_us=agreement.starts_us, at_us=now_us)
        if terms.counted is Counted.MONEY:
            position = settled_position(
                self._sums,
                self._allowances.allowance(agreement.id, at_us=now_us),
                agreement_id=agreement.id,
                period=period,
                now_us=now_us,
                up_to_seq=seq,
                key_id=terms.key_id,
            )
            minor = position.micros / micros_per_minor(agreement.currency)
            return Taken(terms, period, Fraction(minor))
        counted = self._sums.agreement_counted(
            agreement.id, period=period, key_id=terms.key_id, up_to_seq=seq
        )
        is_requests = terms.counted is Counted.REQUESTS
        used = counted.requests if is_requests else counted.body_bytes
        return Taken(terms, period, Fraction(used))

    def _agreement(self, terms: CapTerms) -> Agreement:
        agreement = self._found(terms.agreement_id)
        keys = {each.id for each in self._keys.list(agreement.party_id)}
        if terms.key_id and terms.key_id not in keys:
            detail = f"key {terms.key_id} is none of {agreement.party_id}"
            raise NotFound(detail)
        return agreement

    def _found(self, agreement_id: str) -> Agreement:
        agreement = self._books.agreements.find(agreement_id)
        if agreement is None:
            detail = f"there is no agreement {agreement_id}"
            raise NotFound(detail)
        return agreement


def cap_document(one: Taken, agreement: Agreement) -> dict[str, Any]:
    """A cap as JSON; amounts of money are whole minor units, rounded up."""
    terms = one.terms
    is_money = terms.counted is Counted.MONEY
    return {
        "name": terms.name,
        "key_id": terms.key_id,
        "counted": terms.counted.value,
        "per": terms.per.value,
        "strength": terms.strength.value,
        "amount": terms.amount,
        "used": -(-one.used.numerator // one.used.denominator),
        "used_percent": one.percent,
        "period_starts_at": iso(one.period.start_us),
        "period_ends_at": None if terms.per is Per.LIFE else iso(one.period.end_us),
        **({"currency": agreement.currency} if is_money else {}),
    }
