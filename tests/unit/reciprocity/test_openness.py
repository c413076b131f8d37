"""Openness is proved piece by piece, by others' eyes, for a time; a promise is none."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.notice import Notice, notice_days
from gateway.reciprocity.openness import (
    OSAID_PARTS,
    PARTS,
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Proved,
    Shown,
    State,
    opened,
)


def a_proof(
    openness: Openness = Openness.OSAID, *, without: str = "", **changes: Any
) -> OpennessProof:
    pieces = tuple(
        Shown(part, f"https://models.example/m/{part}")
        for part in PARTS[openness]
        if part != without
    )
    told: dict[str, Any] = {
        "id": "opn_1",
        "agreement_id": "agr_1",
        "party_id": "pty_1",
        "model": "https://models.example/m",
        "openness": openness,
        "evidence": pieces,
        "shown_us": 0,
        "until_us": 100 * US_PER_DAY,
        **changes,
    }
    return OpennessProof(**told)


def found(finding: Finding, at_us: int, reason: str = "looked") -> OpennessReview:
    return OpennessReview(
        f"rev_{at_us}", "opn_1", "pty_9", finding, at_us, reason=reason
    )


@pytest.mark.parametrize("openness", list(Openness))
def test_each_part_that_a_definition_asks_for_is_shown(openness: Openness) -> None:
    assert {each.part for each in a_proof(openness).evidence} == {*PARTS[openness]}
    for part in PARTS[openness]:
        with pytest.raises(InvalidValue, match=part):
            a_proof(openness, without=part)


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": (Shown("intentions", "https://models.example"),)},
        {"evidence": tuple(Shown(part, " ") for part in OSAID_PARTS)},
        {"model": "our next model"},
        {"until_us": 0},
        {"until_us": 731 * US_PER_DAY},
    ],
    ids=["no such part", "nowhere", "no model", "no time", "for ever"],
)
def test_what_is_no_proof_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        a_proof(**changes)


def test_a_promise_is_worth_nothing_until_somebody_has_looked() -> None:
    promised = Proved(a_proof())
    accepted = Proved(a_proof(), (found(Finding.ACCEPT, 10),))

    assert promised.state(at_us=50) is State.WAITING
    assert opened([promised], at_us=50) == frozenset()
    assert opened([accepted], at_us=9) == frozenset()
    assert opened([accepted], at_us=10) == {"agr_1"}
    assert opened([accepted], at_us=100 * US_PER_DAY) == frozenset()


def test_what_is_withdrawn_or_refused_holds_no_more_from_then_on() -> None:
    reviews = (found(Finding.ACCEPT, 10), found(Finding.WITHDRAW, 20))
    withdrawn = Proved(a_proof(), reviews)
    refused = Proved(a_proof(), (found(Finding.REFUSE, 10),))

    assert withdrawn.holds(at_us=19)
    assert withdrawn.state(at_us=20) is State.WITHDRAWN
    assert refused.state(at_us=10) is State.REFUSED
    assert opened([withdrawn, refused], at_us=20) == frozenset()
    for finding in (Finding.REFUSE, Finding.WITHDRAW):
        with pytest.raises(InvalidValue):
            found(finding, 10, reason=" ")


def test_a_notice_counts_from_the_first_time_and_until_it_is_taken_back() -> None:
    def told(day: int, *, is_lifted: bool = False) -> Notice:
        told_us = day * US_PER_DAY
        return Notice(f"n{day}", "pty_1", 300, 12, "Ines", told_us, is_lifted)

    notices = [told(1), told(20), told(50, is_lifted=True), told(60)]

    days = [notice_days(notices, at_us=day * US_PER_DAY) for day in (0, 1, 31, 50, 90)]
    assert days == [None, 0, 30, None, 30]
