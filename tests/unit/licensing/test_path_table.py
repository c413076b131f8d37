"""gateway.licensing.path_table: a table answers as going through the list would."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.licensing.globs import glob, path_matches, target_matches
from gateway.licensing.path_table import PathTable
from gateway.licensing.policy import ANY_HOST, _specific_first, places_of
from gateway.licensing.prices import FEW, PathCost, Prices
from tests.unit.licensing.builders import a_collection

parts = st.sampled_from(["a", "B", "ab", "17", "*", "**", "/", "//", ".", "é"])
patterns = st.lists(parts, min_size=1, max_size=7).map("".join)
rooted = st.one_of(patterns, patterns.map(lambda pattern: f"/{pattern}"))
steps = st.sampled_from(["a", "A", "b", "Ab", "17", "/", "//", ".", "é", "É", "x"])
paths = st.lists(steps, max_size=8).map(lambda steps: "/" + "".join(steps))
queries = st.sampled_from(["", "diff=1", "a=b&diff=%31", "%64iff=1", "b"])
targets = st.one_of(
    rooted, st.builds(lambda path, query: f"{path}?{query}", rooted, st.just("diff=*"))
)


@given(st.lists(rooted, max_size=12), paths)
def test_it_finds_every_pattern_that_fits_in_the_order_given(
    given_patterns: Sequence[str], path: str
) -> None:
    table = PathTable((pattern, pattern) for pattern in given_patterns)

    one_by_one = [
        (number, pattern)
        for number, pattern in enumerate(given_patterns)
        if path_matches(pattern, path)
    ]

    assert table.fitting(path) == one_by_one
    assert len(table) == len(given_patterns)


@given(
    st.lists(
        st.tuples(st.lists(rooted, min_size=1, max_size=3), st.booleans()), max_size=6
    ),
    paths,
)
def test_a_page_belongs_where_the_sorted_list_says(
    given_paths: Sequence[tuple[Sequence[str], bool]], path: str
) -> None:
    collections = [
        a_collection(f"part-{number}", paths=tuple(patterns), ignores_case=ignores_case)
        for number, (patterns, ignores_case) in enumerate(given_paths)
    ]
    in_order = sorted(
        ((glob(pattern), each) for each in collections for pattern in each.paths),
        key=_specific_first,
    )
    one_by_one = next(
        (
            each
            for pattern, each in in_order
            if path_matches(each.matched(pattern.pattern), each.matched(path))
        ),
        None,
    )

    places = places_of(collections).get(ANY_HOST)

    assert (places.longest(path) if places else None) is one_by_one


@given(st.lists(st.tuples(targets, st.integers(0, 9)), max_size=FEW * 2), paths)
def test_prices_are_those_of_the_first_pattern_that_fits(
    written: Sequence[tuple[str, int]], path: str
) -> None:
    costs = tuple(PathCost(pattern, cost) for pattern, cost in written)
    prices = Prices(costs)

    for query in ("", "diff=1", "a=b&diff=%31", "b"):
        one_by_one = next(
            (each.cost for each in costs if target_matches(each.pattern, path, query)),
            None,
        )
        assert prices.cost(path, query) == one_by_one


def test_a_folder_means_itself_and_not_its_neighbour() -> None:
    table = PathTable([("/registers/**", "registers")])

    assert table.longest("/registers") == "registers"
    assert table.longest("/registers/1742") == "registers"
    assert table.longest("/registersx") is None


def test_a_thousand_patterns_are_not_gone_through() -> None:
    table = PathTable((f"/books/{number}-*", number) for number in range(1_000))
    tried = [number for number, _, _ in table._candidates("/books/417-a")]

    assert table.longest("/books/417-a") == 417
    assert len(tried) < 5


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(InvalidValue, match="1 to 512"):
        PathTable([("", 1)])
