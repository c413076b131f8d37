"""Who took, and who gave."""

from __future__ import annotations

from functools import partial

from gateway.portal.addresses import Topic
from gateway.portal.say import Say
from gateway.portal.sections import BARS_MAX, Drawing, Grid, Key, Section
from gateway.services.public_books.figures import GiveTakeRow, PublicFigures
from gateway.web.charts import Group, grouped_in

TAKEN, GIVEN, WORK = "c2", "c1", "c4"


def takers(seen: PublicFigures, say: Say) -> Section:
    """Who took, and who gave."""
    ratio = "takers_ratio" if seen.sells else "takers_ratio_work"
    return Section(
        Topic.TAKERS,
        say("takers"),
        tuple(_sentences(seen, say)),
        _drawing(seen, say),
        (_grid(seen, say),),
        notes=(say(ratio), say("takers_rule")),
    )


def _sentences(seen: PublicFigures, say: Say) -> list[str]:
    total = sum(each.body_bytes for each in seen.give_take)
    said = [say("took_none")]
    if total:
        first = max(seen.give_take, key=lambda it: it.taken_ppm)
        said = [
            say(
                "took_most",
                total=say.number.size(total),
                first=_name(first, say),
                share=say.share(first.taken_ppm),
            )
        ]
    work = sum(each.work_hundredths for each in seen.give_take)
    return [*said, say("gave_work", hours=say.number.hours(work))] if work else said


def _drawing(seen: PublicFigures, say: Say) -> Drawing:
    rows = [each for each in seen.give_take if each.taken_ppm or _gave(each)]
    rows = rows[:BARS_MAX]
    shades = [(TAKEN, "taken"), (GIVEN, "given"), (WORK, "work")]
    if not seen.sells:
        shades.remove((GIVEN, "given"))
    groups = [
        Group(
            _name(each, say),
            tuple(
                (shade, ppm, say.share(ppm))
                for shade, field in shades
                if (ppm := getattr(each, f"{field}_ppm"))
            ),
        )
        for each in rows
    ]
    row_word = "takers_alt_row" if seen.sells else "takers_alt_row_work"
    text = say.listed(
        [
            say(
                row_word,
                who=_name(each, say),
                taken=say.share(each.taken_ppm),
                given=say.share(each.given_ppm),
                work=say.share(each.work_ppm),
            )
            for each in rows
        ]
    )
    key = tuple(Key(shade, say(field)) for shade, field in shades)
    draw = partial(grouped_in, groups=groups, told=(say("takers"), text))
    return Drawing(draw, text, key)


def _grid(seen: PublicFigures, say: Say) -> Grid:
    sells = seen.sells
    head = ["who", "kind", "h_requests", "h_taken", "share"]
    head += ["h_given", "share"] if sells else []
    head += ["h_work", "share", "h_ratio"]
    return Grid(
        "give-take",
        say("give-take"),
        tuple(say(name) for name in head),
        tuple(_line(each, say, sells=sells) for each in seen.give_take),
        figures_from=2,
    )


def _line(row: GiveTakeRow, say: Say, *, sells: bool) -> tuple[str, ...]:
    nothing, number = say("nobody"), say.number
    money: tuple[str, ...] = ()
    if sells:
        amount = number.money(row.given_minor, row.currency) if row.currency else ""
        money = (amount or nothing, say.share(row.given_ppm))
    ratio = row.give_take_thousandths
    return (
        _name(row, say),
        say.word("is", row.entity) if row.entity else nothing,
        number.whole(row.requests),
        number.size(row.body_bytes),
        say.share(row.taken_ppm),
        *money,
        number.hours(row.work_hundredths),
        say.share(row.work_ppm),
        nothing if ratio is None else number.ratio(ratio),
    )


def _gave(row: GiveTakeRow) -> bool:
    return bool(row.given_ppm or row.work_ppm)


def _name(row: GiveTakeRow, say: Say) -> str:
    return say.who(row.who, row.name, row.parties)
