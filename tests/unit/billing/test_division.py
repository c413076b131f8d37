"""gateway.billing.division: no unit is lost, none is made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.division import divide, spread
from gateway.kernel.errors import InvalidValue

weights = st.dictionaries(st.text(min_size=1), st.integers(0, 10**6), min_size=1)


def test_the_odd_unit_goes_to_the_lowest_id() -> None:
    assert divide(10, {"b": 1, "a": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}


@given(total=st.integers(0, 10**12), weights=weights.filter(lambda w: any(w.values())))
def test_parts_add_up_and_stay_within_a_unit_of_exact(
    total: int, weights: dict[str, int]
) -> None:
    whole = sum(weights.values())

    parts = divide(total, weights)

    assert sum(parts.values()) == total
    for who, part in parts.items():
        assert abs(part * whole - total * weights[who]) < whole


@pytest.mark.parametrize(
    ("total", "weights"),
    [(-1, {"a": 1}), (1, {}), (1, {"a": 0}), (1, {"a": 2, "b": -1})],
    ids=["negative", "nobody", "no weight", "negative weight"],
)
def test_an_impossible_division_is_refused(total: int, weights: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        divide(total, weights)


@given(
    st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1).filter(
        lambda table: any(map(any, table))
    )
)
def test_a_table_keeps_both_sums(table: list[list[int]]) -> None:
    rows = {f"r{n}": sum(row) for n, row in enumerate(table)}
    columns = {n: sum(row[n] for row in table) for n in range(3)}

    filled = spread(rows, columns)

    assert {row: sum(cells.values()) for row, cells in filled.items()} == rows
    for column, units in columns.items():
        assert sum(cells.get(column, 0) for cells in filled.values()) == units
    assert all(units > 0 for cells in filled.values() for units in cells.values())


def test_sums_that_differ_are_refused() -> None:
    with pytest.raises(InvalidValue):
        spread({"a": 2}, {0: 1})
