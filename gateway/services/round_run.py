"""Closing a round: labour first, then the pool, all of it in one transaction or none.

Running the same round again gives the same rows and books nothing. A round that fails
the concentration gate pays nothing; its figures are kept, and only a decision of the
members has it divided again under other terms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gateway.fund.accounts import LABOUR_RESERVE, ROUNDS
from gateway.fund.bookings import Postings, added_to_rounds, left_over
from gateway.fund.payout import Allocation
from gateway.fund.ports import Books
from gateway.fund.rounds.division import Division, Outcome, divided
from gateway.fund.rounds.inputs import (
    BY_CREDITS,
    Inputs,
    Weights,
)
from gateway.fund.rounds.round import (
    WHOLE,
    Round,
    Run,
    reference,
)
from gateway.fund.rounds.terms import EQUAL, Terms
from gateway.fund.voting.decision import Kind
from gateway.fund.voting.tally import WeightsInForce, in_force
from gateway.fund.waterfall import FundTerms
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money, minor_digits
from gateway.services.bookkeeping import book
from gateway.services.fund_books import FundBooks, PartyNames
from gateway.services.round_inputs import Gathering, given_before
from gateway.services.round_weights import assert_by_last_tally, assert_unused
from gateway.services.rounds import held_minor, in_labour

YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class RoundRun:
    """What running a round came to.

    Attributes:
        round: Which round.
        run: Its last division, as it is kept.
        division: The same, made again.
        allocations: What was allocated: labour reserve, then pool.
        is_new: False where it was run before.
    """

    round: Round
    run: Run
    division: Division
    allocations: tuple[Allocation, ...]
    is_new: bool


class RoundRuns:
    """Closes rounds."""

    def __init__(
        self,
        books: Books,
        *,
        fund: FundBooks,
        parties: PartyNames,
        terms: FundTerms,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._fund = fund
        self._parties = parties
        self._terms = terms
        self._clock = clock
        self._ids = ids

    def run(self, name: str) -> RoundRun:
        """Close a round and divide its pool; again, and nothing changes.

        Raises:
            Conflict: the pool does not hold what is to be divided, nobody who may
                take anything was given voice, a vote was counted since it was opened,
                or another round was paid by its tally and the members decided nothing
                since.
            NotFound: there is no such round.
            InvalidValue: the rule cannot be run on these voices.
        """
        with self._books.together() as books:
            return self._close(books, _found(books, name))

    def again(self, name: str, terms: Terms, decision_id: str) -> RoundRun:
        """Divide a round that failed again, under terms that the members decided.

        People, voices and weights are those of the close.

        Args:
            name: The round.
            terms: Rule and parameters.
            decision_id: A decision about `round:NAME`, taken since it failed.

        Raises:
            Conflict: it did not fail, or the decision does not allow it.
            NotFound: there is no such round or decision.
        """
        with self._books.together() as books:
            opened = _found(books, name)
            runs = books.rounds.runs(name)
            if runs and runs[-1].again_by == decision_id:
                return _known(books, opened, runs[-1])
            if not runs or runs[-1].outcome is not Outcome.FAILED:
                raise Conflict("only a round that failed is run again")
            _assert_decided(books, runs[-1], decision_id)
            people = runs[-1].inputs.people
            before = given_before(books, people, terms, currency=opened.currency)
            inputs = replace(runs[-1].inputs, terms=terms, before=before)
            self._assert_held(books, opened, inputs.pool)
            return self._divide(
                books,
                opened,
                inputs,
                weights_by=runs[-1].weights_by,
                again_by=decision_id,
                number=len(runs) + 1,
                at_us=self._clock.now_us(),
            )

    def yearly(self, year: str, currency: str) -> RoundRun | None:
        """What a commons with little income needs: all of the pool, equally, once.

        Args:
            year: Four digits, the round's name.
            currency: ISO 4217.

        Returns:
            None where there is nothing to split: nothing is kept of that either.

        Raises:
            Conflict: the pool is large enough for a round, or nobody contributed.
            InvalidValue: that is no year.
        """
        minor_digits(currency)
        if not YEAR.fullmatch(year):
            raise InvalidValue("the equal split of a year is named by it, such as 2026")
        with self._books.together() as books:
            known = books.rounds.find(year)
            if known is not None:
                return self._close(books, known)
            held = held_minor(books, currency, self._terms)
            least = self._terms.round_from_minor.get(currency, 0)
            if not held and books.journal.balance(LABOUR_RESERVE, currency) >= 0:
                return None
            if least and held >= least:
                detail = (
                    f"the pool holds {Money(held, currency)}; from"
                    f" {Money(least, currency)} on members give voice:"
                    f" `copyfair round open`"
                )
                raise Conflict(detail)
            opened = Round(
                name=year,
                currency=currency,
                pool_minor=None,
                terms=Terms(EQUAL),
                purse=BY_CREDITS,
                vote_id="",
                options=(WHOLE,),
                opened_us=self._clock.now_us(),
            )
            books.rounds.add(opened)
            at_us = self._clock.now_us()
            inputs = self._made_from(books, opened, ((WHOLE, 1),), at_us=at_us)
            return self._divide(books, opened, inputs, number=1, at_us=at_us)

    def _close(self, books: Books, opened: Round) -> RoundRun:
        runs = books.rounds.runs(opened.name)
        if runs:
            return _known(books, opened, runs[-1])
        if not opened.is_yearly:
            assert_by_last_tally(books, opened)
        at_us = self._clock.now_us()
        assert_unused(books, opened, at_us=at_us)
        weights = _weights_of(books, opened)
        made = self._made_from(books, opened, weights.weights, at_us=at_us)
        return self._divide(
            books,
            opened,
            made,
            weights_by=weights.decision_id,
            number=1,
            at_us=at_us,
        )

    def _made_from(
        self, books: Books, opened: Round, weights: Weights, *, at_us: int
    ) -> Inputs:
        pool = opened.pool_minor
        if pool is None:
            pool = held_minor(books, opened.currency, self._terms)
        self._assert_held(books, opened, pool)
        barred = self._fund.barred(at_us=at_us)
        gathered = Gathering(books, self._parties, barred=barred, at_us=at_us)
        return gathered.inputs(opened, pool, weights)

    def _assert_held(self, books: Books, opened: Round, pool: int) -> None:
        held = held_minor(books, opened.currency, self._terms)
        if not (0 < pool <= held or (opened.is_yearly and pool == held)):
            detail = (
                f"round {opened.name} is to divide {Money(pool, opened.currency)}, the"
                f" pool holds {Money(held, opened.currency)}"
            )
            raise Conflict(detail + in_labour(books, opened.currency))

    def _divide(
        self,
        books: Books,
        opened: Round,
        inputs: Inputs,
        *,
        number: int,
        at_us: int,
        weights_by: str = "",
        again_by: str = "",
    ) -> RoundRun:
        """One instant for all of it, so that a stranger weighs the same work."""
        made = divided(inputs)
        if made.outcome is Outcome.NOTHING:
            why = (
                "has vested work of the last 12 months"
                if opened.is_yearly
                else f"was given voice in {opened.name} yet"
            )
            detail = "there is nobody to divide among: nobody who may take anything"
            raise Conflict(f"{detail} {why}")
        run = Run(
            round=opened.name,
            number=number,
            inputs=inputs,
            vote_id=opened.vote_id,
            weights_by=weights_by,
            again_by=again_by,
            outcome=made.outcome,
            at_us=at_us,
        )
        allocations = self._pay(books, opened, run) if made.is_paid else ()
        books.rounds.run(run)
        return RoundRun(opened, run, made, allocations, is_new=True)

    def _pay(self, books: Books, opened: Round, run: Run) -> tuple[Allocation, ...]:
        key, currency = reference(opened.name), opened.currency
        labour = self._fund.pay_labour(books, key, currency, at_us=run.at_us)
        made, shares = run.division(), run.shares()
        drawn = sum(shares.values()) + made.to_reserve
        missing = drawn + books.journal.balance(ROUNDS, currency)
        if missing > 0:
            self._book(books, run, added_to_rounds(missing), kind="round-solidarity")
        allocations = [labour] if labour else []
        if shares:
            amount = Money(sum(shares.values()), currency)
            allocations.append(
                self._fund.divide(
                    books,
                    key,
                    source=ROUNDS,
                    amount=amount,
                    weights=shares,
                    at_us=run.at_us,
                )
            )
        self._book(books, run, left_over(made.to_reserve), kind="round-rest")
        return tuple(allocations)

    def _book(self, books: Books, run: Run, postings: Postings, *, kind: str) -> None:
        opened = _found(books, run.round)
        book(
            books,
            self._ids,
            postings,
            key=f"{kind}:{run.round}",
            kind=kind,
            ref=reference(run.round),
            currency=opened.currency,
            at_us=run.at_us,
        )


def _known(books: Books, opened: Round, run: Run) -> RoundRun:
    key = reference(opened.name)
    paid = tuple(one for one in books.allocations.all() if one.key == key)
    return RoundRun(opened, run, run.division(), paid, is_new=False)


def _found(books: Books, name: str) -> Round:
    opened = books.rounds.find(name)
    if opened is None:
        detail = f"there is no round {name}; see `copyfair round list`"
        raise NotFound(detail)
    return opened


def _weights_of(books: Books, opened: Round) -> WeightsInForce:
    tally = books.tallies.find(opened.vote_id) if opened.vote_id else None
    if tally is None:
        return WeightsInForce(((WHOLE, 1),), "")
    return in_force(tally, books.decisions.all())


def _assert_decided(books: Books, failed: Run, decision_id: str) -> None:
    """Refuse to run again without a word of the members since it failed."""
    decision = books.decisions.find(decision_id)
    if decision is None:
        detail = f"there is no decision {decision_id}; see `copyfair decision list`"
        raise NotFound(detail)
    is_about_it = decision.kind is Kind.RESOLVE and decision.subject == reference(
        failed.round
    )
    if not is_about_it or not decision.is_accepted:
        detail = (
            f"{decision_id} is no accepted decision about {reference(failed.round)}"
        )
        raise Conflict(detail)
    if decision.decided_us <= failed.at_us:
        detail = f"{decision_id} was taken before round {failed.round} failed"
        raise Conflict(detail)
