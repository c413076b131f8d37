"""Rounds and payouts in memory; held to the same contracts as the real stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.fund.accounts import payable
from gateway.fund.payout_order import Order, OrderState, PayoutFile, in_flight
from gateway.fund.ports import JournalStore
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.round import Given, Round, Run
from gateway.kernel.errors import Conflict, InvalidValue, NotFound


class FakeRounds:
    def __init__(self) -> None:
        self.rows: dict[str, Round] = {}
        self.voices: list[Given] = []
        self.made: list[Run] = []

    def add(self, opened: Round) -> None:
        if opened.name in self.rows:
            raise Conflict("there is a round of that name")
        self.rows[opened.name] = opened

    def find(self, name: str) -> Round | None:
        return self.rows.get(name)

    def all(self) -> tuple[Round, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.opened_us, each.name)))

    def give(self, given: Given) -> None:
        self._assert_there(given.round)
        if self.runs(given.round):
            raise Conflict("a round that was run takes no voice")
        if given.giver_id == given.taker_id:
            raise Conflict("nobody gives voice to themselves")
        self.voices.append(given)

    def given(self, name: str) -> tuple[Given, ...]:
        return tuple(each for each in self.voices if each.round == name)

    def run(self, made: Run) -> None:
        self._assert_there(made.round)
        before = self.runs(made.round)
        is_after_failure = all(each.outcome is Outcome.FAILED for each in before)
        if made.number != len(before) + 1 or not is_after_failure:
            raise Conflict("a round is paid once, and run again only if it failed")
        if made.again_by in {each.again_by for each in self.made} - {""}:
            raise Conflict("that decision was used")
        self.made.append(made)

    def runs(self, name: str = "") -> tuple[Run, ...]:
        found = [each for each in self.made if name in {"", each.round}]
        return tuple(sorted(found, key=lambda one: (one.at_us, one.round, one.number)))

    def _assert_there(self, name: str) -> None:
        if name not in self.rows:
            raise NotFound(name)


class FakePayouts:
    def __init__(self, journal: JournalStore) -> None:
        self._journal = journal
        self.files: dict[str, PayoutFile] = {}
        self.ends: dict[tuple[str, OrderState], int] = {}

    def add(self, made: PayoutFile) -> None:
        taken = {one.end_to_end for one in self._orders()}
        if made.id in self.files or taken & {one.end_to_end for one in made.orders}:
            raise Conflict("an id is taken")
        waiting = in_flight(map(self._stands, self._orders()))
        for one in made.orders:
            account = payable(one.contributor_id)
            owed = -self._journal.balance(account, one.amount.currency)
            if one.amount.minor > owed - waiting.get(one.contributor_id, 0):
                raise Conflict("more than is owed and not in flight")
        self.files[made.id] = made

    def find(self, file_id: str) -> PayoutFile | None:
        made = self.files.get(file_id)
        return None if made is None else self._now(made)

    def all(self) -> tuple[PayoutFile, ...]:
        files = sorted(self.files.values(), key=lambda one: (one.made_us, one.id))
        return tuple(map(self._now, files))

    def order(self, end_to_end: str) -> Order | None:
        found = [one for one in self._orders() if one.end_to_end == end_to_end]
        return self._stands(found[0]) if found else None

    def end(self, end_to_end: str, state: OrderState, *, at_us: int) -> None:
        if self.order(end_to_end) is None:
            raise NotFound(end_to_end)
        if state is OrderState.IN_FLIGHT:
            raise InvalidValue("that is no end")
        is_paid = (end_to_end, OrderState.PAID) in self.ends
        is_back = state is OrderState.RETURNED
        if (end_to_end, state) in self.ends or is_paid is not is_back:
            raise Conflict("this cannot become of a payout")
        self.ends[end_to_end, state] = at_us

    def _orders(self) -> Iterator[Order]:
        for made in self.files.values():
            yield from made.orders

    def _now(self, made: PayoutFile) -> PayoutFile:
        orders = sorted(map(self._stands, made.orders), key=lambda one: one.end_to_end)
        return replace(made, orders=tuple(orders))

    def _stands(self, order: Order) -> Order:
        ends = (OrderState.RETURNED, OrderState.PAID, OrderState.CANCELLED)
        for state in ends:
            if (order.end_to_end, state) in self.ends:
                return replace(order, state=state)
        return order
