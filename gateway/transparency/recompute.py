"""The fund, computed again from published rows and nothing else.

Entries must balance and keep the chart's laws; every split of the waterfall and every
allocation is made again by the rules of `fund` and must come to the same unit; an
entry of an invoice must be what the invoice says. The first row that does not is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.billing.canonical import sha256_of
from gateway.fund.accounts import (
    ENDOWMENT,
    LABOUR_RESERVE,
    is_gift,
    is_payable,
)
from gateway.fund.allocation import proportional
from gateway.fund.basis import Basis
from gateway.fund.bookings import allocated, apportioned, invoiced
from gateway.fund.journal import Entry, Posting
from gateway.fund.payer_rule import PayerBasis
from gateway.fund.waterfall import Shares
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.kernel.period import month_number
from gateway.metering.footprint import EnergyModel
from gateway.transparency import kinds
from gateway.transparency.claim_kinds import CLAIMS
from gateway.transparency.openly import SecondLook
from gateway.transparency.openness_kinds import OPENNESS
from gateway.transparency.payers import Payers
from gateway.transparency.recompute_claims import ClaimBooks
from gateway.transparency.recount import Recount
from gateway.transparency.reround import BOOKED, Rerounds
from gateway.transparency.round_kinds import ROUND
from gateway.transparency.rows import Row, row_in, shown
from gateway.transparency.vote_kinds import VOTING
from gateway.transparency.ways import assert_way, is_of_round

Balances = Mapping[tuple[str, str], int]
Postings = tuple[Posting, ...]

PROPORTIONAL = "proportional"
ENDS_OF_VOTES = tuple(f'"kind":"{kind}"}}' for kind in VOTING)
"""How the lines of rows about votes end: keys are sorted, `kind` is the last."""


class BadRow(InvalidValue):
    """A row that is not what was logged, or that does not come to what it says.

    Attributes:
        number: Its place in the log, from 0; None where no single one can be named.
    """

    def __init__(self, detail: str, number: int | None = None) -> None:
        super().__init__(shown(detail))
        self.number = number


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the rows come to.

    Attributes:
        balances: Account and currency to minor units; debits are above 0.
        rows: Kind to number of rows.
        without_basis: Splits of the waterfall from before their basis was kept; the
            operator's limit was checked, the split could not be made again.
    """

    balances: Balances
    rows: Mapping[str, int]
    without_basis: int


@dataclass(slots=True)
class Recomputation:
    """What was read so far, and what is still waited for."""

    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    keys: set[tuple[str, str]] = field(default_factory=set)
    entries: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    waterfalls: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    allocations: dict[tuple[str, str, str], tuple[int, Entry]] = field(
        default_factory=dict
    )
    invoices: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    claims: ClaimBooks = field(default_factory=ClaimBooks)
    payers: Payers = field(default_factory=Payers)
    openness: SecondLook = field(default_factory=SecondLook)
    votes: Recount = field(default_factory=Recount)
    rounds: Rerounds = field(default_factory=Rerounds)

    def look(self, number: int, line: str) -> None:
        """Take a row in.

        Raises:
            BadRow: it does not come to what it says.
        """
        try:
            row = row_in(line)
            name = row.name
        except InvalidValue as fault:
            detail = f"row {number}: {fault.detail}"
            raise BadRow(detail, number) from None
        try:
            self._take(row, number)
        except InvalidValue as fault:
            detail = f"row {number} ({name}): {fault.detail}"
            raise BadRow(detail, number) from None

    def result(self) -> Recomputed:
        """What all rows come to.

        Raises:
            BadRow: an entry has nothing that stands behind it, what was promised to
                contributors is overdrawn, a vote was opened and not counted, or no
                round stands behind what was booked for it.
        """
        _assert_nothing_waits(self)
        _assert_counted(self)
        left = self.rounds.left()
        if left is not None:
            number, missing = left
            raise BadRow(f"row {number}: {missing}", number)
        bad = self.claims.first_bad()
        if bad is not None:
            detail = f"row {bad.number} ({bad.name}): {bad.why}"
            raise BadRow(detail, bad.number)
        return Recomputed(
            {key: minor for key, minor in sorted(self.balances.items()) if minor},
            dict(sorted(self.rows.items())),
            len(self.waterfalls),
        )

    def _take(self, row: Row, number: int) -> None:
        if (row.kind, row.key) in self.keys:
            raise InvalidValue("it stands there twice")
        self.keys.add((row.kind, row.key))
        self.rows[row.kind] += 1
        if row.kind in VOTING:
            self.votes.take(row, number)
        if row.kind in OPENNESS:
            self.openness.take(row)
        if row.kind in _TAKEN:
            _TAKEN[row.kind](self, row, number)


