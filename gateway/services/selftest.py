"""The self-test against capture by ourselves: are we a false commons?

A commons that is owned by its host, that sells votes, or that nobody can leave, is one
in name only. Each question is answered from the books as they stand, by doing it again
or by trying what must not be possible; each answer names its evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from gateway.fund.accounts import (
    LABOUR_RESERVE,
    OPERATOR_FEE,
    is_payable,
)
from gateway.fund.allocation import unpaid_weights
from gateway.fund.payout import Allocation
from gateway.fund.ports import Books
from gateway.fund.voting.electorate import contributors, members
from gateway.fund.waterfall import BASIS_POINTS, OPERATOR_BP_MAX, WATERFALL, Shares
from gateway.identity.party import Party
from gateway.kernel.errors import GatewayError, InvalidValue
from gateway.reciprocity.standing import Judged
from gateway.services.audit_checks import CHECKS

FEE, LABOUR, VOTES, PAYMENT, EXIT, BOOKS = (
    "operator-fee",
    "labour-reserve",
    "votes",
    "payments",
    "exit",
    "open-books",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer.

    Attributes:
        check: Which question. Public: add, never rename.
        holds: Whether it is as it must be.
        evidence: What that rests on, one sentence.
    """

    check: str
    holds: bool
    evidence: str


class Parties(Protocol):
    """Who the parties are."""

    def find_party(self, party_id: str) -> Party | None:
        """The party, with the attributes that count now."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying the exit, and recomputing the books, came to.

    Attributes:
        holds: Whether it went as it must.
        evidence: What was done and seen.
    """

    holds: bool
    evidence: str


Trial = Callable[[], Tried]
Barred = Callable[[frozenset[str], int], frozenset[str]]
"""Which of these parties the fund must not pay at an instant, microseconds UTC."""


class Selftest:
    """Asks every question; changes nothing."""

    def __init__(
        self,
        books: Books,
        parties: Parties,
        *,
        barred: Barred,
        leaves: Trial,
        published: Trial,
    ) -> None:
        self._books = books
        self._parties = parties
        self._barred = barred
        self._leaves = leaves
        self._published = published

    def run(self) -> tuple[Finding, ...]:
        """Every answer, in the order of the questions.

        Raises:
            Unavailable: the store does not answer.
        """
        with self._books.reading() as books:
            asked: tuple[tuple[str, Callable[[], Tried]], ...] = (
                (FEE, lambda: _fee(books)),
                (LABOUR, lambda: self._labour(books)),
                (VOTES, lambda: self._votes(books)),
                (PAYMENT, lambda: self._payments(books)),
            )
            found = [_finding(check, ask) for check, ask in asked]
        found += [_finding(EXIT, self._leaves), _finding(BOOKS, self._published)]
        return tuple(found)

    def _labour(self, books: Books) -> Tried:
        """The labour reserve reached contributors by name, and nobody barred."""
        entries = books.journal.entries()
        undone = {each.reverses for each in entries}
        reached: Counter[str] = Counter()
        barred: set[str] = set()
        for entry in entries:
            drawn = any(
                part.account == LABOUR_RESERVE and part.amount_minor > 0
                for part in entry.postings
            )
            if not drawn or entry.reverses or entry.id in undone:
                continue
            to = [part.account for part in entry.postings if part.amount_minor < 0]
            reached.update(to)
            barred |= self._barred(frozenset(map(_named, to)), entry.effective_us)
        astray = sorted(account for account in reached if not is_payable(account))
        named = frozenset(map(_named, reached))
        if astray or barred:
            wrong = ", ".join((*astray, *sorted(barred)))
            return Tried(holds=False, evidence=f"it reached {wrong}")
        said = f"{sum(reached.values())} postings from it, to {len(named)} contributors"
        return Tried(holds=True, evidence=f"{said}; nobody barred among them")

    def _votes(self, books: Books) -> Tried:
        """Who may vote is who contributed, or was admitted by members."""
        judged, decisions = books.contributions.all(), books.decisions.all()
        for vote in books.votes.all():
            past = [_as_of(each, vote.opened_us) for each in judged]
            may = contributors(
                [each for each in past if each is not None],
                self._parties.find_party,
                vested_hundredths_min=0,
                at_us=vote.opened_us,
            )
            if vote.matter is not None:
                before = [one for one in decisions if one.decided_us <= vote.opened_us]
                may = members(may, before, self._parties.find_party)
            owners = [each.owner_id for each in books.votes.entitled(vote.id)]
            strangers = {each for each in {*owners} - {*may} if self._is_known(each)}
            if strangers or len(owners) != len({*owners}):
                wrong = f"{vote.id}: {len(strangers)} may vote who gave nothing"
                return Tried(holds=False, evidence=wrong)
        number = len(books.votes.all())
        said = f"{number} votes: each voter once, by vested work or by admission"
        return Tried(holds=True, evidence=said)

    def _is_known(self, owner_id: str) -> bool:
        """An erased party's work cannot be looked up any more."""
        party = self._parties.find_party(owner_id)
        return party is None or party.erased_us is None

    def _payments(self, books: Books) -> Tried:
        """What was allocated follows from work alone: payments are not asked."""
        judged = books.contributions.all()
        made = books.allocations.all()
        for each in made:
            weights = _weights(judged, each)
            strangers = sorted({who for who, _ in each.weights} - {*weights})
            if strangers:
                wrong = f"{each.key} pays {', '.join(strangers)}, who gave no work"
                return Tried(holds=False, evidence=wrong)
        said = f"{len(made)} allocations: receivers by accepted work, no payment asked"
        return Tried(holds=True, evidence=said)


