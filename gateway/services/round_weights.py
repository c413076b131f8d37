"""By which vote a round is weighed: the last one's tally, once.

A tally weighs the next round. Another one it weighs only where the members decided so
since; a round that is open, or failed, does not use it up.
"""

from __future__ import annotations

from gateway.fund.ports import Books
from gateway.fund.rounds.round import WHOLE, Round, State, state_of
from gateway.fund.voting.tally import AGAIN, Tally, in_force, may_weigh_again
from gateway.kernel.errors import Conflict, NotFound


def tally_of(
    books: Books, vote_id: str, *, weights_by: str, at_us: int
) -> Tally | None:
    """The tally that weighs a round which is opened.

    Args:
        books: Within a transaction.
        vote_id: Whose tally is asked for; empty for the one that waits.
        weights_by: The decision that is expected to put other weights in its place.
        at_us: When, microseconds UTC.

    Raises:
        Conflict: another one waits for a round, other weights are in force, or it is an
            older one and no decision of the members says so.
        NotFound: there is no such vote.
    """
    waiting = _waiting(books)
    named = books.tallies.find(vote_id) if vote_id else waiting
    if vote_id and (named is None or named.is_empty):
        detail = f"vote {vote_id} has no tally; see `copyfair vote list`"
        raise NotFound(detail)
    if waiting is not None and named != waiting:
        detail = (
            f"the tally of {waiting.vote_id} is the weight vector of the next round;"
            " only a decision of the members puts other weights in its place"
        )
        raise Conflict(detail)
    if named is not None and named != waiting:
        last = max(each.closed_us for each in books.tallies.all())
        _assert_again(books, named, since_us=last, at_us=at_us)
    if weights_by:
        by = in_force(named, books.decisions.all()).decision_id if named else ""
        if by != weights_by:
            detail = f"{weights_by} is not what decides the weights now"
            raise Conflict(detail)
    return named


def assert_by_last_tally(books: Books, opened: Round) -> None:
    """Refuse to divide past a vote: by a round that was opened before it was counted.

    Raises:
        Conflict: the tally of another vote waits for a round.
    """
    waiting = _waiting(books)
    if waiting is not None and waiting.vote_id != opened.vote_id:
        detail = (
            f"vote {waiting.vote_id} was counted since round {opened.name} was opened,"
            " and its tally is the weight vector of the next round: open another one,"
            " and have voice given there"
        )
        raise Conflict(detail)


def assert_unused(books: Books, opened: Round, *, at_us: int) -> None:
    """Refuse to weigh a round by a tally that weighed another, unless members say so.

    Raises:
        Conflict: another round was paid by it, and nothing was decided since.
    """
    tally = books.tallies.find(opened.vote_id) if opened.vote_id else None
    if tally is not None and _last_use_us(books, tally.vote_id):
        _assert_again(books, tally, since_us=0, at_us=at_us)


def _assert_again(books: Books, tally: Tally, *, since_us: int, at_us: int) -> None:
    since_us = max(since_us, _last_use_us(books, tally.vote_id))
    decisions = books.decisions.all()
    if may_weigh_again(tally.vote_id, decisions, since_us=since_us, until_us=at_us):
        return
    subject = f"{AGAIN}{tally.vote_id}"
    detail = (
        f"the tally of {tally.vote_id} is an older one: it weighs one more round only"
        " if the members decide so, with"
        f' `copyfair vote open "…" --resolve {subject}`'
    )
    raise Conflict(detail)


def _last_use_us(books: Books, vote_id: str) -> int:
    """When a round was last paid by a tally; 0 if none was."""
    found = 0
    for each in books.rounds.all():
        runs = books.rounds.runs(each.name)
        if each.vote_id == vote_id and state_of(runs) is State.PAID:
            found = max(found, runs[-1].at_us)
    return found


def _waiting(books: Books) -> Tally | None:
    """The last vote on priorities, if no round was paid by its tally yet.

    One that is open, or failed, does not use it up: else the pool would be divided by
    a second one, and by no vote.
    """
    last = None
    for each in books.tallies.all():
        last = each if not each.is_empty else last
    return None if last is None or _last_use_us(books, last.vote_id) else last


def options_of(books: Books, tally: Tally | None) -> tuple[str, ...]:
    if tally is None:
        return (WHOLE,)
    named = [option for option, _ in in_force(tally, books.decisions.all()).weights]
    return tuple(dict.fromkeys([*(option for option, _ in tally.weights), *named]))
