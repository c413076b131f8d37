"""What a change of policies changes, by meaning: rules, terms, tariffs, and answers.

Two sets are compared as values, so a comment, an order of keys or another spelling of
the same thing is no change. Cases of either folder are decided under both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from enum import Enum, StrEnum
from typing import Any

from gateway.kernel.evidence import Level
from gateway.kernel.money import MICROS_PER_MAJOR
from gateway.licensing.conditions import Condition, FactTest
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Rule
from gateway.licensing.tariff import Bracket
from gateway.policy_files.case_files import Case
from gateway.policy_files.cases import result_of
from gateway.policy_files.faults import Mark

UNSAID = frozenset({"id", "file", "line", "version", "body_sha256", "prices", "holds"})
"""Fields that follow from others, or say where something stands."""
OF_RULES = frozenset({"rules", "facts"})
NOTHING = "nothing"
ALWAYS = "always"


class How(StrEnum):
    """What became of something. Public: add, never rename."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    Attributes:
        what: `collection`, `rule`, `pack`, `tariff` or `agent`.
        id: Which one.
        of: Whose rule: a collection or a pack; empty for anything else.
        how: What became of it.
        details: What of it, one phrase each: `licence: A → B`.
    """

    what: str
    id: str
    of: str
    how: How
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """A case that is decided otherwise.

    Attributes:
        given: What it is about.
        mark: Where it stands.
        before: Decision and rule as they were.
        after: As they are.
    """

    given: str
    mark: Mark
    before: str
    after: str


def changes(before: PolicySet, after: PolicySet) -> tuple[Change, ...]:
    """Everything that is not as it was, in the order in which people look.

    Args:
        before: The policies as they were.
        after: As they are.
    """
    owners = {**_rules_of(before), **_rules_of(after)}
    return (
        *_things("collection", _by_id(before.collections), _by_id(after.collections)),
        *(
            change
            for owner in owners
            for change in _rules(
                owner, _rules_of(before).get(owner, ()), _rules_of(after).get(owner, ())
            )
        ),
        *_things("pack", before.packs, after.packs),
        *_things("tariff", before.tariffs, after.tariffs),
        *_things("agent", _by_id(before.agents.agents), _by_id(after.agents.agents)),
    )


def other_answers(
    before: PolicySet, after: PolicySet, cases: Iterable[Case], *, at_us: int
) -> Iterator[OtherAnswer]:
    """Cases that are decided otherwise; one that stands in both folders once.

    Args:
        before: The policies as they were.
        after: As they are.
        cases: Of either folder.
        at_us: On which day dated paths are looked at, microseconds UTC.
    """
    seen = set()
    for case in cases:
        name = case.mark.file, case.given
        if name in seen:
            continue
        seen.add(name)
        was, now = (
            result_of(policies, case, at_us=at_us).actual
            for policies in (before, after)
        )
        if was != now:
            yield OtherAnswer(case.given, case.mark, was, now)


def _by_id(things: Iterable[Any]) -> dict[str, Any]:
    return {each.id: each for each in things}


def _rules_of(policies: PolicySet) -> dict[str, tuple[Rule, ...]]:
    own = {
        each.id: policies.own_rules.get(each.id, ()) for each in policies.collections
    }
    return {
        **own,
        **{f"pack {each.id}": each.rules for each in policies.packs.values()},
    }


def _things(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None:
            yield Change(what, name, "", How.ADDED)
        elif now is None:
            yield Change(what, name, "", How.REMOVED)
        elif details := tuple(_details(was, now)):
            yield Change(what, name, "", How.CHANGED, details)


def _rules(
    owner: str, before: tuple[Rule, ...], after: tuple[Rule, ...]
) -> Iterator[Change]:
    """Rules by their ids; where only their order is another, those that moved."""
    was, now = _by_id(before), _by_id(after)
    for rule in after:
        if rule.id not in was:
            yield Change("rule", rule.id, owner, How.ADDED, (told(rule),))
        elif details := tuple(_details(was[rule.id], rule)):
            yield Change("rule", rule.id, owner, How.CHANGED, details)
    for rule in before:
        if rule.id not in now:
            yield Change("rule", rule.id, owner, How.REMOVED, (told(rule),))
    old = [rule.id for rule in before if rule.id in now]
    new = [rule.id for rule in after if rule.id in was]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    stays = {
        name
        for block in matcher.get_matching_blocks()
        for name in new[block.b : block.b + block.size]
    }
    for place, name in enumerate(new):
        if name not in stays:
            follows = f"now after {new[place - 1]}" if place else "now first"
            yield Change("rule", name, owner, How.MOVED, (follows,))


def _details(was: Any, now: Any, name: str = "") -> Iterator[str]:
    """What of a thing is another, field by field, the innermost told."""
    if was == now:
        return
    if is_dataclass(was) and type(was) is type(now) and not _is_told_whole(was):
        for each in fields(was):
            if each.compare and each.name not in UNSAID | OF_RULES:
                inner = f"{name}.{each.name}" if name else each.name
                yield from _details(
                    getattr(was, each.name), getattr(now, each.name), inner
                )
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            yield from _details(was.get(key), now.get(key), f"{name}.{key}")
        return
    if _are_alike(was, now):
        for place, (old, new) in enumerate(zip(was, now, strict=True), start=1):
            yield from _details(old, new, f"{name}.{place}")
        return
    yield f"{name.removeprefix('outcome.')}: {told(was)} → {told(now)}"


def _are_alike(was: Any, now: Any) -> bool:
    """Are they as many things of one kind: brackets, costs of paths?"""
    if not isinstance(was, tuple) or not isinstance(now, tuple):
        return False
    kinds = {type(each) for each in (*was, *now)}
    return len(was) == len(now) and len(kinds) == 1 and is_dataclass(was[0])


def _is_told_whole(value: Any) -> bool:
    return isinstance(value, Condition | FactTest | Bracket)


def told(value: Any) -> str:
    """A value of the policies in one line."""
    if value is None or value in ("", (), frozenset()):
        return NOTHING
    for kinds, spelled in SPELLED:
        if isinstance(value, kinds):
            return spelled(value)
    return _fields(value) if is_dataclass(value) else str(value)


def _rule(value: Rule) -> str:
    given = " or ".join(map(told, value.when)) or ALWAYS
    return f"{given}: {value.outcome.then.value}"


def _fields(value: Any) -> str:
    named = ((each.name, getattr(value, each.name)) for each in fields(value))
    shown = (
        f"{name} {told(one)}"
        for name, one in named
        if one not in (None, "", ()) and name not in UNSAID
    )
    return ", ".join(shown)


def _bracket(value: Bracket) -> str:
    where = "above" if value.up_to is None else f"up to {value.up_to}"
    major, micros = divmod(value.price_micros, MICROS_PER_MAJOR)
    price = f"{major}.{micros:06d}".rstrip("0").ljust(len(f"{major}.00"), "0")
    return f"{where} at {price}"


def _mapping(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {told(one)}" for key, one in sorted(value.items()))


def _condition(value: Condition) -> str:
    parts = [_fact(test) for test in value.facts]
    parts += [f"path {' or '.join(value.paths)}"] if value.paths else []
    parts += [f"query {' or '.join(value.queries)}"] if value.queries else []
    parts += [f"method {' or '.join(sorted(value.methods))}"] if value.methods else []
    return " and ".join(parts) or ALWAYS


def _fact(test: FactTest) -> str:
    said = test.fact
    if test.values is not None:
        said += f" is {' or '.join(sorted(map(told, test.values)))}"
    if test.excluded:
        said += f" is not {' or '.join(sorted(map(told, test.excluded)))}"
    if test.at_least is not None:
        said += f" from {test.at_least}"
    if test.at_most is not None:
        said += f" up to {test.at_most}"
    if test.level > Level.UNKNOWN:
        said += f" ({test.level.word})"
    if test.contradicted is not None:
        said += " (contradicted)" if test.contradicted else " (not contradicted)"
    return said


SPELLED: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (Rule, _rule),
    (Condition, _condition),
    (FactTest, _fact),
    (Bracket, _bracket),
    (bool, lambda value: "yes" if value else "no"),
    (Level, lambda value: value.word),
    (StrEnum, lambda value: value.value),
    (Enum, lambda value: value.name.lower()),
    (Mapping, _mapping),
    (frozenset, lambda value: " or ".join(sorted(map(told, value)))),
    (tuple, lambda value: "; ".join(map(told, value))),
)
"""What kind of value is told how; the first that fits."""
