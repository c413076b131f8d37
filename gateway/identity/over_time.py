"""What counted when: the history of parties, read at an instant.

Statements are never changed, so what counted at an instant is the same whoever asks,
and whenever. A fact counts from the instant on at which it was stated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.identity.ownership import owners
from gateway.identity.party import Attribute, Party
from gateway.identity.statement import Statement
from gateway.kernel.errors import Conflict
from gateway.kernel.evidence import Level
from gateway.kernel.period import Period

FIRST_US, LAST_US = -(2**62), 2**62
CONTROL = "controlled_by"


@dataclass(frozen=True, slots=True)
class OverTime:
    """A yes or no that turns.

    Attributes:
        turns_us: When it turned, ascending: no before the first, yes from there on.
    """

    turns_us: tuple[int, ...] = ()

    def at(self, instant_us: int) -> bool:
        """What it was at an instant."""
        return bool(bisect_right(self.turns_us, instant_us) % 2)

    def stretch(self, instant_us: int) -> Period:
        """The span around an instant in which it did not turn."""
        place = bisect_right(self.turns_us, instant_us)
        turns = (FIRST_US, *self.turns_us, LAST_US)
        return Period(turns[place], turns[place + 1])

    def within(self, period: Period) -> Iterator[Period]:
        """What of a period it was yes in, in order."""
        start_us = period.start_us
        while start_us < period.end_us:
            end_us = min(self.stretch(start_us).end_us, period.end_us)
            if self.at(start_us):
                yield Period(start_us, end_us)
            start_us = end_us


NEVER, ALWAYS = OverTime(), OverTime((FIRST_US,))


def over_time(
    party: Party,
    statements: Iterable[Statement],
    attribute: str,
    *,
    holds: Callable[[Attribute], bool],
) -> OverTime:
    """When something held of an attribute of a party.

    Args:
        party: Who; nothing holds of it once it is erased.
        statements: Everything ever said about it, in any order.
        attribute: Which attribute.
        holds: Asked of what was known; what an erasure took has no value any more.
    """
    turns: list[int] = []

    def turn(at_us: int, *, to: bool) -> None:
        if to == bool(len(turns) % 2):
            return
        if turns and turns[-1] >= at_us:
            turns.pop()  # it turned twice in the same instant
        else:
            turns.append(at_us)

    for one in sorted(statements, key=lambda each: each.number):
        if one.attribute == attribute:
            known = Attribute(one.value, one.level, one.source)
            turn(one.stated_us, to=one.level > Level.UNKNOWN and holds(known))
    if party.erased_us is not None:
        turn(party.erased_us, to=False)
    return OverTime(tuple(turns))


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose every party was from an instant on.

    Attributes:
        since_us: Since when.
        of: Party id to the id of its beneficial owner.
    """

    since_us: int
    of: Mapping[str, str]

    def family(self, owner_id: str) -> tuple[str, ...]:
        """The parties of an owner, by id."""
        return tuple(sorted(one for one, its in self.of.items() if its == owner_id))


def owners_over_time(
    parties: Iterable[Party], said: Callable[[str], Iterable[Statement]]
) -> tuple[Owners, ...]:
    """Whose the parties were: from the first instant on, the present last.

    Args:
        parties: Every party as it stands now.
        said: Everything ever said about a party of that id.
    """
    known = tuple(parties)
    history = {
        one.id: sorted(
            (each for each in said(one.id) if each.attribute == CONTROL),
            key=lambda each: each.number,
        )
        for one in known
    }
    turns = sorted({each.stated_us for spoken in history.values() for each in spoken})
    now = {one.id: one.beneficial_owner_id for one in known}
    found: list[Owners] = []
    for since_us in (FIRST_US, *turns[:-1]) if turns else ():
        then = [_as_of(one, history[one.id], since_us) for one in known]
        try:
            above = owners(then)
        except Conflict:  # of the erased only the last owner is known
            above = now
        of = {name: owner or name for name, owner in above.items()}
        found.append(Owners(since_us, of))
    return (*found, Owners(turns[-1] if turns else FIRST_US, now))


def _as_of(party: Party, spoken: list[Statement], at_us: int) -> Party:
    """A party by who provably controlled it at an instant."""
    before = [one for one in spoken if one.stated_us <= at_us]
    if party.erased_us is not None and len(before) == len(spoken):
        return party  # as it was when it was erased
    last = before[-1] if before else None
    if last is None or last.is_erased:
        return replace(party, attributes={}, owner_id="", erased_us=None)
    control = Attribute(last.value, last.level, last.source)
    return replace(party, attributes={CONTROL: control}, owner_id="", erased_us=None)
