"""The fund, computed again from published rows and nothing else.

Entries must balance and keep the chart's laws; every split of the waterfall and every
allocation is made again by the rules of `fund` and must come to the same unit; an
entry of an invoice must be what the invoice says. The first row that does not is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.billing.canonical import sha256_of
from gateway.billing.ports import RunKind
from gateway.kernel.errors import InvalidValue
from gateway.metering.footprint import EnergyModel
from gateway.transparency import kinds
from gateway.transparency.claim_kinds import CLAIMS
from gateway.transparency.openly import SecondLook
from gateway.transparency.openness_kinds import OPENNESS
from gateway.transparency.recompute_claims import ClaimBooks
from gateway.transparency.recompute_entries import EntryBooks
from gateway.transparency.recount import Recount
from gateway.transparency.reround import BOOKED, Rerounds
from gateway.transparency.round_kinds import ROUND, ROUND_OPENED
from gateway.transparency.row_keys import assert_key
from gateway.transparency.rows import Row, row_in, shown
from gateway.transparency.vote_kinds import VOTING
from gateway.transparency.ways import is_of_round

Balances = Mapping[tuple[str, str], int]

ENDS_OF_VOTES = tuple(f'"kind":"{kind}"}}' for kind in VOTING)
"""How the lines of rows about votes end: keys are sorted, `kind` is the last."""
UNCHECKED: Mapping[str, str] = {
    "splits_without_basis": "splits do not say what they rested on",
    "splits_without_payer": "splits do not say who paid",
    "splits_without_booking": "splits do not say when they were booked, so not by"
    " which work the labour share was measured",
    "given_back_without_payer": "times income went back do not say whose it was",
    "allocations_without_claims": "allocations are from before work was logged",
    "allocations_without_left_out": "allocations do not say whom they left out",
    "rounds_without_opening": "rounds do not say how they were opened",
}
"""What rows can be too old to show, in words."""


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
        unchecked: What the rows are too old to show, and how often; nothing where all
            of it was made again. See `UNCHECKED`.
    """

    balances: Balances
    rows: Mapping[str, int]
    unchecked: Mapping[str, int]

    @property
    def without_basis(self) -> int:
        """Splits from before their basis was kept: their operator's limit holds, they
        could not be made again.
        """
        return self.unchecked.get("splits_without_basis", 0)


@dataclass(slots=True)
class Recomputation:
    """What was read so far, and what is still waited for.

    Attributes:
        rows: Kind to how many.
        keys: Kinds and keys.
        entries: Of money.
        claims: Of work.
        openness: Of proofs and notices.
        votes: Of votes.
        rounds: Of rounds.
        window: From and up to which place usage was told last.
    """

    rows: Counter[str] = field(default_factory=Counter)
    keys: set[tuple[str, str]] = field(default_factory=set)
    entries: EntryBooks = field(default_factory=EntryBooks)
    claims: ClaimBooks = field(default_factory=ClaimBooks)
    openness: SecondLook = field(default_factory=SecondLook)
    votes: Recount = field(default_factory=Recount)
    rounds: Rerounds = field(default_factory=Rerounds)
    window: tuple[int, int] = (0, 0)

    def look(self, number: int, line: str) -> None:
        """Take a row in.

        Raises:
            BadRow: it does not come to what it says.
        """
        try:
            row = row_in(line)
        except InvalidValue as fault:
            detail = f"row {number}: {fault.detail}"
            raise BadRow(detail, number) from None
        self.take(number, row)

    def take(self, number: int, row: Row) -> None:
        """The same, of a row that was read.

        Raises:
            BadRow: it does not come to what it says.
        """
        try:
            self._take(row, number)
        except InvalidValue as fault:
            detail = f"row {number} ({row.name}): {fault.detail}"
            raise BadRow(detail, number) from None

    def result(self) -> Recomputed:
        """What all rows come to.

        Raises:
            BadRow: an entry has nothing that stands behind it, what was promised to
                contributors is overdrawn, a vote was opened and not counted, or no
                round stands behind what was booked for it.
        """
        bad = min(self._bad(), default=None)
        if bad is not None:
            number, why = bad
            detail = f"row {number}: {why}"
            raise BadRow(detail, number)
        balances = self.entries.balances
        return Recomputed(
            {key: minor for key, minor in sorted(balances.items()) if minor},
            dict(sorted(self.rows.items())),
            {name: count for name, count in self._unchecked().items() if count},
        )

    def _unchecked(self) -> Mapping[str, int]:
        rounds = self.rounds.openings.unchecked
        return {
            **self.entries.unchecked,
            **self.claims.unchecked,
            "rounds_without_opening": rounds,
        }

    def _bad(self) -> Iterator[tuple[int, str]]:
        """What can be told only once all rows are read: where, and why."""
        for left in (self.votes.left(), self.rounds.left()):
            if left is not None:
                yield left
        yield from self.entries.off()
        yield from self.rounds.openings.bad(self.votes)
        splits = [each for one in self.entries.splits.values() for each in one]
        self.claims.known_us.extend(each.booked_us for each in splits)
        yield from self.entries.older_off(self.claims.since_us)
        yield from self.claims.shares_off(splits)
        for number, vote in self.votes.crowded(self.claims.contributors):
            yield number, f"({vote.name}): more may vote than have given"
        for bad in self.claims.bad():
            yield bad.number, f"({bad.name}): {bad.why}"

    def _take(self, row: Row, number: int) -> None:
        if (row.kind, row.key) in self.keys:
            raise InvalidValue("it stands there twice")
        self.keys.add((row.kind, row.key))
        assert_key(row)
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
        left = self._rows.votes.left()
        if left is not None:
            number, missing = left
            detail = f"row {number}: {missing}"
            raise BadRow(detail, number)


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
    entry = books.entries.entry(row, number)
    if entry.kind in BOOKED:
        books.rounds.booked(entry, number, books.votes)


