"""What counted when is read from what was said, and nothing said later changes it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.tally import proven_over_time
from gateway.identity.over_time import FIRST_US, LAST_US, OverTime, owners_over_time
from gateway.identity.party import Attribute, Party
from gateway.identity.statement import Statement
from gateway.kernel.evidence import Level
from gateway.kernel.period import Period

LEVELS = st.sampled_from(list(Level))
TURNS = st.lists(st.integers(0, 50), unique=True, max_size=6).map(sorted)
MAPWORKS = Party("pty_1", "Mapworks")


def said(level: Level, at_us: int, number: int = 1) -> Statement:
    return Statement("pty_1", number, "entity", "company", level, "steward", "", at_us)


def controlled(
    by: str, at_us: int, *, party: str = "pty_1", number: int = 1
) -> Statement:
    kept = ("controlled_by", by, Level.VOUCHED, "steward", "", at_us)
    return Statement(party, number, *kept)


@given(spoken=st.lists(st.tuples(LEVELS, st.integers(0, 5)), max_size=8))
def test_the_last_word_said_by_an_instant_counts_at_it(
    spoken: list[tuple[Level, int]],
) -> None:
    at_us, statements = 0, []
    for number, (level, later_us) in enumerate(spoken, start=1):
        at_us += later_us
        statements.append(said(level, at_us, number))

    proven = proven_over_time(MAPWORKS, statements)

    for instant_us in range(at_us + 2):
        before = [one for one in statements if one.stated_us <= instant_us]
        is_proven = bool(before) and before[-1].level >= Level.VERIFIED
        assert proven.at(instant_us) is is_proven


@given(turns=TURNS, start=st.integers(0, 50), length=st.integers(1, 60))
def test_stretches_tile_and_do_not_turn(
    turns: list[int], start: int, length: int
) -> None:
    told, period = OverTime(tuple(turns)), Period(start, start + length)

    yes = list(told.within(period))

    for instant_us in range(period.start_us, period.end_us):
        stretch = told.stretch(instant_us)
        assert instant_us in stretch
        assert sum(instant_us in one for one in yes) == told.at(instant_us)
        assert told.at(stretch.start_us) is told.at(instant_us)
    assert all(a.end_us < b.start_us for a, b in pairwise(yes))


def test_nothing_holds_of_whom_nobody_described_nor_after_an_erasure() -> None:
    gone = replace(MAPWORKS, erased_us=9)
    erased = replace(said(Level.VERIFIED, 3), value="sha256:0", is_erased=True)

    proven = proven_over_time(gone, [erased])

    assert [proven.at(each) for each in (2, 3, 8, 9)] == [False, True, True, False]
    assert proven_over_time(MAPWORKS, []).stretch(0) == Period(FIRST_US, LAST_US)


def test_whose_a_party_was_is_as_it_was_said_then() -> None:
    history = [controlled("pty_2", 10), controlled("nobody", 20, number=2)]
    parties = [
        replace(
            MAPWORKS,
            attributes={"controlled_by": Attribute("nobody", Level.VOUCHED, "steward")},
            owner_id="owner:n",
        ),
        Party("pty_2", "Holding"),
    ]

    found = owners_over_time(parties, lambda name: history if name == "pty_1" else [])

    mine = found["pty_1"]
    assert [each.since_us for each in mine] == [FIRST_US, 10, 20]
    assert [each.of["pty_1"] for each in mine] == ["pty_1", "pty_2", "owner:n"]
    assert mine[1].family("pty_2") == ("pty_1", "pty_2")
    assert found["pty_2"] is mine


def test_what_others_take_over_is_no_turn_of_a_stranger() -> None:
    strangers = [Party(f"pty_{n}", f"Stranger {n}") for n in range(3, 9)]
    parties = [MAPWORKS, Party("pty_2", "Holding"), *strangers]
    claimed = replace(controlled("pty_2", 12, party="pty_4"), level=Level.CLAIMED)
    spoken = {"pty_1": [controlled("pty_2", 10)], "pty_4": [claimed]}

    found = owners_over_time(parties, lambda name: spoken.get(name, []))

    assert sorted(found) == ["pty_1", "pty_2"]


def test_who_controlled_an_erased_party_before_is_forgotten_and_stops_nobody() -> None:
    gone = replace(MAPWORKS, erased_us=30, owner_id="pty_2")
    spoken = {
        "pty_1": [
            replace(controlled("sha256:0", 10), is_erased=True),
            replace(controlled("sha256:1", 20, number=2), is_erased=True),
        ],
        "pty_2": [controlled("pty_1", 5, party="pty_2")],
    }
    parties = [gone, Party("pty_2", "Holding")]

    found = owners_over_time(parties, lambda name: spoken[name])

    whose = [each.of["pty_1"] for each in found["pty_1"]]
    assert whose == ["pty_1", "pty_1", "pty_1", "pty_2"]
