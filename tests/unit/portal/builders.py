"""Figures and pages for tests of the portal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.identity.public_name import Who
from gateway.portal.public_pages import PublicPages, Site
from gateway.services.public_books.figures import (
    ClassFootprintRow,
    ConcentrationRow,
    DecisionRow,
    FootprintRow,
    GiveTakeRow,
    IncomeRow,
    LogState,
    PotRow,
    PublicFigures,
    RoundRow,
    ShareRow,
    TakerFootprintRow,
    TallyRow,
)
from gateway.web.answer import Answer
from tests.unit.terms.builders import a_request

AT_US = 1_795_000_000_000_000
GIB = 2**30

NOTHING = PublicFigures(stamp=(0,), at_us=AT_US, sells=True)
MAPWORKS = GiveTakeRow(
    who=Who.ORGANISATION,
    name="Mapworks SAS",
    entity="company",
    parties=1,
    requests=120_000,
    body_bytes=800 * GIB,
    taken_ppm=800_000,
    currency="EUR",
    given_minor=1_234_560,
    given_ppm=900_000,
    work_hundredths=0,
    work_ppm=0,
    give_take_thousandths=1_125,
)
COOP = GiveTakeRow(
    who=Who.ORGANISATION,
    name="Translation Coop",
    entity="coop-worker",
    parties=1,
    requests=1_200,
    body_bytes=200 * GIB,
    taken_ppm=200_000,
    currency="",
    given_minor=0,
    given_ppm=0,
    work_hundredths=4_050,
    work_ppm=750_000,
    give_take_thousandths=3_750,
)
PEOPLE = GiveTakeRow(
    who=Who.PEOPLE,
    name="",
    entity="",
    parties=7,
    requests=0,
    body_bytes=0,
    taken_ppm=0,
    currency="",
    given_minor=0,
    given_ppm=0,
    work_hundredths=1_350,
    work_ppm=250_000,
    give_take_thousandths=None,
)
DECIDED = DecisionRow(
    "2026-11-20", "ratify-tariff", "Tariff of 2027", "accepted", 12, 1, 20
)
TALLY = TallyRow(
    "Priorities of 2027", "2026-11-20", "Parish registers", 42, 700_000, 7, 9
)
SERVED = FootprintRow("2026-11", 3_400_000, 950 * GIB, 7_200_000, 60_184_000)
LOG = LogState(
    origin="archive.example/_copyfair/books",
    url="https://archive.example/_copyfair/books",
    size=4711,
    root="RkFLRQ==",
    key="archive.example/_copyfair/books+0a1b2c3d+AQID",
)
LAST_YEAR = RoundRow(
    name="2025",
    held_on="2025-12-31",
    rule="equal",
    currency="EUR",
    labour_minor=10_000,
    pool_minor=20_000,
    recipients=3,
    top_share_ppm=333_333,
    normalised_hhi_ppm=0,
    gate="equal-split",
    value_equation="Everybody gets the same.",
    value_equation_fr="Chacun reçoit autant.",
)
RICH = replace(
    NOTHING,
    stamp=(1,),
    lately_thousandths=12_345_600,
    income=(
        IncomeRow("company", "registers", "EUR", 1_100_000),
        IncomeRow("", "maps", "EUR", 134_560),
    ),
    pots=(
        PotRow("operator_fee", "EUR", 61_728, 0, 61_728),
        PotRow("labour_reserve", "EUR", 400_000, 300_000, 100_000),
        PotRow("rounds", "EUR", 772_832, 0, 772_832),
        PotRow("contributors", "EUR", 300_000, 120_000, 180_000),
    ),
    rounds=(
        RoundRow(
            name="2026-11",
            held_on="2026-11-21",
            rule="unpaid-work",
            currency="EUR",
            labour_minor=300_000,
            pool_minor=0,
            recipients=8,
            top_share_ppm=180_000,
            normalised_hhi_ppm=21_000,
            gate="pass",
        ),
        LAST_YEAR,
    ),
    shares=(
        ShareRow(Who.PERSON, "Amina B.", 1, "EUR", 54_000),
        ShareRow(Who.PEOPLE, "", 7, "EUR", 246_000),
    ),
    give_take=(MAPWORKS, COOP, PEOPLE),
    concentration=(
        ConcentrationRow("takers", "", 2, 680_000, 360_000, 800_000, 1_000_000),
        ConcentrationRow("payers", "EUR", 2, 820_000, 640_000, 900_000, 1_000_000),
    ),
    decisions=(DECIDED,),
    tallies=(TALLY, replace(TALLY, option="Maps", weight=18, share_ppm=300_000)),
    footprint=(SERVED, replace(SERVED, month="2026-10", body_bytes=90 * GIB)),
    footprint_classes=(
        ClassFootprintRow("person", 3_000_000, 90 * GIB, 7_000_000, 6_000_000),
        ClassFootprintRow("", 400_000, 860 * GIB, 200_000, 54_184_000),
    ),
    footprint_takers=(
        TakerFootprintRow(
            *(Who.ORGANISATION, "Mapworks SAS", 1),
            *(400_000, 680 * GIB, 200_000, 43_184_000),
        ),
        TakerFootprintRow(*(Who.UNPROVEN, "", 2), *(9, GIB, 0, 63_000)),
    ),
    log=LOG,
)
SMALL = replace(RICH, stamp=(2,), lately_thousandths=300_000)
NO_MONEY = replace(
    NOTHING,
    stamp=(3,),
    sells=False,
    give_take=(replace(MAPWORKS, currency="", given_minor=0, given_ppm=0), COOP),
    decisions=(replace(DECIDED, about="resolve", title="Reading rooms first"),),
    footprint=(SERVED,),
    log=LOG,
)
TITLES = {"registers": {"en": "Parish registers", "fr": "Registres paroissiaux"}}


def pages(seen: PublicFigures, *, has_terms: bool = True) -> PublicPages:
    """The pages of these figures."""

    async def figures() -> PublicFigures:
        return seen

    return PublicPages(
        figures, Site("Registers Commons", lambda: TITLES, lambda _: has_terms)
    )


async def got(
    seen: PublicFigures, path: str, *, language: str = "en", **headers: str
) -> Answer | None:
    """What is answered below the books' address, to a browser unless said."""
    fields = {"Accept": "text/html", "Accept-Language": language, **headers}
    target = f"/_copyfair/books/{path}"
    asked = a_request(target.partition("?")[0], target=target, headers=fields)
    return await pages(seen).books(asked, path.partition("?")[0])


async def told(seen: PublicFigures, path: str, **how: Any) -> str:
    """The text of an answer that must be there."""
    answer = await got(seen, path, **how)
    assert answer is not None
    assert answer.status == 200, answer
    return answer.body.decode()