def _named(account: str) -> str:
    return account.rpartition(":")[2]


def _finding(check: str, ask: Callable[[], Tried]) -> Finding:
    try:
        tried = ask()
    except GatewayError as fault:
        return Finding(check, holds=False, evidence=fault.detail)
    return Finding(check, tried.holds, tried.evidence)


def _fee(books: Books) -> Tried:
    """At most 10 %: no setting can say more, and no posting ever did."""
    try:
        Shares(operator_bp=OPERATOR_BP_MAX + 1)
    except InvalidValue:
        pass
    else:
        return Tried(holds=False, evidence="a setting above 10 % is taken")
    highest, splits = 0, 0
    for entry in books.journal.entries():
        if entry.kind != WATERFALL or entry.reverses:
            continue
        passed = sum(
            part.amount_minor for part in entry.postings if part.amount_minor > 0
        )
        fee = -sum(
            part.amount_minor for part in entry.postings if part.account == OPERATOR_FEE
        )
        if fee * BASIS_POINTS > passed * OPERATOR_BP_MAX:
            return Tried(holds=False, evidence=f"{entry.id} gave {fee} of {passed}")
        splits += 1
        highest = max(highest, fee * BASIS_POINTS // max(1, passed))
    took = f"{highest // 100}.{highest % 100:02} %"
    said = f"a setting above 10 % is refused; {splits} splits gave at most {took}"
    return Tried(holds=True, evidence=said)


def _as_of(each: Judged, at_us: int) -> Judged | None:
    """A claim as it was known at an instant; None before it was made."""
    if each.claim.claimed_us > at_us:
        return None
    reviews = tuple(one for one in each.reviews if one.reviewed_us <= at_us)
    return Judged(each.claim, reviews)


def _weights(judged: tuple[Judged, ...], made: Allocation) -> dict[str, int]:
    past = (_as_of(each, made.at_us) for each in judged)
    known = [each for each in past if each is not None]
    if made.source == LABOUR_RESERVE:
        return unpaid_weights(known, at_us=made.at_us)
    vested = [each for each in known if each.is_vested(at_us=made.at_us)]
    return {each.claim.party_id: each.claim.weight_hundredths for each in vested}


def unbalanced(books: Books) -> Iterator[str]:
    """What the audit finds of the journal alone."""
    yield from CHECKS["journal_balanced"](books)
