"""docs/reference/two-hundred-rounds.md, written from the game itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gateway.fund.accounts import ENDOWMENT
from tests.docs.pages import ROOT
from tests.games.commons import BARON, CARER, ROUNDS_PLAYED, Game, Protocol

PAGE = "docs/reference/two-hundred-rounds.md"
SHOWN = (0, 12, 50, 100, 150, ROUNDS_PLAYED)
WHOLE = Protocol()
RUNS = {
    "no protocol: nobody pays": Protocol(pays=False),
    "the whole protocol": WHOLE,
    "without progressive brackets": replace(WHOLE, brackets=False),
    "without the payer rule": replace(WHOLE, payer_rule=False),
    "without the labour reserve": replace(WHOLE, labour=False),
    "without quadratic matching": replace(WHOLE, quadratic=False),
    "without quadratic voting": replace(WHOLE, qv=False),
    "without the cap": replace(WHOLE, cap_share=Fraction(1)),
    "without cap and gate": replace(WHOLE, cap_share=Fraction(1), gate=False),
}
HEAD = """\
# Two hundred rounds

<!-- Written by `python -m tests.games.figures` from the game itself. -->

Twelve actors trade, take from a commons, work for it, vote and are paid, two
hundred times. Trade is a yard sale: two meet, a fifth of the poorer one's purse is at
stake, and the richer wins in 60 of 100. Such trade alone leads to oligarchy
(Chakraborti, 2002; Boghosian, 2014). One of the twelve begins with a third of
everything. All earn the same small wage; who has more takes more. The rules are the
gateway's own code (waterfall, payer rule, tariff, vote, match, cap, gate), amounts are
whole minor units, chance has a seed: `tests/games/commons.py`, held by
`tests/unit/fund/test_two_hundred_rounds.py`.

It is a model, not a forecast: it shows what each mechanism holds up against, in a
world made to need it. One thing it shows is a price: what the payer rule sets apart
comes back to nobody until the members decide so, and purses even out more slowly.

## The share of the richest, after so many rounds

The last column is the mean of the last hundred.

"""
SECOND = """
## What each mechanism holds

The share of the richest one's payments among what may be spent (at its highest after
two years), what carers were paid whom nobody votes for, what one who supports only
itself was matched, the weight of what a third of the voters wants most, rounds that
became equal splits, rounds that gave too much to few, and what was set apart.

"""


def page(played: Callable[[Protocol], Game]) -> str:
    """The page, from games that were played."""
    games = {name: played(protocol) for name, protocol in RUNS.items()}
    heads = ["", *(f"{number}" for number in SHOWN), "mean"]
    shares = [
        [
            name,
            *(_percent(game.top_share_from(number)) for number in SHOWN),
            _percent(game.late_top_share()),
        ]
        for name, game in games.items()
    ]
    held = [[name, *_held(game)] for name, game in games.items()]
    columns = (
        *("", "one payer", "unvoted work", "alone", "a third's wish"),
        *("equal splits", "too much to few", "set apart"),
    )
    return HEAD + _table(heads, shares) + SECOND + _table(columns, held)


def _held(game: Game) -> list[str]:
    months = range(24, ROUNDS_PLAYED)
    decided = [each for each in game.rounds if not each.is_equal_split]
    weights = game.rounds[-1].area_weights
    wish = Fraction(weights["records"], sum(weights.values()))
    splits = len(game.rounds) - len(decided)
    return [
        _percent(max(game.spendable_share(BARON, month) for month in months)),
        f"{sum(each.labour.get(CARER, 0) for each in game.rounds)}",
        f"{sum(each.matched[CARER] for each in decided)}",
        _percent(wish),
        f"{splits}",
        f"{sum(not each.gate_holds for each in game.rounds)}",
        f"{game.pots[ENDOWMENT]}",
    ]


def _percent(share: Fraction) -> str:
    tenths = int(share * 1_000)
    return f"{tenths // 10}.{tenths % 10} %"


def _table(heads: tuple[str, ...] | list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(lambda one: Game(one).play()), encoding="utf-8")
