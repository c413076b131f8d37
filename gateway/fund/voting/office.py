"""Stewards: terms that end, deputies, and what happens when nobody stirs.

A term lasts at most three years; nobody has more than two in a row for one collection,
and after the first ever each rests on a decision of the members. A steward who did
nothing for 90 days, or whose term is over, is stood in for by the deputy. Where the
deputy does nothing for 90 days either, any member may do what a steward would.

A deputy who did the steward's work within a term has had that term too, and whoever had
two in a row does not stay on as deputy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from gateway.fund.voting.decision import Decision, Kind
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue

TERM_US_MAX = 3 * 365 * US_PER_DAY
TERMS_IN_A_ROW_MAX = 2
SILENCE_US = 90 * US_PER_DAY

DEPUTY_WAKES = "deputy-wakes"
STEWARDS_WORK = frozenset({"open-vote", "close-vote"})
"""What only a steward does, and everybody can see done: paper ballots are not told."""

OwnerOf = Callable[[str], str]
"""From a party's id to its beneficial owner."""


@dataclass(frozen=True, slots=True)
class Term:
    """A steward's term.

    Attributes:
        id: `trm_…`.
        collection: Of which collection.
        steward_id: Which party answers for it.
        deputy_id: Who stands in.
        starts_us: From when, microseconds UTC.
        ends_us: Until when.
        decision_id: By which decision; empty for the first term ever.
    """

    id: str
    collection: str
    steward_id: str
    deputy_id: str
    starts_us: int
    ends_us: int
    decision_id: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.ends_us - self.starts_us <= TERM_US_MAX:
            detail = f"a term lasts at most {TERM_US_MAX // US_PER_DAY} days"
            raise InvalidValue(detail)
        if not self.collection or self.steward_id == self.deputy_id:
            raise InvalidValue("a steward of a collection has somebody else as deputy")


@dataclass(frozen=True, slots=True)
class Act:
    """Something an officer did, so that silence can be told from work.

    Attributes:
        id: `act_…`.
        party_id: Who.
        what: `open-vote`, `close-vote`, `paper-ballot`, `check-in`, `deputy-wakes`.
        about: Which vote, term or collection.
        at_us: When, microseconds UTC.
    """

    id: str
    party_id: str
    what: str
    about: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Office:
    """Who may act for a collection at an instant.

    Attributes:
        term: The last term that began.
        last_act_us: When the steward last did something; the term's start counts.
        deputy_since_us: Since when the deputy stands in; None while it does not.
        is_open: Whether any member may act, as neither did for too long.
        is_over: Whether the term has ended.
    """

    term: Term
    last_act_us: int
    deputy_since_us: int | None
    is_open: bool
    is_over: bool

    @property
    def holders(self) -> frozenset[str]:
        """The parties that may act; a steward who comes back within the term may."""
        steward = frozenset() if self.is_over else frozenset((self.term.steward_id,))
        if self.deputy_since_us is None:
            return steward
        return steward | {self.term.deputy_id}


def office_of(
    terms: Iterable[Term], acts: Iterable[Act], *, at_us: int
) -> Office | None:
    """Who may act for a collection; None where no term ever began.

    Args:
        terms: Terms of one collection.
        acts: What anybody did.
        at_us: When, microseconds UTC.
    """
    begun = [each for each in terms if each.starts_us <= at_us]
    if not begun:
        return None
    term = max(begun, key=lambda each: (each.starts_us, each.id))
    done = [each for each in acts if term.starts_us <= each.at_us <= at_us]
    last = _last(done, term.steward_id, term.starts_us)
    since = min(last + SILENCE_US, term.ends_us)
    is_over = term.ends_us <= at_us
    if since > at_us:
        return Office(term, last, None, is_open=False, is_over=is_over)
    by_deputy = _last(done, term.deputy_id, since)
    is_open = by_deputy + SILENCE_US <= at_us
    return Office(term, last, since, is_open=is_open, is_over=is_over)


def assert_may_begin(
    term: Term,
    before: Sequence[Term],
    *,
    decisions: Iterable[Decision],
    owner_of: OwnerOf,
    acts: Sequence[Act] = (),
) -> None:
    """Refuse a term that must not begin.

    Args:
        term: Which.
        before: Every earlier term of the collection, by start.
        decisions: Every decision of the members.
        owner_of: Looks through whoever is controlled by somebody else.
        acts: What officers did, that deputies woke among it.

    Raises:
        InvalidValue: steward and deputy have one owner; it would be the third in a row,
            or the deputy has just had two; or no accepted decision that was not used
            before appoints this steward.
    """
    if owner_of(term.steward_id) == owner_of(term.deputy_id):
        raise InvalidValue("the deputy has the same owner as the steward; name another")
    if before and term.starts_us < before[-1].starts_us:
        raise InvalidValue("a term begins after the last one did")
    held = [
        {owner_of(one.steward_id)}
        | ({owner_of(one.deputy_id)} if stood_in(one, acts) else set())
        for one in before
    ]
    if _in_a_row(owner_of(term.steward_id), held) >= TERMS_IN_A_ROW_MAX:
        detail = f"nobody has more than {TERMS_IN_A_ROW_MAX} terms in a row; "
        raise InvalidValue(f"{detail}let somebody else have one in between")
    if _in_a_row(owner_of(term.deputy_id), held) >= TERMS_IN_A_ROW_MAX:
        detail = f"the deputy has had {TERMS_IN_A_ROW_MAX} terms in a row; "
        raise InvalidValue(f"{detail}name somebody who did not just leave the office")
    if not before:
        return
    used = {each.decision_id for each in before if each.decision_id}
    if term.decision_id in used:
        raise InvalidValue("that decision was used for an earlier term")
    subject = f"{term.collection}/{term.steward_id}"
    by_members = any(
        each.id == term.decision_id
        and each.kind is Kind.APPOINT_STEWARD
        and each.subject == subject
        and each.is_accepted
        for each in decisions
    )
    if not by_members:
        detail = "after the first, a term rests on a decision of the members; "
        raise InvalidValue(f"{detail}see `copyfair vote open --appoint`")


def stood_in(term: Term, acts: Iterable[Act]) -> bool:
    """Did the deputy do the steward's work within a term, after waking?"""
    known = tuple(acts)
    woke = [
        each.at_us
        for each in known
        if each.what == DEPUTY_WAKES and each.about == term.id
    ]
    return any(
        each.party_id == term.deputy_id
        and each.what in STEWARDS_WORK
        and min(woke) <= each.at_us < term.ends_us
        for each in (known if woke else ())
    )


def _in_a_row(owner: str, held: Sequence[Collection[str]]) -> int:
    """How many terms an owner had just before, with nobody between.

    Args:
        owner: Which owner.
        held: The owners who had each term, by start.
    """
    count = 0
    for owners in reversed(held):
        if owner not in owners:
            break
        count += 1
    return count


def _last(acts: Iterable[Act], party_id: str, at_least_us: int) -> int:
    """When a party last did something; at the earliest *at_least_us*."""
    return max([at_least_us, *(one.at_us for one in acts if one.party_id == party_id)])
