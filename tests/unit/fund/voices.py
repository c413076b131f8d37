"""Rounds to divide: a few people, and any that Hypothesis thinks of."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from gateway.fund.rounds.inputs import ALIKE, BY_CREDITS, Inputs, Person, Voice
from gateway.fund.rounds.terms import RULES, Terms

ONE = (("everything", 1),)


def person(number: int, *, owner: int = -1, credit: int = 1_000) -> Person:
    """A contributor who may take."""
    own = number if owner < 0 else owner
    return Person(f"pty_{number:03d}", own, credit, may_take=True)


def a_round(
    *voices: tuple[int, int, int],
    rule: str = "proportional",
    pool: int = 10_000,
    people: int = 12,
    **terms: Fraction | int,
) -> Inputs:
    """A round with one option; a voice is giver, taker and hundredths."""
    return Inputs(
        pool=pool,
        terms=Terms(rule, **terms),  # type: ignore[arg-type]  # as the rule asks
        purse=BY_CREDITS,
        weights=ONE,
        people=tuple(person(number) for number in range(people)),
        voices=tuple(Voice("everything", *each, 10) for each in voices),
    )


def round_robin(people: int, hundredths: int = 100) -> tuple[tuple[int, int, int], ...]:
    """Everybody gives to the three after them."""
    return tuple(
        (giver, (giver + step) % people, hundredths)
        for giver in range(people)
        for step in (1, 2, 3)
    )


@st.composite
def rounds(draw: st.DrawFn, rule: str = "") -> Inputs:
    """Any round of up to nine people and three options."""
    count = draw(st.integers(2, 9))
    people = tuple(
        Person(
            f"pty_{number}",
            draw(st.integers(0, count - 1)),
            draw(st.integers(0, 3_000)),
            may_take=draw(st.booleans()) or draw(st.booleans()),
        )
        for number in range(count)
    )
    options = ("care", "mirrors", "records")[: draw(st.integers(1, 3))]
    pairs = st.tuples(
        st.sampled_from(options), st.integers(0, count - 1), st.integers(0, count - 1)
    )
    given = draw(st.lists(pairs, unique=True, max_size=25))
    amount, days = st.integers(1, 900), st.integers(0, 40)
    weights = [draw(st.integers(0, 9)) for _ in options]
    weights[0] += not any(weights)
    return Inputs(
        pool=draw(st.integers(0, 100_000)),
        terms=Terms(
            rule or draw(st.sampled_from(RULES)),
            cap_share=Fraction(draw(st.integers(1, 10)), 10),
            minimum=draw(st.sampled_from((0, 0, 500))),
        ),
        purse=draw(st.sampled_from((BY_CREDITS, ALIKE))),
        weights=tuple(zip(options, weights, strict=True)),
        people=people,
        voices=tuple(Voice(*each, draw(amount), draw(days)) for each in given),
        before=tuple((owner, 100 * owner) for owner in range(count)),
        clusters=tuple(sorted({("north", draw(st.integers(0, count - 1)))})),
    )
