"""gateway.reciprocity.found_work: what is found weighs by rule, and has its limits."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import NOBODY, Kind, kind_of
from gateway.reciprocity.found_work import (
    COMMIT_HUNDREDTHS_MAX,
    DAY_HUNDREDTHS_MAX,
    EDIT_HUNDREDTHS_MAX,
    FoundWork,
    Placed,
    assert_unlike,
    commit_hundredths,
    edit_hundredths,
    is_bot,
    one_line,
    shared,
    within_days,
)


def placed(number: int, *, weight: int, party: str = "pty_1", day: int = 1) -> Placed:
    work = FoundWork(
        origin=f"git:{number:03}",
        author="a@example.org",
        title="Named a place",
        evidence="git:1",
        done_us=day * US_PER_DAY + number,
        weight_hundredths=weight,
    )
    return Placed(work, party, Kind.SOFTWARE, NOBODY)


changes = st.lists(
    st.builds(
        lambda number, weight, party, day: placed(
            number, weight=weight, party=f"pty_{party}", day=day
        ),
        number=st.integers(0, 999),
        weight=st.integers(1, COMMIT_HUNDREDTHS_MAX),
        party=st.integers(1, 2),
        day=st.integers(1, 2),
    ),
    unique_by=lambda each: each.work.origin,
    max_size=30,
)


@pytest.mark.parametrize(
    ("lines", "weight"), [(0, 10), (1, 11), (90, 100), (190, 200), (10**9, 200)]
)
def test_a_commit_weighs_by_its_lines_up_to_a_limit(lines: int, weight: int) -> None:
    assert commit_hundredths(lines) == weight


@pytest.mark.parametrize(
    ("changed", "weight"), [(0, 5), (39, 5), (40, 6), (-400, 15), (10**9, 100)]
)
def test_an_edit_weighs_by_its_bytes_up_to_a_limit(changed: int, weight: int) -> None:
    assert edit_hundredths(changed) == weight
    assert edit_hundredths(changed) <= EDIT_HUNDREDTHS_MAX


@given(weight=st.integers(1, 200), authors=st.lists(st.text("abc", max_size=2)))
def test_naming_more_authors_never_makes_more_of_a_change(
    weight: int, authors: list[str]
) -> None:
    parts = shared(weight, sorted(set(authors)))

    assert sum(parts.values()) == (weight if authors else 0)
    assert not parts or max(parts.values()) - min(parts.values()) <= 1


@given(found=changes, order=st.randoms())
def test_nobodys_day_is_above_its_limit_in_whatever_order(
    found: list[Placed], order: object
) -> None:
    kept = within_days(found)
    order.shuffle(found)  # type: ignore[attr-defined]

    days = Counter[tuple[str, int]]()
    for each in kept:
        day = each.party_id, each.work.done_us // US_PER_DAY
        days[day] += each.work.weight_hundredths
    assert all(total <= DAY_HUNDREDTHS_MAX for total in days.values())
    assert within_days(found) == kept
    assert within_days(kept) == kept


@given(found=changes, extra=st.integers(1, 200))
def test_more_work_never_counts_for_less(found: list[Placed], extra: int) -> None:
    more = placed(1_000, weight=extra)

    def total(all_of: list[Placed]) -> int:
        return sum(each.work.weight_hundredths for each in within_days(all_of))

    assert total([*found, more]) >= total(found)


@pytest.mark.parametrize(
    "author",
    ["49699333+dependabot[bot]@users.example", "renovate-bot@x.example", "InternetBot"],
)
def test_a_machine_is_told_by_its_name(author: str) -> None:
    assert is_bot(author)


@pytest.mark.parametrize("author", ["amina@example.org", "Botanist", "robot.fan@x.org"])
def test_a_person_is_no_machine(author: str) -> None:
    assert not is_bot(author)


def test_a_title_is_one_line_that_no_terminal_obeys() -> None:
    assert one_line("Fix\n\x1b[31m the   map", "none") == "Fix [31m the map"
    assert one_line("\n\x00", "Commit 12") == "Commit 12"
    assert len(one_line("x" * 5_000, "none")) == 200


def test_two_changes_of_one_name_are_refused() -> None:
    one = placed(1, weight=10).work

    with pytest.raises(InvalidValue, match="git:001 stands there twice"):
        assert_unlike([one, one])
    assert_unlike([one, placed(2, weight=10).work])


def test_code_is_software_and_no_other_word_is_guessed() -> None:
    assert kind_of("code") is Kind.SOFTWARE
    assert kind_of("care") is Kind.CARE
    with pytest.raises(InvalidValue, match="there is care, code, compute"):
        kind_of("donation")
