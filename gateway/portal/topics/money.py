"""Where the money comes from, and where it goes."""

from __future__ import annotations

from collections import Counter
from functools import partial

from gateway.portal.addresses import Topic
from gateway.portal.say import Say
from gateway.portal.sections import BARS_MAX, Drawing, Grid, Key, Section
from gateway.services.public_books.figures import (
    PotRow,
    PublicFigures,
    RoundRow,
    ppm,
)
from gateway.services.public_books.rounds import CONTRIBUTORS
from gateway.web.charts import Bar, bars_in

IN, ALL, GAP = "c1", "c6", "gap"
SHADES = {
    "operator_fee": "c3",
    "reserve": "c2",
    "endowment": "c6",
    "labour_reserve": "c1",
    "solidarity": "c5",
    "rounds": "c4",
}


def main_currency(seen: PublicFigures) -> str:
    """The currency most of the income is in; drawings show one."""
    totals: Counter[str] = Counter()
    for each in seen.income:
        totals[each.currency] += each.received_minor
    for pot in seen.pots:
        totals[pot.currency] += 0
    return min(totals, key=lambda it: (-totals[it], it), default="")


def income(seen: PublicFigures, say: Say) -> Section:
    """Where the money comes from."""
    currency = main_currency(seen)
    payers: Counter[str] = Counter()
    for each in seen.income:
        if each.currency == currency:
            payers[each.payer] += each.received_minor
    total = sum(payers.values())
    ranked = payers.most_common(BARS_MAX)
    named = [
        (say.entity(payer), minor, say.number.money(minor, currency))
        for payer, minor in ranked
    ]
    text = say(
        "income_alt", rows=say.listed([f"{name} {said}" for name, _, said in named])
    )
    rows = [Bar(name, ((IN, max(0, minor)),), said) for name, minor, said in named]
    first, most, _ = named[0]
    sentence = say(
        "income_text",
        total=say.number.money(total, currency),
        first=f"{first[0].upper()}{first[1:]}",
        share=say.share(ppm(max(0, most), max(1, total))),
    )
    draw = partial(bars_in, rows=rows, told=(say("income"), text))
    grid = Grid(
        "income",
        say("income"),
        (say("h_payer"), say("h_collection"), say("h_received"), say("share")),
        tuple(
            (
                say.entity(each.payer),
                say.collection(each.collection),
                say.number.money(each.received_minor, each.currency),
                say.share(ppm(each.received_minor, total))
                if each.currency == currency and total > 0
                else say("nobody"),
            )
            for each in seen.income
        ),
        figures_from=2,
    )
    return Section(
        Topic.INCOME, say("income"), (sentence,), Drawing(draw, text), (grid,)
    )


def waterfall(seen: PublicFigures, say: Say) -> Section:
    """Where the money goes."""
    currency = main_currency(seen)
    here = {each.pot: each for each in seen.pots if each.currency == currency}
    given = here.pop(CONTRIBUTORS, None)
    total = sum(each.received_minor for each in here.values())
    told = partial(say.number.money, currency=currency)
    names = ("labour_reserve", "rounds", "operator_fee")
    got = [here[each].received_minor if each in here else 0 for each in names]
    sentences = [
        say(
            "waterfall_text",
            total=told(total),
            labour=told(got[0]),
            rounds=told(got[1]),
            operator=told(got[2]),
        )
    ]
    if given is not None:
        word = "waterfall_labour" if given.spent_minor else "waterfall_waiting"
        amounts = told(given.received_minor), told(given.spent_minor)
        sentences.append(say(word, given=amounts[0], paid=amounts[1]))
    return Section(
        Topic.WATERFALL,
        say("waterfall"),
        tuple(sentences),
        _steps([*here.values()], say, currency),
        (_pots(seen, say),),
    )


def _steps(pots: list[PotRow], say: Say, currency: str) -> Drawing:
    total = sum(each.received_minor for each in pots)
    rows = [Bar(say("came_in"), ((ALL, total),), say.number.money(total, currency))]
    before, parts = 0, []
    for pot in pots:
        share = say.share(ppm(pot.received_minor, total))
        name = say.word("pot", pot.pot)
        shades = ((GAP, before), (SHADES.get(pot.pot, ALL), pot.received_minor))
        amount = say.number.money(pot.received_minor, currency)
        rows.append(Bar(name, shades, amount))
        parts.append(f"{name} {amount} ({share})")
        before += pot.received_minor
    text = say("waterfall_alt", rows=say.listed(parts))
    draw = partial(bars_in, rows=rows, told=(say("waterfall"), text))
    return Drawing(draw, text)


