"""gateway.identity.statement: who says it sets how well it is known."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.identity.party import Attribute
from gateway.identity.statement import (
    EXPIRED,
    SOURCES,
    Statement,
    changes,
    current,
    said,
)
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.evidence import Level

sources = st.sampled_from(sorted(SOURCES))
entities = st.sampled_from(["company", "coop-worker", "nonprofit"])


@pytest.mark.parametrize(
    ("source", "level"),
    [
        ("self-declared", Level.CLAIMED),
        ("vies", Level.VERIFIED),
        ("orcid", Level.VERIFIED),
        ("bank-transfer", Level.VERIFIED),
        ("steward", Level.VOUCHED),
        ("alliance", Level.VOUCHED),
    ],
)
def test_the_source_gives_the_level(source: str, level: Level) -> None:
    assert said("entity", "company", source=source).level is level


def test_nobody_gives_more_than_they_have() -> None:
    with pytest.raises(InvalidValue, match="claimed at most"):
        said("entity", "company", source="self-declared", level=Level.VERIFIED)
    with pytest.raises(InvalidValue, match="unknown source"):
        said("entity", "company", source="hearsay")

    doubted = said("entity", "company", source="steward", level=Level.CLAIMED)

    assert doubted.level is Level.CLAIMED


def test_a_claim_does_not_unsay_what_is_vouched() -> None:
    now = said("entity", "company", source="steward")

    with pytest.raises(Conflict, match="ask the steward"):
        changes("entity", now, said("entity", "nonprofit", source="self-declared"))
    assert changes("entity", now, said("entity", "nonprofit", source="steward"))


@given(value=entities, first=sources, second=sources)
def test_repeating_what_is_known_never_makes_it_less_known(
    value: str, first: str, second: str
) -> None:
    assume(second != EXPIRED)  # a lapse repeats nothing
    now = said("entity", value, source=first)
    new = said("entity", value, source=second)

    after = new if changes("entity", now, new) else now

    assert after.level == max(now.level, new.level)


@given(old=entities, new=entities, first=sources, second=sources)
def test_only_equal_or_better_evidence_changes_a_value(
    old: str, new: str, first: str, second: str
) -> None:
    before = said("entity", old, source=first)
    after = said("entity", new, source=second)

    try:
        changed = changes("entity", before, after)
    except Conflict:
        changed = False

    if changed and old != new:
        assert after.level >= before.level


def test_a_steward_may_withdraw_and_nobody_else() -> None:
    now = said("entity", "company", source="vies")
    withdrawn = Attribute("company", Level.UNKNOWN, "steward")
    by_the_party = Attribute("nonprofit", Level.UNKNOWN, "self-declared")

    assert changes("entity", now, withdrawn)
    assert not changes("entity", None, withdrawn)
    with pytest.raises(Conflict):
        changes("entity", now, by_the_party)


def test_the_newest_counts_unless_it_withdraws() -> None:
    def one(number: int, name: str, value: str, level: Level) -> Statement:
        return Statement("pty_1", number, name, value, level, "steward", "", number)

    history = [
        one(3, "country", "AT", Level.UNKNOWN),
        one(1, "entity", "company", Level.CLAIMED),
        one(2, "country", "AT", Level.VOUCHED),
        one(4, "entity", "nonprofit", Level.VOUCHED),
    ]

    now = current(history)

    assert dict(now) == {"entity": Attribute("nonprofit", Level.VOUCHED, "steward")}
