"""What counted when: the history of parties, read at an instant.

Statements are never changed, so what counted at an instant is the same whoever asks,
and whenever. A fact counts from the instant on at which it was stated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gateway.identity.ownership import owner_key, owners
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


@dataclass(frozen=True)
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
        return self._families.get(owner_id, ())

    @cached_property
    def _families(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for party_id in sorted(self.of):
            found.setdefault(self.of[party_id], []).append(party_id)
        return {owner_id: tuple(its) for owner_id, its in found.items()}


def owners_over_time(
    parties: Iterable[Party], said: Callable[[str], Iterable[Statement]]
) -> Mapping[str, tuple[Owners, ...]]:
    """Whose the parties were: from the first instant on, the present last.

    It costs what takeovers there were among parties that ever had to do with each
    other; who never had to do with anybody costs nothing at any of them.

    Args:
        parties: Every party as it stands now.
        said: Everything ever said about a party of that id.

    Returns:
        By party id, whose everybody was in its circle; who is missing was always its
        own.
    """
    known = {one.id: one for one in parties}
    history = {
        name: spoken
        for name in known
        if (spoken := [each for each in said(name) if each.attribute == CONTROL])
    }
    for spoken in history.values():
        spoken.sort(key=lambda each: each.number)
    found: dict[str, tuple[Owners, ...]] = {}
    for circle in _circles(known, history):
        turns = tuple(_turns([known[name] for name in circle], history))
        found.update(dict.fromkeys(circle, turns))
    return found


def _circles(
    known: Mapping[str, Party], history: Mapping[str, list[Statement]]
) -> Iterator[list[str]]:
    """Parties that ever stood above or below each other, by id."""
    beside = _beside(known, history)
    seen: set[str] = set()
    for first in [name for name in known if name in beside]:
        waiting, circle = [first], list[str]()
        while waiting:
            if (name := waiting.pop()) not in seen:
                seen.add(name)
                waiting.extend(beside[name])
                circle.append(name)
        if found := sorted(name for name in circle if name in known):
            yield found


def _beside(
    known: Mapping[str, Party], history: Mapping[str, list[Statement]]
) -> Mapping[str, set[str]]:
    """Who ever stood right above or below whom: party ids, and keys of names."""
    pairs = [(name, party.beneficial_owner_id) for name, party in known.items()]
    for name, spoken in history.items():
        for each in spoken:
            if each.level >= Level.VERIFIED and not each.is_erased:
                above = str(each.value)
                pairs.append((name, above if above in known else owner_key(above)))
    named = {above for _, above in pairs} - known.keys()
    if named:
        keys = ((name, owner_key(party.name)) for name, party in known.items())
        pairs.extend(pair for pair in keys if pair[1] in named)
    beside: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        if one != other:
            beside[one].add(other)
            beside[other].add(one)
    return beside


def _turns(
    circle: list[Party], history: Mapping[str, list[Statement]]
) -> Iterator[Owners]:
    """Whose everybody of a circle was, from each takeover on."""
    spoken = [each for one in circle for each in history.get(one.id, ())]
    turns = sorted({each.stated_us for each in spoken})
    now = {one.id: one.beneficial_owner_id for one in circle}
    for since_us in (FIRST_US, *turns[:-1]) if turns else ():
        then = [_as_of(one, history.get(one.id, []), since_us) for one in circle]
        try:
            above = owners(then)
        except Conflict:  # of the erased only the last owner is known
            above = now
        yield Owners(since_us, {name: owner or name for name, owner in above.items()})
    yield Owners(turns[-1] if turns else FIRST_US, now)


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