def _pots(seen: PublicFigures, say: Say) -> Grid:
    totals: Counter[str] = Counter()
    for each in seen.pots:
        if each.pot != CONTRIBUTORS:
            totals[each.currency] += each.received_minor
    return Grid(
        "waterfall",
        say("table_waterfall"),
        tuple(
            say(name) for name in ("h_pot", "h_poured", "share", "h_spent", "h_held")
        ),
        tuple(
            (
                say.word("pot", each.pot),
                say.number.money(each.received_minor, each.currency),
                say.share(ppm(each.received_minor, totals[each.currency]))
                if each.pot != CONTRIBUTORS
                else say("nobody"),
                say.number.money(each.spent_minor, each.currency),
                say.number.money(each.held_minor, each.currency),
            )
            for each in seen.pots
        ),
        figures_from=1,
    )


def rounds(seen: PublicFigures, say: Say) -> Section:
    """Who the fund was divided among."""
    last = seen.rounds[0]
    amounts = [each.labour_minor + each.pool_minor for each in seen.rounds]
    told = [
        say.number.money(amount, each.currency)
        for each, amount in zip(seen.rounds, amounts, strict=True)
    ]
    sentence = say(
        "rounds_text",
        name=last.name,
        day=say.number.day(last.held_on),
        amount=told[0],
        people=say.number.whole(last.recipients),
    )
    shown = [
        (each, said)
        for each, said in zip(seen.rounds, told, strict=True)
        if each.currency == last.currency
    ][:BARS_MAX]
    bars = [
        Bar(each.name, (("c1", each.labour_minor), ("c4", each.pool_minor)), said)
        for each, said in shown
    ]
    text = say(
        "rounds_alt", rows=say.listed([f"{each.name} {said}" for each, said in shown])
    )
    key = (Key("c1", say("labour_part")), Key("c4", say("pool_part")))
    draw = partial(bars_in, rows=bars, told=(say("rounds"), text))
    equations = tuple(
        f"{say('equation', name=each.name)} {_equation(each, say)}"
        for each in seen.rounds
        if each.value_equation
    )
    failed = tuple(
        say("rounds_failed", name=each.name)
        for each in seen.rounds
        if each.gate == "fail"
    )
    gate = say("rounds_gate", limit=say.share(200_000), people="5")
    return Section(
        Topic.ROUNDS,
        say("rounds"),
        (sentence, *failed),
        Drawing(draw, text, key) if len(bars) > 1 else None,
        (_round_grid(seen, say, told), _share_grid(seen, say)),
        notes=(*equations, gate),
    )


def _equation(row: RoundRow, say: Say) -> str:
    return row.value_equation_fr if say.language == "fr" else row.value_equation


def _round_grid(seen: PublicFigures, say: Say, told: list[str]) -> Grid:
    head = ("h_round", "h_day", "h_rule", "h_gate", "h_amount", "h_people", "h_top")
    return Grid(
        "rounds",
        say("table_rounds"),
        (*(say(name) for name in head), say("h_hhi")),
        tuple(
            (
                each.name,
                say.number.day(each.held_on),
                say.word("rule", each.rule),
                say.word("gate", each.gate),
                said,
                say.number.whole(each.recipients),
                say.share(each.top_share_ppm),
                say.number.decimal(each.normalised_hhi_ppm / 1_000_000, 3),
            )
            for each, said in zip(seen.rounds, told, strict=True)
        ),
        figures_from=4,
    )


def _share_grid(seen: PublicFigures, say: Say) -> Grid:
    return Grid(
        "recipients",
        say("table_recipients"),
        (say("h_recipient"), say("h_received")),
        tuple(
            (
                say.who(each.who, each.name, each.people),
                say.number.money(each.allocated_minor, each.currency),
            )
            for each in seen.shares
        ),
        figures_from=1,
    )
