"""What is carried, in memory; held to the same contract as the real store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from gateway.billing.carrying import Carried
from gateway.billing.invoice import Invoice, Status
from gateway.billing.rating import RatedLine
from gateway.kernel.errors import Conflict

Key = tuple[str, str, str]


class Ratings(Protocol):
    """Where rated lines are found."""

    def lines_of(self, run_id: str) -> Sequence[RatedLine]: ...


class Invoices(Protocol):
    """Where invoices are found."""

    def find(self, name: str) -> Invoice | None: ...

    def all(self) -> Sequence[Invoice]: ...


class FakeCarried:
    def __init__(self, ratings: Ratings, invoices: Invoices) -> None:
        self._ratings = ratings
        self._invoices = invoices
        self.rows: dict[Key, Carried] = {}

    def add(self, carried: Carried) -> None:
        key = _key(carried)
        rated = sum(
            line.net_minor
            for line in self._ratings.lines_of(carried.run_id)
            if (carried.run_id, line.share.agreement_id, line.currency) == key
        )
        drafted = {
            (each.run_id, each.agreement_id, each.currency)
            for each in self._invoices.all()
        }
        if key in self.rows or key in drafted or rated != carried.net_minor:
            raise Conflict("carried already, drafted, or never rated")
        self.rows[key] = carried

    def bill(self, carried: Carried, invoice_id: str) -> None:
        key, draft = _key(carried), self._invoices.find(invoice_id)
        known = self.rows.get(key)
        if known is None or known.invoice_id:
            raise Conflict("it does not wait")
        if (
            draft is None
            or draft.status is not Status.DRAFT
            or (draft.agreement_id, draft.currency) != key[1:]
            or draft.run_id == carried.run_id
        ):
            raise Conflict("no later draft of its own")
        self.rows[key] = replace(known, invoice_id=invoice_id)

    def waiting(self) -> tuple[Carried, ...]:
        return tuple(one for one in self.all() if not one.invoice_id)

    def all(self) -> tuple[Carried, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


def _key(carried: Carried) -> Key:
    return carried.run_id, carried.agreement_id, carried.currency
