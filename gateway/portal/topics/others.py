"""Concentration, decisions, footprint, and how to check all of it."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from gateway.fund.gate import TOP_SHARE_MAX
from gateway.metering.footprint import EnergyModel
from gateway.portal.addresses import Topic
from gateway.portal.say import Say
from gateway.portal.sections import BARS_MAX, Drawing, Fact, Grid, Key, Section
from gateway.portal.topics.served import energy, hours, served_grids
from gateway.services.public_books.figures import (
    PPM,
    ConcentrationRow,
    LogState,
    PublicFigures,
)
from gateway.web.charts import Bar, bars_in

PAYER_LIMIT = Fraction(3, 10)
VOTES = "/_copyfair/votes"


def concentration(seen: PublicFigures, say: Say) -> Section:
    """How much is in how few hands."""
    rows = [
        Bar(
            _among(each, say),
            (("c2", each.top_share_ppm),),
            say.share(each.top_share_ppm),
            int(_limit(each) * PPM),
        )
        for each in seen.concentration
    ]
    text = say(
        "concentration_alt",
        rows=say.listed([f"{each.name} {each.label}" for each in rows]),
    )
    key: tuple[Key, ...] = (Key("c2", say("top_key")),)
    if any(each.mark for each in rows):
        key += (Key("", say("limit_key")),)
    sentences = []
    for each in seen.concentration:
        top = say.share(each.top_share_ppm)
        if each.of == "takers":
            index = say.number.decimal((each.capture_index_ppm or 0) / PPM, 2)
            three = say.share(each.top_3_ppm)
            sentences.append(
                say("concentration_text", top=top, three=three, index=index)
            )
        elif each.of == "payers":
            sentences.append(say("concentration_money", top=top))
    draw = partial(bars_in, rows=rows, told=(say("concentration"), text))
    head = ("h_of", "h_parties", "h_top", "h_top3", "h_hhi")
    grid = Grid(
        "concentration",
        say("table_concentration"),
        tuple(say(name) for name in head),
        tuple(
            (
                _among(each, say),
                say.number.whole(each.parties),
                say.share(each.top_share_ppm),
                say.share(each.top_3_ppm),
                say.number.decimal(each.normalised_hhi_ppm / PPM, 3),
            )
            for each in seen.concentration
        ),
        figures_from=1,
    )
    return Section(
        Topic.CONCENTRATION,
        say("concentration"),
        tuple(sentences),
        Drawing(draw, text, key),
        (grid,),
        notes=(say("concentration_note"),),
    )


def _among(row: ConcentrationRow, say: Say) -> str:
    name = say.word("of", row.of)
    return f"{name} ({row.currency})" if row.currency else name


def _limit(row: ConcentrationRow) -> Fraction:
    """Where it is too much: of payers 30 %, of recipients as the gate has it."""
    if row.of == "payers":
        return PAYER_LIMIT
    if row.of == "recipients":
        return max(TOP_SHARE_MAX, Fraction(2, row.parties))
    return Fraction(0)


def decisions(seen: PublicFigures, say: Say) -> Section:
    """What was decided."""
    sentences: tuple[str, ...] = ()
    if seen.decisions:
        last = say.number.day(seen.decisions[0].decided_on)
        count = say.number.whole(len(seen.decisions))
        word = "decisions_text" if len(seen.decisions) > 1 else "decisions_one"
        sentences = (say(word, count=count, day=last),)
    grids = tuple(each for each in (_decided(seen, say), _tallies(seen, say)) if each)
    return Section(
        Topic.DECISIONS,
        say("decisions"),
        sentences,
        _last_tally(seen, say),
        grids,
        ways=((VOTES, say("all_votes")),),
    )


def _decided(seen: PublicFigures, say: Say) -> Grid | None:
    if not seen.decisions:
        return None
    head = ("h_decision", "h_day", "h_about", "h_outcome", "h_votes")
    return Grid(
        "decisions",
        say("table_decisions"),
        tuple(say(name) for name in head),
        tuple(
            (
                each.title or say.word("about", each.about),
                say.number.day(each.decided_on),
                say.word("about", each.about),
                say.word("outcome", each.outcome),
                f"{each.in_favour} / {each.against} / {each.entitled}",
            )
            for each in seen.decisions
        ),
        figures_from=4,
    )


def _tallies(seen: PublicFigures, say: Say) -> Grid | None:
    if not seen.tallies:
        return None
    head = ("h_option", "h_vote", "h_day", "h_weight", "share", "h_turnout")
    return Grid(
        "tallies",
        say("table_tallies"),
        tuple(say(name) for name in head),
        tuple(
            (
                each.option,
                each.vote,
                say.number.day(each.closed_on),
                say.number.whole(each.weight),
                say.share(each.share_ppm),
                f"{each.voted} / {each.entitled}",
            )
            for each in seen.tallies
        ),
        figures_from=3,
    )


def _last_tally(seen: PublicFigures, say: Say) -> Drawing | None:
    if not seen.tallies:
        return None
    first = seen.tallies[0]
    rows = [
        Bar(each.option, (("c4", each.weight),), say.share(each.share_ppm))
        for each in seen.tallies
        if (each.vote, each.closed_on) == (first.vote, first.closed_on)
    ][:BARS_MAX]
    if len(rows) < 2:
        return None
    listed = say.listed([f"{each.name} {each.label}" for each in rows])
    text = say("decisions_alt", vote=first.vote, rows=listed)
    return Drawing(partial(bars_in, rows=rows, told=(first.vote, text)), text)


def footprint(seen: PublicFigures, say: Say) -> Section:
    """What serving took."""
    requests = sum(each.requests for each in seen.footprint)
    size = sum(each.body_bytes for each in seen.footprint)
    cpu = sum(each.cpu_ms for each in seen.footprint)
    sentences = [
        say(
            "footprint_text",
            requests=say.number.whole(requests),
            bytes=say.number.size(size),
            cpu=hours(cpu, say),
        )
    ]
    energy_mwh = sum(each.energy_mwh for each in seen.footprint)
    if energy_mwh:
        sentences.append(_estimated(energy_mwh, seen.energy_model, say))
    rows = [
        Bar(
            say.number.day(each.month),
            (("c4", each.body_bytes),),
            say.number.size(each.body_bytes),
        )
        for each in seen.footprint[:BARS_MAX]
    ]
    text = say(
        "footprint_alt",
        rows=say.listed([f"{each.name} {each.label}" for each in rows]),
    )
    draw = partial(bars_in, rows=rows, told=(say("footprint"), text))
    drawing = Drawing(draw, text) if len(rows) > 1 else None
    grids = tuple(
        grid for grid in (_months(seen, say), *served_grids(seen, say)) if grid.lines
    )
    topic = Topic.FOOTPRINT
    return Section(topic, say("footprint"), tuple(sentences), drawing, grids)


def _months(seen: PublicFigures, say: Say) -> Grid:
    head = ("h_month", "h_requests", "h_bytes", "h_cpu", "h_energy")
    return Grid(
        "footprint",
        say("table_footprint"),
        tuple(say(name) for name in head),
        tuple(
            (
                say.number.day(each.month),
                say.number.whole(each.requests),
                say.number.size(each.body_bytes),
                hours(each.cpu_ms, say),
                energy(each.energy_mwh, say),
            )
            for each in seen.footprint
        ),
        figures_from=1,
    )


def _estimated(energy_mwh: int, model: EnergyModel, say: Say) -> str:
    """The energy, and by which model; where the model stands is in the file."""
    return say(
        "footprint_energy",
        energy=energy(energy_mwh, say),
        core=say.number.decimal(model.core_mw / 1_000),
        pue=say.number.decimal(model.pue_hundredths / 100, 2),
        network=say.number.decimal(model.network_mwh_per_gb / 1_000, 0),
    )


def proof(seen: PublicFigures, say: Say) -> Section:
    """How to check it."""
    log = seen.log
    if log is None:
        raise AssertionError("unreachable")
    return Section(
        Topic.PROOF,
        say("proof"),
        (say("proof_text", size=say.number.whole(log.size)),),
        notes=(say("proof_key"),),
        command=f"copyfair log verify {log.url} --key '{log.key}'",
        facts=_facts(log, say),
    )


def _facts(log: LogState, say: Say) -> tuple[Fact, ...]:
    known = (
        ("h_origin", log.origin),
        ("h_size", say.number.whole(log.size)),
        ("h_root", log.root),
        ("h_key", log.key),
    )
    return tuple(Fact(say(name), text) for name, text in known)
