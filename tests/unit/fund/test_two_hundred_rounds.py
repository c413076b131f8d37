"""Two hundred rounds: without the protocol one ends up with all, with it nobody does.

Each mechanism is switched off once, and what it holds breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from gateway.fund.accounts import ROUNDS
from tests.docs.pages import ROOT
from tests.games.commons import (
    AREAS,
    BARON,
    CARER,
    ROUNDS_PLAYED,
    Game,
    Protocol,
)
from tests.games.figures import PAGE, page

SEEDS = (1, 2)
WHOLE = Protocol()
ALONE = Protocol(pays=False)
LIMIT = Fraction(1, 3)  # 30 %, and what is only known after it was booked


@cache
def played(protocol: Protocol = WHOLE, seed: int = 1) -> Game:
    return Game(protocol, seed=seed).play()


@pytest.mark.parametrize("seed", SEEDS)
def test_left_alone_the_richest_end_up_with_more(seed: int) -> None:
    game = played(ALONE, seed)
    assert game.late_top_share() > game.top_share_from()


@pytest.mark.parametrize("seed", SEEDS)
def test_with_the_protocol_the_richest_end_up_with_no_more(seed: int) -> None:
    game = played(WHOLE, seed)
    assert ends_no_richer(game)
    assert game.conserved()


def test_the_same_game_is_the_same_to_the_unit() -> None:
    assert Game(WHOLE, seed=9).play(6).rounds == Game(WHOLE, seed=9).play(6).rounds


# ── each mechanism, switched off ─────────────────────────────────────────────
def ends_no_richer(game: Game) -> bool:
    return game.late_top_share() <= game.top_share_from()


def no_payer_carries_the_fund(game: Game) -> bool:
    months = range(24, ROUNDS_PLAYED)
    return all(game.spendable_share(BARON, month) <= LIMIT for month in months)


def work_that_nobody_votes_for_is_paid(game: Game) -> bool:
    years = (game.rounds[start : start + 12] for start in range(0, 192, 12))
    return all(sum(each.labour.get(CARER, 0) for each in year) for year in years)


def nobody_is_matched_alone(game: Game) -> bool:
    decided = [each for each in game.rounds if not each.is_equal_split]
    return bool(decided) and not any(each.matched[CARER] for each in decided)


def a_third_that_wants_one_thing_only_moves_less_than_a_third(game: Game) -> bool:
    weights = game.rounds[-1].area_weights
    return Fraction(weights["records"], sum(weights.values())) < Fraction(1, 3)


def voice_decides_every_round(game: Game) -> bool:
    return not any(each.is_equal_split for each in game.rounds if each.pool >= 100)


def every_round_passes_the_gate(game: Game) -> bool:
    return all(each.gate_holds for each in game.rounds)


LOOSE = replace(WHOLE, cap_share=Fraction(1, 1))
Mechanism = tuple[Callable[[Game], bool], Protocol, dict[str, Any]]
MECHANISMS: dict[str, Mechanism] = {
    "progressive brackets": (ends_no_richer, WHOLE, {"brackets": False}),
    "payer rule": (no_payer_carries_the_fund, WHOLE, {"payer_rule": False}),
    "labour reserve": (work_that_nobody_votes_for_is_paid, WHOLE, {"labour": False}),
    "quadratic match": (nobody_is_matched_alone, WHOLE, {"quadratic": False}),
    "quadratic voting": (
        a_third_that_wants_one_thing_only_moves_less_than_a_third,
        WHOLE,
        {"qv": False},
    ),
    "cap": (voice_decides_every_round, WHOLE, {"cap_share": Fraction(1, 1)}),
    "gate": (every_round_passes_the_gate, LOOSE, {"gate": False}),
}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_what_a_mechanism_holds_breaks_without_it(mechanism: str) -> None:
    holds, protocol, off = MECHANISMS[mechanism]
    assert holds(played(protocol))
    assert not holds(played(replace(protocol, **off)))


def test_money_that_is_given_moves_no_match_and_without_voice_it_does() -> None:
    def first_match(protocol: Protocol) -> dict[str, int]:
        game = Game(protocol)
        game.pots[ROUNDS] = 100_000
        return dict(game.play(1).rounds[0].matched)

    generous = replace(LOOSE, gate=False, gift_percent=50)
    assert first_match(generous) == first_match(replace(generous, gift_percent=0))
    bought = first_match(replace(generous, voice=False))
    assert bought[BARON] > first_match(generous)[BARON]
    assert sum(bought[who] for who in AREAS["records"] if who != BARON) < sum(
        first_match(generous)[who] for who in AREAS["records"] if who != BARON
    )


def test_the_page_with_the_figures_is_fresh() -> None:
    written = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written == page(played), f"python -m tests.games.figures writes {PAGE}"
