"""Usage reports: sums that add up to the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.metering.summary import DIMENSIONS, summary
from tests.fakes.usage import a_usage_event


@given(
    sizes=st.lists(st.tuples(st.integers(0, 99), st.sampled_from("abc")), max_size=20),
    by=st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True),
)
def test_no_byte_is_lost_or_doubled_whatever_the_groups(
    sizes: list[tuple[int, str]], by: list[str]
) -> None:
    events = [
        replace(a_usage_event(number, body_bytes=size), party_id=party)
        for number, (size, party) in enumerate(sizes)
    ]

    sums = summary(events, by)

    assert sum(each.events for each in sums) == len(events)
    assert sum(each.body_bytes for each in sums) == sum(size for size, _ in sizes)


def test_repeats_are_shown_beside_what_counts() -> None:
    repeat = replace(a_usage_event(2, body_bytes=5), is_repeat=True)

    (found,) = summary([a_usage_event(1, body_bytes=3), repeat], [])

    assert (found.billable_bytes, found.repeat_bytes) == (8, 5)


def test_an_unknown_dimension_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="colour"):
        summary([], ["colour"])
