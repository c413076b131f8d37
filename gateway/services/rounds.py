"""Live rounds: open, give voice, show; closing and dividing is `services/round_run`.

The tally of the last vote on priorities is the weight vector of the next round: who
opens one takes it, and only a decision of the members puts other weights in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.fund.accounts import LABOUR_RESERVE, ROUNDS, SOLIDARITY
from gateway.fund.ports import Books
from gateway.fund.rounds.inputs import ALIKE, ALIKE_HUNDREDTHS, BY_CREDITS
from gateway.fund.rounds.round import (
    Given,
    Round,
    Run,
    State,
    standing,
    state_of,
)
from gateway.fund.rounds.terms import EQUAL, Terms
from gateway.fund.waterfall import FundTerms
from gateway.identity.party import Party
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money, minor_digits
from gateway.reciprocity.standing import vested_hundredths
from gateway.services.fund_books import FundBooks, PartyNames
from gateway.services.round_weights import options_of, tally_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What a round is opened with.

    Attributes:
        name: Lower case, such as `2026-autumn`.
        currency: ISO 4217.
        pool_minor: How much; None for all there is when it closes.
        terms: Rule and parameters.
        purse: Voice by credits, or everybody alike.
        vote_id: Whose tally weighs; empty for the last one by which none was paid.
        weights_by: The decision that is expected to put other weights in its place.
        clusters: Cluster and party, for `cluster-match`.
    """

    name: str
    currency: str
    pool_minor: int | None
    terms: Terms
    purse: str = BY_CREDITS
    vote_id: str = ""
    weights_by: str = ""
    clusters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as it stands.

    Attributes:
        round: As it was opened.
        state: Open, paid or failed.
        voices: What stands of the voices given.
        runs: Its divisions, in their order.
        pool_minor: What it would divide now, or divided.
    """

    round: Round
    state: State
    voices: tuple[Given, ...]
    runs: tuple[Run, ...]
    pool_minor: int


class Rounds:
    """Everything that is done with a round before it closes."""

    def __init__(
        self,
        books: Books,
        *,
        fund: FundBooks,
        parties: PartyNames,
        terms: FundTerms,
        clock: Clock,
    ) -> None:
        self._books = books
        self._fund = fund
        self._parties = parties
        self._terms = terms
        self._clock = clock

    def open(self, opening: Opening) -> RoundView:
        """Open a round.

        Raises:
            Conflict: its name is taken, another tally or other weights are in force, or
                the pool is so small that it is split equally once a year.
            NotFound: there is no such vote.
            InvalidValue: terms that cannot be.
        """
        minor_digits(opening.currency)
        if opening.terms.rule == EQUAL:
            raise InvalidValue("a round is equal with `round run YEAR --equal`")
        with self._books.together() as books:
            tally = tally_of(
                books,
                opening.vote_id,
                weights_by=opening.weights_by,
                at_us=self._clock.now_us(),
            )
            opened = Round(
                name=opening.name,
                currency=opening.currency,
                pool_minor=opening.pool_minor,
                terms=opening.terms,
                purse=opening.purse,
                vote_id=tally.vote_id if tally else "",
                options=options_of(books, tally),
                opened_us=self._clock.now_us(),
                clusters=opening.clusters,
            )
            self._assert_worth_it(books, opened)
            if books.rounds.find(opened.name) is not None:
                detail = f"there is a round {opened.name}; see `copyfair round show`"
                raise Conflict(detail)
            books.rounds.add(opened)
            return self._view(books, opened)

    def voice(
        self,
        name: str,
        giver: Party,
        taker: Party,
        *,
        hundredths: int,
        option: str = "",
    ) -> Given:
        """Give voice in an open round, or change what was given.

        Args:
            name: The round's name.
            giver: Who gives; what all parties of one owner give is one purse.
            taker: Who is given it: a contributor.
            hundredths: How much from now on; 0 takes it back.
            option: Within which option, where the round has several.

        Raises:
            Conflict: the round was run.
            NotFound: there is no such round or option.
            InvalidValue: more than the giver has, to themselves, or to somebody who
                takes no part.
        """
        with self._books.together() as books:
            opened = _found(books, name)
            if opened.is_yearly or books.rounds.runs(name):
                detail = f"round {name} is closed and takes no voice any more"
                raise Conflict(detail)
            made = Given(
                round=name,
                giver_id=giver.id,
                option=_option(opened, option),
                taker_id=taker.id,
                hundredths=hundredths,
                at_us=self._clock.now_us(),
            )
            self._assert_may_take(books, giver, taker)
            self._assert_has(books, opened, made, giver=giver)
            books.rounds.give(made)
        return made

    def show(self, name: str) -> RoundView:
        """A round as it stands.

        Raises:
            NotFound: there is none of that name.
        """
        with self._books.reading() as books:
            return self._view(books, _found(books, name))

    def list(self) -> tuple[RoundView, ...]:
        """Every round, by when it was opened."""
        with self._books.reading() as books:
            return tuple(self._view(books, each) for each in books.rounds.all())

    def purse(self, party: Party, purse: str) -> int:
        """How much voice a party's owner has, hundredths of a credit."""
        return self._purse(self._books, party, purse)

    def held_minor(self, books: Books, currency: str) -> int:
        """What rounds can divide now."""
        return held_minor(books, currency, self._terms)

    def _view(self, books: Books, opened: Round) -> RoundView:
        runs = books.rounds.runs(opened.name)
        held = self.held_minor(books, opened.currency)
        pool = held if opened.pool_minor is None else opened.pool_minor
        return RoundView(
            opened,
            state_of(runs),
            tuple(standing(books.rounds.given(opened.name)).values()),
            runs,
            runs[-1].inputs.pool if runs else pool,
        )

    def _assert_worth_it(self, books: Books, opened: Round) -> None:
        least = self._terms.round_from_minor.get(opened.currency, 0)
        held = self.held_minor(books, opened.currency)
        pool = held if opened.pool_minor is None else opened.pool_minor
        if pool < least:
            detail = (
                f"the pool is {Money(pool, opened.currency)}; below"
                f" {Money(least, opened.currency)} it is split equally once a year,"
                " without any ceremony: `copyfair round run YEAR --equal`"
            )
            raise Conflict(detail + in_labour(books, opened.currency))

    def _assert_may_take(self, books: Books, giver: Party, taker: Party) -> None:
        if taker.beneficial_owner_id == giver.beneficial_owner_id:
            raise InvalidValue("nobody gives voice to themselves or their own parties")
        if taker.beneficial_owner_id in self._fund.barred():
            detail = f"{taker.name} is operator, steward or host: rounds never pay them"
            raise InvalidValue(detail)
        if taker.erased_us is not None:
            detail = f"{taker.id} was erased and takes nothing any more"
            raise InvalidValue(detail)
        own = [
            one for one in books.contributions.all() if one.claim.party_id == taker.id
        ]
        if not vested_hundredths(own, at_us=self._clock.now_us()):
            detail = (
                f"{taker.name} has no vested contribution of the last 12 months; voice"
                " goes to contributors"
            )
            raise InvalidValue(detail)

    def _assert_has(
        self, books: Books, opened: Round, made: Given, *, giver: Party
    ) -> None:
        owner = giver.beneficial_owner_id
        held = self._purse(books, giver, opened.purse)
        after = standing([*books.rounds.given(opened.name), made])
        given = sum(
            each.hundredths
            for each in after.values()
            if self._owner(each.giver_id) == owner
        )
        if given > held:
            detail = (
                f"{giver.name} has {credits_text(held)} credits of voice, and would"
                f" have given {credits_text(given)}; take some back first"
            )
            raise InvalidValue(detail)

    def _purse(self, books: Books, party: Party, purse: str) -> int:
        own = [
            one
            for one in books.contributions.all()
            if self._owner(one.claim.party_id) == party.beneficial_owner_id
        ]
        vested = vested_hundredths(own, at_us=self._clock.now_us())
        return min(vested, 1) * ALIKE_HUNDREDTHS if purse == ALIKE else vested

    def _owner(self, party_id: str) -> str:
        party = self._parties.find_party(party_id)
        return party.beneficial_owner_id if party else party_id


def credits_text(hundredths: int) -> str:
    """`12.50`."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def held_minor(books: Books, currency: str, terms: FundTerms) -> int:
    """What rounds can divide: their pool, and solidarity where settings say so."""
    held = -books.journal.balance(ROUNDS, currency)
    if terms.is_solidarity_in_rounds:
        held -= min(0, books.journal.balance(SOLIDARITY, currency))
    return max(0, held)


def in_labour(books: Books, currency: str) -> str:
    """A clause about money that no round divides; empty where there is none."""
    held = -books.journal.balance(LABOUR_RESERVE, currency)
    if held <= 0:
        return ""
    return (
        f"; {Money(held, currency)} lies in the labour reserve, which no round divides:"
        " it goes to unpaid work, first in any round, or now with"
        " `copyfair fund allocate NAME`"
    )


def _found(books: Books, name: str) -> Round:
    opened = books.rounds.find(name)
    if opened is None:
        detail = f"there is no round {name}; see `copyfair round list`"
        raise NotFound(detail)
    return opened


def _option(opened: Round, option: str) -> str:
    if not option and len(opened.options) == 1:
        return opened.options[0]
    if option not in opened.options:
        detail = f"say which option: {', '.join(opened.options)}"
        raise NotFound(detail)
    return option
