"""Entries, splits, allocations and invoices, made again from their rows.

Each must be what the rules of `fund` give for what its own row says it rested on, and
each must stand behind an entry to the unit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from gateway.fund.accounts import ENDOWMENT, LABOUR_RESERVE, is_gift, is_payable
from gateway.fund.allocation import proportional
from gateway.fund.basis import Basis, Booking
from gateway.fund.bookings import allocated, apportioned
from gateway.fund.journal import Entry, Posting
from gateway.fund.payer_rule import PayerBasis
from gateway.fund.waterfall import Shares
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.kernel.period import month_number
from gateway.transparency import kinds
from gateway.transparency.earned import Earned
from gateway.transparency.given_on import GivenOn
from gateway.transparency.operator_fee import OperatorFee
from gateway.transparency.papers import Papers
from gateway.transparency.payers import Payers
from gateway.transparency.rows import Row
from gateway.transparency.unpaid_share import Split
from gateway.transparency.ways import UNDONE, assert_way

Postings = tuple[Posting, ...]

PROPORTIONAL = "proportional"
AHEAD_US = 2 * US_PER_DAY


@dataclass(slots=True)
class EntryBooks:
    """What was read of entries so far, and what still waits for another row.

    Attributes:
        balances: Account and currency to minor units; debits are above 0.
        entries: By id, those that were not reversed.
        waterfalls: Splits whose basis was not read.
        allocations: Run, pot and currency to its entry, until its row is read.
        invoices: Likewise, by the invoice.
        undoing: Entry to its reversal.
        mirrored: Entries that a reversal was held against.
        papers: Invoices and credit notes, and what was booked of them.
        earned: Whether what was earned was handed on.
        fee: What the operator may keep.
        gifts: What was given to somebody by name, and went on.
        payers: Who paid what, as the bases of splits say.
        overdrawn: Account and currency to the row that last overdrew it.
        splits: Splits that say when they were booked, by currency.
        older: Places of splits by currency whose basis says less: no payer, or no
            instant of booking.
    """

    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    entries: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    waterfalls: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    allocations: dict[tuple[str, str, str], tuple[int, Entry]] = field(
        default_factory=dict
    )
    invoices: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    undoing: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    mirrored: set[str] = field(default_factory=set)
    papers: Papers = field(default_factory=Papers)
    earned: Earned = field(default_factory=Earned)
    fee: OperatorFee = field(default_factory=OperatorFee)
    gifts: GivenOn = field(default_factory=GivenOn)
    payers: Payers = field(default_factory=Payers)
    overdrawn: dict[tuple[str, str], int] = field(default_factory=dict)
    splits: dict[str, list[Split]] = field(default_factory=lambda: defaultdict(list))
    older: dict[str, list[tuple[int, Basis]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def entry(self, row: Row, number: int) -> Entry:
        """Take an entry in, and give it back.

        Raises:
            InvalidValue: it keeps no law of the journal, moves what it may not, or
                books again what was booked.
        """
        body = row.body
        entry = Entry(
            id=row.key,
            key=row.key,
            kind=body["happening"],
            ref=body["ref"],
            currency=body["currency"],
            postings=tuple(Posting(*each) for each in body["postings"]),
            effective_us=row.at_us,
            reverses=body["reverses"],
        )
        assert_way(entry)
        self.gifts.take(entry, number)
        self.payers.back.entry(entry, number)
        self.entries[entry.id] = number, entry
        self._undo(entry, number)
        self._move(entry, number)
        self.earned.take(entry, number)
        self.fee.take(entry, number)
        self.papers.entry(entry, number)
        match entry.kind:
            case "waterfall":
                self.waterfalls[entry.id] = number, entry
            case "allocation":
                name = entry.ref, _only_debit(entry), entry.currency
                self._assert_first(self.allocations.get(name))
                self.allocations[name] = number, entry
            case "invoice":
                self._assert_first(self.invoices.get(entry.ref))
                self.invoices[entry.ref] = number, entry
        return entry

    def split(self, row: Row, number: int) -> None:
        """Make a split of the waterfall again, from what it rested on.

        Raises:
            InvalidValue: no entry, or another one, was booked for it.
        """
        known = self.waterfalls.pop(row.key, None)
        if known is None:
            raise InvalidValue("no entry ran through the waterfall under that name")
        basis = basis_in(row)
        _assert_same(known[1], apportioned(basis.pots()), "the waterfall's rule")
        _assert_then(known[1], row)
        currency = known[1].currency
        self.payers.take(number, currency, basis)
        if basis.booking is None:
            self.older[currency].append((number, basis))
        else:
            booked_us = basis.booking.booked_us
            self.splits[currency].append(Split(number, row.at_us, booked_us, basis))

    def allocation(self, row: Row) -> None:
        """Divide a pot again.

        Raises:
            InvalidValue: the shares are not what the rule gives, or what was booked.
        """
        body = row.body
        if body["rule"] != PROPORTIONAL:
            detail = f"there is no allocation rule {body['rule']!r}"
            raise InvalidValue(detail)
        name = body["run"], body["source"], body["currency"]
        known = self.allocations.pop(name, None)
        if known is None:
            raise InvalidValue("no entry booked that allocation")
        right = _divided(body)
        booked = dict(body["shares"])
        if booked != right or len(booked) != len(body["shares"]):
            detail = f"the shares are not what the rule gives: {_off(booked, right)}"
            raise InvalidValue(detail)
        _assert_same(known[1], allocated(body["source"], right), "the allocation")
        _assert_then(known[1], row)

    def invoice(self, row: Row, number: int) -> None:
        """Compare an invoice with what was booked of it.

        Raises:
            InvalidValue: it is not the same.
        """
        booked = self.papers.invoice(row, number)
        known = self.invoices.pop(row.key, None)
        if known is None and booked:
            raise InvalidValue("no entry booked that invoice")
        if known is not None:
            _assert_same(known[1], booked, "the invoice")
            _assert_then(known[1], row)

    def off(self) -> Iterator[tuple[int, str]]:
        """Rows that nothing stands behind, or that must not be, with why."""
        undone = {entry.reverses for _, entry in self.entries.values()}
        for number, entry in (*self.allocations.values(), *self.invoices.values()):
            if entry.id not in undone:
                yield number, f"no {entry.kind} stands behind it"
        for name, (number, _) in self.undoing.items():
            if name not in self.mirrored:
                yield number, "there is no entry that it reverses"
        yield from self.gifts.off()
        yield from self.earned.off()
        yield from self.papers.off()
        yield from self._splits_off()
        for number, why in self.payers.off():
            yield number, f"what it says of its payer is off: {why}"
        told = [each for one in self.splits.values() for each in one]
        booked_us = {each.basis.entry_id: each.booked_us for each in told}
        yield from self.fee.off(self.balances, booked_us)
        for (account, currency), number in self.overdrawn.items():
            minor = self.balances[account, currency]
            yield number, f"{account} is overdrawn by {minor} {currency}"

    def older_off(self, since_us: float) -> Iterator[tuple[int, str]]:
        """Splits of an older kind from when there was a newer one.

        A bank may date a receipt ahead of the hour in which it was booked.
        """
        for older in self.older.values():
            for row, basis in older:
                if self.entries[basis.entry_id][1].effective_us > since_us + AHEAD_US:
                    yield row, "it does not say when it was booked"

    @property
    def unchecked(self) -> Mapping[str, int]:
        """What of splits could not be made again, as their rows are older."""
        older = [basis for each in self.older.values() for _, basis in each]
        return {
            "splits_without_basis": len(self._baseless()),
            "splits_without_payer": sum(each.payer is None for each in older),
            "splits_without_booking": len(older),
            "given_back_without_payer": self.payers.back.without_payer,
        }

    def _baseless(self) -> list[tuple[int, Entry]]:
        undone = {entry.reverses for _, entry in self.entries.values()}
        waiting = self.waterfalls.values()
        return [each for each in waiting if each[1].id not in undone]

    def _splits_off(self) -> Iterator[tuple[int, str]]:
        """Splits that say less than those before them, or were booked before them."""
        for currency, told in sorted(self.splits.items()):
            told.sort(
                key=lambda each: each.basis.payer.number if each.basis.payer else 0
            )
            first = told[0]
            for before, split in pairwise(told):
                if split.booked_us < before.booked_us:
                    yield split.row, "it was booked before the receipt before it"
                if _unnumbered(split) != _unnumbered(first):
                    yield split.row, "splits before receipts had numbers changed"
            least = first.basis.payer.number if first.basis.payer else 0
            older = self.older.get(currency, [])
            for row, basis in older:
                if basis.payer is not None and basis.payer.number > least:
                    yield row, "it does not say when it was booked, others before do"
            rows = [row for row, basis in older if basis.payer is None]
            rows += [row for row, each in self._baseless() if each.currency == currency]
            if len(rows) != _unnumbered(first):
                why = f"{len(rows)} splits in {currency} rest on nothing that is told,"
                yield max(rows, default=first.row), f"{why} {_unnumbered(first)} may"

    def _undo(self, entry: Entry, number: int) -> None:
        """Hold a reversal against its entry; a bank may date it before that."""
        if entry.reverses:
            if entry.reverses in self.undoing:
                raise InvalidValue("what it reverses was reversed before")
            self.undoing[entry.reverses] = number, entry
        for name in (entry.id, entry.reverses):
            if name in self.undoing and name in self.entries:
                _assert_undoes(self.undoing[name][1], self.entries.pop(name)[1])
                self.mirrored.add(name)

    def _move(self, entry: Entry, number: int) -> None:
        for posting in entry.postings:
            name = posting.account, entry.currency
            before = self.balances[name]
            after = self.balances[name] = before + posting.amount_minor
            if after > 0 >= before and _is_kept(posting.account):
                self.overdrawn[name] = number
            elif after <= 0 < before:
                self.overdrawn.pop(name, None)

    def _assert_first(self, known: tuple[int, Entry] | None) -> None:
        """Two entries for one thing: only one of them would be looked at."""
        if known is not None and known[1].id in self.entries:
            detail = f"entry {known[1].id} booked the same before"
            raise InvalidValue(detail)


def basis_in(row: Row) -> Basis:
    """What a split rested on, as its row says.

    Raises:
        InvalidValue: shares that cannot be, or a month that is not the receipt's.
    """
    body = row.body
    names = ("operator_bp", "reserve_bp", "labour_bp", "solidarity_bp")
    return Basis(
        entry_id=row.key,
        net_minor=body["net_minor"],
        shares=Shares(**{name: body[name] for name in names}),
        unpaid_bp=body["unpaid_bp"],
        reserve_room_minor=body["reserve_room_minor"],
        payer=_payer(row),
        booking=_booking(row),
    )


def _booking(row: Row) -> Booking | None:
    if row.kind != kinds.WATERFALL_AS_BOOKED:
        return None
    return Booking(row.body["booked_us"], row.body["unnumbered"])


def _unnumbered(split: Split) -> int:
    return split.basis.booking.unnumbered if split.basis.booking else 0


def _payer(row: Row) -> PayerBasis | None:
    """What a row of the newer kind says of who paid.

    Raises:
        InvalidValue: its month is not that of the receipt, or its limit is above 30 %.
    """
    if row.kind == kinds.WATERFALL:
        return None
    body = row.body
    if body["month"] != month_number(row.at_us):
        raise InvalidValue("its month is not that of the receipt")
    names = (
        *("number", "month", "paid_minor", "income_minor"),
        *("payers", "endowed_minor", "limit_bp"),
    )
    return PayerBasis(owner=body["payer"], **{name: body[name] for name in names})


def _assert_undoes(undone: Entry, entry: Entry) -> None:
    if not undone.mirrors(entry):
        raise InvalidValue("it does not mirror the entry it reverses")
    if entry.kind not in UNDONE:
        detail = f"a {entry.kind} is never undone"
        raise InvalidValue(detail)


def _divided(body: Mapping[str, Any]) -> dict[str, int]:
    """What everybody gets; ties go to who stands there first.

    Raises:
        InvalidValue: a receiver stands there twice, or a weight is below 1.
    """
    receivers = [who for who, _ in body["weights"]]
    if len({*receivers}) != len(receivers):
        raise InvalidValue("a receiver stands there twice")
    weights = {f"{place:09d}": each for place, (_, each) in enumerate(body["weights"])}
    made = proportional(Money(body["amount_minor"], body["currency"]), weights)
    return dict(zip(receivers, (made[each].minor for each in weights), strict=True))


def _assert_same(entry: Entry, made: Postings, by: str) -> None:
    if sorted(entry.postings) != sorted(made):
        booked = {each.account: each.amount_minor for each in entry.postings}
        right = {each.account: each.amount_minor for each in made}
        detail = f"entry {entry.id} is not what {by} gives: {_off(booked, right)}"
        raise InvalidValue(detail)


def _assert_then(entry: Entry, row: Row) -> None:
    if entry.effective_us != row.at_us or entry.currency != row.body.get(
        "currency", entry.currency
    ):
        detail = f"entry {entry.id} was booked for another instant, or currency"
        raise InvalidValue(detail)


def _off(booked: Mapping[str, int], right: Mapping[str, int]) -> str:
    """The first place where two divisions differ, in words."""
    for name in sorted({*booked, *right}):
        if booked.get(name, 0) != right.get(name, 0):
            return (
                f"{name} has {booked.get(name, 0)}, it should be {right.get(name, 0)}"
            )
    return "the same amounts in another order"


def _only_debit(entry: Entry) -> str:
    drawn = [each.account for each in entry.postings if each.amount_minor > 0]
    if len(drawn) != 1:
        raise InvalidValue("an allocation takes from one pot")
    return drawn[0]


def _is_kept(account: str) -> bool:
    """May nothing be taken from it that is not there?"""
    is_named = is_payable(account) or is_gift(account)
    return is_named or account in {LABOUR_RESERVE, ENDOWMENT}