def _waterfall(books: Recomputation, row: Row, number: int) -> None:
    books.entries.split(row, number)


def _given_back(books: Recomputation, row: Row, number: int) -> None:
    books.entries.payers.back.take(row, number)


def _allocation(books: Recomputation, row: Row, number: int) -> None:
    if not is_of_round(row.body):
        books.claims.divide(row, number)
    elif row.body["weights"] != row.body["shares"]:
        raise InvalidValue("a round allocates what it divides, by no other weights")
    books.entries.allocation(row)
    books.rounds.allocated(row, number)


def _invoice(books: Recomputation, row: Row, number: int) -> None:
    books.entries.invoice(row, number)


def _note(books: Recomputation, row: Row, number: int) -> None:
    books.entries.papers.note(row, number)


def _left_out(books: Recomputation, row: Row, number: int) -> None:
    books.claims.leave_out(row, number)


def _opened(books: Recomputation, row: Row, number: int) -> None:
    books.rounds.openings.take(row, number)


def _round(books: Recomputation, row: Row, number: int) -> None:
    books.rounds.take(row, number, books.votes)
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
    body = row.body
    if sha256_of(body["terms"]) != body["sha256"]:
        raise InvalidValue("its terms are not what its digest says")
    terms = json.loads(body["terms"])
    if (terms["id"], terms["version"]) != (body["tariff"], body["version"]):
        raise InvalidValue("it holds the terms of another")


def _usage(books: Recomputation, row: Row, _number: int) -> None:
    body = row.body
    first, last = body["after_place"], body["up_to_place"]
    if (first, last) == books.window:
        return
    if first != books.window[1] or last <= first:
        detail = f"usage is told up to {books.window[1]} before it, not to {first}"
        raise InvalidValue(detail)
    books.window = first, last


def _run(_books: Recomputation, row: Row, _number: int) -> None:
    body = row.body
    if body["outcome"] not in {each.value for each in RunKind}:
        detail = f"no run comes to {body['outcome']!r}"
        raise InvalidValue(detail)
    is_span = body["start_us"] < body["end_us"] and body["start_us"] <= row.at_us
    if not is_span or body["number"] < 1:
        raise InvalidValue("a run is of a span that began, and has a number")


def _claim(books: Recomputation, row: Row, number: int) -> None:
    books.claims.take(row, number)


_TAKEN: Mapping[str, Callable[[Recomputation, Row, int], None]] = {
    kinds.ENTRY: _entry,
    kinds.WATERFALL: _waterfall,
    kinds.WATERFALL_BY_PAYER: _waterfall,
    kinds.WATERFALL_AS_BOOKED: _waterfall,
    kinds.INCOME_GIVEN_BACK: _given_back,
    kinds.ALLOCATION: _allocation,
    kinds.LEFT_OUT: _left_out,
    kinds.INVOICE: _invoice,
    kinds.CREDIT_NOTE: _note,
    kinds.TARIFF: _tariff,
    kinds.USAGE: _usage,
    kinds.RUN: _run,
    ROUND_OPENED: _opened,
    ROUND: _round,
    **dict.fromkeys(CLAIMS, _claim),
    kinds.FOOTPRINT: _footprint,
}
