"""gateway.billing.chain: whatever is moved, changed or removed shows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.chain import Link, Sealed, first_break, next_link


def a_chain(length: int) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        last = links[-1] if links else None
        links.append(
            next_link(last, Sealed.POSTING, ref=f"ent_{number}", digest="d" * 64)
        )
    return links


def test_an_untouched_chain_holds() -> None:
    assert first_break(a_chain(5)) is None
    assert first_break([]) is None


@given(at=st.integers(0, 4))
def test_a_changed_digest_breaks_it_there(at: int) -> None:
    links = a_chain(5)
    links[at] = replace(links[at], digest="e" * 64)

    assert first_break(links) == at + 1


@given(at=st.integers(0, 3))
def test_a_missing_link_breaks_it_behind(at: int) -> None:
    links = a_chain(5)
    del links[at]

    assert first_break(links) == at + 2


def test_two_that_changed_places_break_it() -> None:
    links = a_chain(3)
    links[0], links[1] = links[1], links[0]

    assert first_break(links) == 2