class LookAtVotes:
    """Counts votes again among rows of which nothing else is asked."""

    def __init__(self) -> None:
        self._rows = Recomputation()

    def look(self, number: int, line: str) -> None:
        """Take a row in if it is about a vote.

        Raises:
            BadRow: it does not come to what it says.
        """
        if line.endswith(ENDS_OF_VOTES):
            self._rows.look(number, line)

    def assert_complete(self) -> None:
        """Refuse votes that were opened and not counted.

        Raises:
            BadRow: there is one.
        """
        _assert_counted(self._rows)


def recomputed(lines: Iterable[str]) -> Recomputed:
    """Compute everything again.

    Args:
        lines: Every row of the log, in order.

    Raises:
        BadRow: with the first row that does not come to what it says.
    """
    books = Recomputation()
    for number, line in enumerate(lines):
        books.look(number, line)
    return books.result()


def _entry(books: Recomputation, row: Row, number: int) -> None:
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
    if entry.reverses:
        known = books.entries.pop(entry.reverses, None)
        if known is None or not entry.mirrors(known[1]):
            raise InvalidValue("it does not mirror an earlier entry it reverses")
    assert_way(entry)
    books.entries[entry.id] = number, entry
    for posting in entry.postings:
        books.balances[posting.account, entry.currency] += posting.amount_minor
    match entry.kind:
        case "waterfall":
            books.waterfalls[entry.id] = number, entry
        case "allocation":
            name = entry.ref, _only_debit(entry), entry.currency
            _assert_first(books, books.allocations.get(name))
            books.allocations[name] = number, entry
        case "invoice":
            _assert_first(books, books.invoices.get(entry.ref))
            books.invoices[entry.ref] = number, entry
        case happening if happening in BOOKED:
            books.rounds.booked(entry, number, books.votes)


def _assert_first(books: Recomputation, known: tuple[int, Entry] | None) -> None:
    """Two entries for one thing: only one of them would be looked at."""
    if known is not None and known[1].id in books.entries:
        detail = f"entry {known[1].id} booked the same before"
        raise InvalidValue(detail)


def _waterfall(books: Recomputation, row: Row, number: int) -> None:
    known = books.waterfalls.pop(row.key, None)
    if known is None:
        raise InvalidValue("no entry ran through the waterfall under that name")
    body = row.body
    basis = Basis(
        entry_id=row.key,
        net_minor=body["net_minor"],
        shares=_shares(body),
        unpaid_bp=body["unpaid_bp"],
        reserve_room_minor=body["reserve_room_minor"],
        payer=_payer(row),
    )
    _assert_same(known[1], apportioned(basis.pots()), "the waterfall's rule")
    books.payers.take(number, known[1].currency, basis)


def _allocation(books: Recomputation, row: Row, number: int) -> None:
    body = row.body
    if not is_of_round(body):
        books.claims.divide(row, number)
    if body["rule"] != PROPORTIONAL:
        detail = f"there is no allocation rule {body['rule']!r}"
        raise InvalidValue(detail)
    name = body["run"], body["source"], body["currency"]
    known = books.allocations.pop(name, None)
    if known is None:
        raise InvalidValue("no entry booked that allocation")
    weights = {f"{place:09d}": each for place, (_, each) in enumerate(body["weights"])}
    amount = Money(body["amount_minor"], body["currency"])
    made = proportional(amount, weights)
    receivers = [who for who, _ in body["weights"]]
    right = dict(zip(receivers, (made[each].minor for each in weights), strict=True))
    if len(right) != len(receivers):
        raise InvalidValue("a receiver stands there twice")
    booked = dict(body["shares"])
    if booked != right:
        detail = f"the shares are not what the rule gives: {_off(booked, right)}"
        raise InvalidValue(detail)
    _assert_same(known[1], allocated(body["source"], right), "the allocation")
    books.rounds.allocated(body, number)


