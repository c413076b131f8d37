"""gateway.billing.collection_parts: every cent is for one collection, none for two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.collection_parts import collection_parts, received_parts
from gateway.billing.invoice import InvoiceLine, LineKind
from tests.fakes.ledger import NOVEMBER

WEIGHTS = {("ai-2026", 2): {"letters": 1, "registers": 3}}
NO_WEIGHTS: Mapping[tuple[str, int], Mapping[str, int]] = {}


def a_line(
    net_minor: int, collection: str = "registers", version: int = 1
) -> InvoiceLine:
    return InvoiceLine(
        position=1,
        kind=LineKind.USAGE,
        text="",
        collection=collection,
        tariff="ai-2026",
        tariff_version=version,
        bracket=0,
        quantity=1,
        unit="one",
        price_micros=0,
        base_quantity=1,
        net_minor=net_minor,
        category="S",
        rate_bp=0,
        month=NOVEMBER,
    )


lines = st.lists(
    st.builds(
        a_line,
        st.integers(-10_000, 10_000),
        st.sampled_from(["", "letters", "maps", "registers"]),
        st.sampled_from([1, 2]),
    ),
    max_size=8,
)


def test_use_counts_for_what_was_used() -> None:
    parts = collection_parts([a_line(300), a_line(100, "letters")], NO_WEIGHTS)

    assert parts == {"letters": 100, "registers": 300}


def test_published_weights_divide_everything_charged_under_the_tariff() -> None:
    parts = collection_parts([a_line(1_001, version=2)], WEIGHTS)

    assert parts == {"letters": 250, "registers": 751}


def test_what_names_no_collection_follows_the_rest_of_its_invoice() -> None:
    used = [a_line(300), a_line(100, "letters")]

    parts = collection_parts([*used, a_line(-40, "")], NO_WEIGHTS)

    assert parts == {"letters": 90, "registers": 270}


def test_a_minimum_alone_is_divided_over_what_was_agreed() -> None:
    minimum = a_line(101, "")

    assert collection_parts([minimum], NO_WEIGHTS, covered=["a", "b"]) == {
        "a": 51,
        "b": 50,
    }
    assert collection_parts([minimum], NO_WEIGHTS) == {"": 101}


@given(lines, st.randoms(use_true_random=False))
def test_the_parts_are_the_invoice_in_any_order(
    charged: Sequence[InvoiceLine], order: Random
) -> None:
    parts = collection_parts(charged, WEIGHTS, covered=["registers"])
    shuffled = order.sample(list(charged), len(charged))

    assert sum(parts.values()) == sum(line.net_minor for line in charged)
    assert parts == collection_parts(shuffled, WEIGHTS, covered=["registers"])


@given(lines, st.integers(0, 10**6))
def test_what_arrived_is_divided_whole(
    charged: Sequence[InvoiceLine], received: int
) -> None:
    parts = collection_parts(charged, WEIGHTS)

    arrived = received_parts(received, parts)

    assert sum(arrived.values()) == received
    assert all(parts.get(name, 1) > 0 for name in arrived if name)


def test_a_line_that_was_given_back_counts_for_nobody() -> None:
    given_back = replace(a_line(300), net_minor=0)

    assert collection_parts([given_back], NO_WEIGHTS) == {}
