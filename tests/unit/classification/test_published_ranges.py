"""classification.published_ranges: lists age, and nobody is a liar for having moved."""

import pytest

from gateway.classification.known_agents import Agent
from gateway.classification.published_ranges import PublishedRanges, RangeList
from gateway.classification.testimony import Word
from gateway.kernel.clock import US_PER_DAY
from tests.unit.classification.builders import CHATGPT_USER, GOOGLEBOT, GPTBOT

TAKEN_US = 20_000 * US_PER_DAY
INSIDE, OUTSIDE = "20.171.207.7", "23.98.179.4"


def a_list(
    *prefixes: str,
    name: str = "openai-gptbot",
    taken_us: int = TAKEN_US,
    agents: tuple[str, ...] = ("gptbot",),
    is_whole: bool = True,
) -> RangeList:
    return RangeList(
        name,
        "openai",
        frozenset(agents),
        taken_us,
        "https://openai.com/gptbot.json",
        is_whole,
        prefixes or ("20.171.206.0/23",),
    )


def word(
    ranges: PublishedRanges, address: str, *, days: int = 0, agent: Agent = GPTBOT
) -> Word | None:
    found = ranges.says(agent, address, at_us=TAKEN_US + days * US_PER_DAY)
    return None if found is None else found.word


@pytest.mark.parametrize(
    ("address", "days", "expected"),
    [
        (INSIDE, 0, Word.PROVES),
        (INSIDE, 300, Word.PROVES),
        (INSIDE, -300, Word.PROVES),
        (INSIDE, 401, Word.CANNOT_TELL),
        (INSIDE, -500, Word.CANNOT_TELL),
        (OUTSIDE, 0, Word.DENIES),
        (OUTSIDE, 14, Word.DENIES),
        (OUTSIDE, 15, Word.CANNOT_TELL),
        (OUTSIDE, -1, Word.DENIES),
        (OUTSIDE, -2, Word.CANNOT_TELL),
        ("no address", 0, Word.DENIES),
    ],
)
def test_what_a_list_says_depends_on_when_it_was_taken(
    address: str, days: int, expected: Word
) -> None:
    assert word(PublishedRanges([a_list()]), address, days=days) is expected


def test_a_list_that_may_not_be_whole_denies_nobody() -> None:
    ranges = PublishedRanges([a_list(is_whole=False)])

    assert word(ranges, OUTSIDE) is Word.CANNOT_TELL
    assert word(ranges, INSIDE) is Word.PROVES


def test_nothing_is_said_of_an_agent_without_a_list() -> None:
    ranges = PublishedRanges([a_list()])

    assert word(ranges, INSIDE, agent=CHATGPT_USER) is None
    assert word(ranges, INSIDE, agent=GOOGLEBOT) is None
    assert ranges.knows(GPTBOT)
    assert not ranges.knows(GOOGLEBOT)


def test_a_past_request_is_held_against_the_list_of_its_time() -> None:
    old = a_list("23.98.179.0/24", taken_us=TAKEN_US - 100 * US_PER_DAY)
    ranges = PublishedRanges([a_list(), old])

    assert word(ranges, OUTSIDE, days=-99) is Word.PROVES
    assert word(ranges, OUTSIDE, days=0) is Word.DENIES
    assert word(ranges, INSIDE, days=-99) is Word.DENIES
    assert word(ranges, INSIDE, days=-200) is Word.CANNOT_TELL


def test_any_of_several_lists_proves() -> None:
    other = a_list("198.35.26.0/24", name="openai-other", agents=())
    ranges = PublishedRanges([a_list(), other])

    assert word(ranges, "198.35.26.7") is Word.PROVES
    assert word(ranges, OUTSIDE) is Word.DENIES