def _invoice(books: Recomputation, row: Row, _number: int) -> None:
    body = row.body
    booked = invoiced(body["net_minor"], body["tax_minor"])
    known = books.invoices.pop(row.key, None)
    if known is None and booked:
        raise InvalidValue("no entry booked that invoice")
    if known is not None:
        _assert_same(known[1], booked, "the invoice")


def _round(books: Recomputation, row: Row, number: int) -> None:
    books.rounds.take(row, books.votes)
    books.claims.give_voice(row, number)


def _footprint(_books: Recomputation, row: Row, _number: int) -> None:
    body = row.body
    names = ("core_mw", "pue_hundredths", "network_mwh_per_gb")
    model = EnergyModel(**{name: body[name] for name in names})
    right = model.energy_mwh(cpu_us=body["cpu_us"], body_bytes=body["bytes"])
    if body["energy_mwh"] != right:
        detail = f"its energy is {body['energy_mwh']}, its model gives {right}"
        raise InvalidValue(detail)


def _tariff(_books: Recomputation, row: Row, _number: int) -> None:
    if sha256_of(row.body["terms"]) != row.body["sha256"]:
        raise InvalidValue("its terms are not what its digest says")


def _claim(books: Recomputation, row: Row, number: int) -> None:
    books.claims.take(row, number)


_TAKEN: Mapping[str, Callable[[Recomputation, Row, int], None]] = {
    kinds.ENTRY: _entry,
    kinds.WATERFALL: _waterfall,
    kinds.WATERFALL_BY_PAYER: _waterfall,
    kinds.ALLOCATION: _allocation,
    kinds.INVOICE: _invoice,
    kinds.TARIFF: _tariff,
    ROUND: _round,
    **dict.fromkeys(CLAIMS, _claim),
    kinds.FOOTPRINT: _footprint,
}


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


def _shares(body: Mapping[str, Any]) -> Shares:
    names = ("operator_bp", "reserve_bp", "labour_bp", "solidarity_bp")
    return Shares(**{name: body[name] for name in names})


def _assert_same(entry: Entry, made: Postings, by: str) -> None:
    if sorted(entry.postings) != sorted(made):
        booked = {each.account: each.amount_minor for each in entry.postings}
        right = {each.account: each.amount_minor for each in made}
        detail = f"entry {entry.id} is not what {by} gives: {_off(booked, right)}"
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


def _assert_counted(books: Recomputation) -> None:
    for left in (books.votes.left(), books.rounds.left()):
        if left is not None:
            number, missing = left
            raise BadRow(f"row {number}: {missing}", number)


def _assert_nothing_waits(books: Recomputation) -> None:
    waiting = [*books.allocations.values(), *books.invoices.values()]
    reversed_ids = {entry.reverses for _, entry in books.entries.values()}
    left = sorted(
        (number, entry.id, entry.kind)
        for number, entry in waiting
        if entry.id not in reversed_ids
    )
    if left:
        number, entry_id, kind = left[0]
        detail = f"row {number} (entry {entry_id}): no {kind} stands behind it"
        raise BadRow(detail, number)
    for number, why in sorted(books.payers.off()):
        detail = f"row {number}: what it says of its payer is off: {why}"
        raise BadRow(detail, number)
    for (account, currency), minor in sorted(books.balances.items()):
        is_named = is_payable(account) or is_gift(account)
        is_kept = is_named or account in {LABOUR_RESERVE, ENDOWMENT}
        if minor > 0 and is_kept:
            raise BadRow(f"{account} is overdrawn by {minor} {currency}")
