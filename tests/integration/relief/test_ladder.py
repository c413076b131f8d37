"""The adversary ladder in small: readers keep reading, whatever crawls beside them."""

from __future__ import annotations

import pytest

from bench.ladder.rungs import REFERRED, RUNGS, SMALL, Climb, climb

BY_NAME = {rung.name: rung for rung in RUNGS}


def share(number: int, climbed: Climb) -> float:
    return number / max(1, climbed.readers.views)


@pytest.mark.parametrize("name", ["A0", "A1", "A2", "A2+"])
def test_crawlers_are_shed_and_readers_are_not_hurt(name: str) -> None:
    found = climb(BY_NAME[name], SMALL)

    assert found.shed_of_excess >= 0.75
    assert share(found.readers.refused, found) <= 0.001
    assert share(found.readers.late, found) <= 0.01
    assert share(found.readers.clicks, found) <= 0.01


@pytest.mark.parametrize("name", ["A3", "A4"])
def test_what_cannot_be_told_from_readers_is_bounded_all_the_same(name: str) -> None:
    found = climb(BY_NAME[name], SMALL)

    assert found.shed_of_excess >= 0.375
    assert found.served + found.readers_dear <= found.carries


def test_readers_who_say_from_where_are_not_taken_for_a_crowd_that_does_not() -> None:
    silent = climb(BY_NAME["A2"], SMALL, cold=0.5)
    say = climb(BY_NAME["A2"], SMALL, cold=0.5, referred=0.72)

    assert share(say.readers.clicks, say) < share(silent.readers.clicks, silent) * 0.6
    assert share(say.readers.refused, say) <= 0.001
    assert say.shed_of_excess >= 0.75
    # A crawler that writes the same gains nothing by it.
    forged = climb(REFERRED, SMALL, cold=0.5, referred=0.72)
    assert forged.shed_of_excess >= 0.75
    assert share(forged.readers.refused, forged) <= 0.001


COPIES = "{page: {stale: 15 min}, dear: {stale: 15 min}}"


def test_copies_spare_readers_who_come_from_elsewhere_the_button() -> None:
    bare = climb(BY_NAME["A2"], SMALL, cold=0.5, linked=5)
    copied = climb(BY_NAME["A2"], SMALL, cold=0.5, linked=5, when_full=COPIES)

    assert share(copied.readers.clicks, copied) < share(bare.readers.clicks, bare) / 2
    assert share(copied.readers.refused, copied) <= 0.001
    assert copied.shed_of_excess >= 0.75


def test_without_relief_the_same_crowd_takes_the_archive_down() -> None:
    found = climb(BY_NAME["A2"], SMALL, is_protected=False)

    assert share(found.readers.late, found) > 0.5


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (climb(BY_NAME["A0"], SMALL) for _ in range(2))

    assert (first.served, first.readers) == (again.served, again.readers)
