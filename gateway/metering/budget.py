"""A budget: a rate in cost units that refills, kept in one whole number.

The generic cell rate algorithm (ITU-T I.371) needs nothing but the instant at
which the budget will be full again. To stay exact without fractions that instant
is kept in *cells*: nanoseconds × the budget's cost per window, so that one cost
unit is always exactly the window's length in nanoseconds.

Law: over any span a budget admits at most burst + rate × span cost units.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.licensing.collection import BudgetTerms

BOOK_ENTRIES_MAX = 200_000
DIGEST_BYTES = 16
KEY_BYTES_MIN = 16
TERMS_MAX = 1_024


@dataclass(frozen=True, slots=True)
class BudgetState:
    """When the budget is full again.

    Attributes:
        full_at: In cells of its terms; anything up to now means: full.
    """

    full_at: int


class Purse:
    """Terms that were found to be possible, and what follows from them.

    Attributes:
        terms: The terms.
        rate: Cost units per window.
        burst: Cost units that may be spent at once.
        unit: Cells of one cost unit.
        depth: Cells of the burst.
        cells_per_s: How many cells pass in a second.
    """

    __slots__ = ("burst", "cells_per_s", "depth", "rate", "terms", "unit")

    def __init__(self, terms: BudgetTerms) -> None:
        if terms.cost < 1 or terms.window_s < 1 or terms.burst < 1:
            raise _impossible(terms)
        self.terms = terms
        self.rate, self.burst = terms.cost, terms.burst
        self.unit = terms.window_s * NS_PER_S
        self.depth = terms.burst * self.unit
        self.cells_per_s = terms.cost * NS_PER_S


def _impossible(terms: BudgetTerms) -> InvalidValue:
    detail = f"budget {terms.name!r}: cost, window and burst are 1 or more"
    return InvalidValue(detail)


class Spending(NamedTuple):
    """What asking a budget for some cost came to; figures are worked out when asked.

    Attributes:
        is_within: The cost was there, and is spent.
        purse: Whose terms these are.
        wanted: Cells that would be used with the cost.
        after: Cells that are used now.
    """

    is_within: bool
    purse: Purse
    wanted: int
    after: int

    @property
    def limit(self) -> int:
        """Cost units per window."""
        return self.purse.terms.cost

    @property
    def window_s(self) -> int:
        """The window's length, seconds."""
        return self.purse.terms.window_s

    @property
    def remaining(self) -> int:
        """Whole cost units that could be spent at once now."""
        return max(0, self.purse.depth - self.after) // self.purse.unit

    @property
    def retry_after_s(self) -> int:
        """Whole seconds, rounded up, until the same cost is there; 0 if it was."""
        if self.is_within:
            return 0
        return -((self.purse.depth - self.wanted) // self.purse.cells_per_s)

    @property
    def full_in_s(self) -> int:
        """Whole seconds, rounded up, until everything is there again."""
        return -(-self.after // self.purse.cells_per_s)


def spend(
    terms: BudgetTerms,
    state: BudgetState,
    cost: int,
    *,
    now_ns: int,
    must_fit: bool = True,
) -> tuple[BudgetState, Spending]:
    """Ask a budget for *cost* units.

    Args:
        terms: The budget's rate and burst.
        state: As it stood after the last request.
        cost: Whole cost units, 0 or more; more than the burst counts as the burst,
            so that a full budget always admits.
        now_ns: Ticks of a monotonic clock.
        must_fit: Spend only what is there. Without, the request passes anyway and
            at most empties the budget (a budget that acts only under pressure).

    Returns:
        The state to keep, as full as before when refused, and what it came to.

    Raises:
        InvalidValue: a cost below zero, or terms that can never refill.
    """
    if cost < 0:
        raise _impossible(terms)
    purse = Purse(terms)
    now = now_ns * purse.rate
    used = max(0, state.full_at - now)
    wanted = used + min(cost, purse.burst) * purse.unit
    is_within = wanted <= purse.depth
    after = wanted if is_within else used if must_fit else purse.depth
    return BudgetState(now + after), Spending(is_within, purse, wanted, after)


FULL = BudgetState(0)


Begun = tuple[Purse, hashlib.blake2b]
"""A purse, and a hash that has taken in the key and its terms."""

Account = tuple[Purse, bytes]
"""A purse, and the keyed hash of its terms and of whose it is."""


class BudgetBook:
    """The budgets of everybody who came lately, in bounded memory.

    Subjects (an address, a key) are kept as keyed hashes only. When the book is
    full, whoever was seen longest ago is forgotten: that forgives, and never
    refuses.
    """

    __slots__ = ("_begun", "_entries_max", "_key", "_states")

    def __init__(self, *, key: bytes, entries_max: int = BOOK_ENTRIES_MAX) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise InvalidValue("the budget book needs a key of 16 bytes or more")
        self._key = key
        self._entries_max = entries_max
        self._states: OrderedDict[bytes, int] = OrderedDict()
        # The key and the terms are hashed once; each subject goes on from there.
        self._begun: dict[int, Begun] = {}

    def __len__(self) -> int:
        return len(self._states)

    def spend(
        self,
        terms: BudgetTerms,
        subject: str,
        cost: int,
        *,
        now_ns: int,
        must_fit: bool = True,
    ) -> Spending:
        """Ask the budget of *subject* for some cost; see `spend`."""
        purse, wanted, after = self.draw(
            terms, subject, cost, now_ns=now_ns, must_fit=must_fit
        )
        return Spending(wanted <= purse.depth, purse, wanted, after)

    def draw(
        self,
        terms: BudgetTerms,
        subject: str,
        cost: int,
        *,
        now_ns: int,
        must_fit: bool = True,
    ) -> tuple[Purse, int, int]:
        """As `spend`, in cells; the cost was there if no more than `depth` is wanted.

        What was refused can be asked for again at the same instant: it is refused
        again, and nothing is spent.

        Returns:
            The purse, cells that would be used with the cost, and cells used now.
        """
        account = self.account(terms, subject)
        return self.draw_on(account, cost, now_ns=now_ns, must_fit=must_fit)

    def account(self, terms: BudgetTerms, subject: str) -> Account:
        """Where the budget of *subject* is kept; the book holds nothing of it yet."""
        begun = self._begun.get(id(terms))
        if begun is None or begun[0].terms is not terms:
            begun = self._begin(terms)
        purse, begun_hash = begun
        hashing = begun_hash.copy()
        hashing.update(subject.encode())
        return purse, hashing.digest()

    def draw_on(
        self, account: Account, cost: int, *, now_ns: int, must_fit: bool = True
    ) -> tuple[Purse, int, int]:
        """As `draw`, where the account was looked up before."""
        (purse, entry), states = account, self._states
        # As `spend` reckons; written out, for this is part of every request.
        if cost < 0:
            raise _impossible(purse.terms)
        depth, now, full_at = purse.depth, now_ns * purse.rate, states.get(entry, 0)
        used = full_at - now if full_at > now else 0
        wanted = used + (min(purse.burst, cost)) * purse.unit
        after = wanted if wanted <= depth else used if must_fit else depth
        states[entry] = now + after
        states.move_to_end(entry)
        if len(states) > self._entries_max:
            states.popitem(last=False)
        return purse, wanted, after

    def look(self, terms: BudgetTerms, subject: str, *, now_ns: int) -> Spending:
        """How the budget of *subject* stands; spends and remembers nothing."""
        hashing = self._begin(terms)[1].copy()
        hashing.update(subject.encode())
        state = BudgetState(self._states.get(hashing.digest(), 0))
        return spend(terms, state, 0, now_ns=now_ns)[1]

    def _begin(self, terms: BudgetTerms) -> Begun:
        """Hash the terms; other ones make another entry, so that a reload never
        misreads a state.
        """
        if len(self._begun) >= TERMS_MAX:
            self._begun.clear()
        rate = f"{terms.name}|{terms.cost}|{terms.window_s}|{terms.burst}|"
        begun = hashlib.blake2b(rate.encode(), digest_size=DIGEST_BYTES, key=self._key)
        self._begun[id(terms)] = found = (Purse(terms), begun)
        return found
