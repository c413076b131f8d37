"""Lanes before expensive pages, on past traffic: who waits, clicks, finds no place."""

from __future__ import annotations

from dataclasses import replace

from gateway.bootstrap.simulating import Simulation, policies_in
from gateway.kernel.past import Past, PastBlock
from gateway.licensing.prices import PathCost
from gateway.licensing.switches import FULL, LicenceMode, Protect, Switches
from gateway.services.simulation.figures import figures
from gateway.services.simulation.tally import Tally
from gateway.web.report import report_page

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
START_US = 1_734_512_345_000_000
SECOND_US = 1_000_000
SHIPPED = policies_in(None, None)
DEAR = replace(
    SHIPPED,
    collections=tuple(
        replace(each, costs=(PathCost("/search**", 20),))
        for each in SHIPPED.collections
    ),
)
SWITCHES = {"protect": "on", "licence_mode": "invoice", "pressure": "log"}
Asked = tuple[int, str, str]
"""Microseconds after the start, address, target."""


def past(lines: list[Asked], agent: str = BROWSER, *, took_us: int = -1) -> Past:
    number = len(lines)
    return Past(
        times_us=[START_US + at_us for at_us, _, _ in lines],
        addresses=[address for _, address, _ in lines],
        methods=["GET"] * number,
        targets=[target for _, _, target in lines],
        hosts=[""] * number,
        statuses=[200] * number,
        sizes=[1_000] * number,
        agents=[agent] * number,
        referers=[""] * number,
        took_us=[took_us] * number,
    )


def crowd(number: int, *, page: str = "/search?q=1") -> list[Asked]:
    """Each from an own network, a hundred a second."""
    return [(n * 10_000, f"198.{n >> 8}.{n & 255}.9", page) for n in range(number)]


def replayed(*blocks: Past, switches: Switches = FULL) -> Tally:
    replay = Simulation([], switches=switches).replay(DEAR, None)
    for each in blocks:
        replay.take(PastBlock(len(each.times_us), each))
    return replay.finish()


def test_a_crowd_of_machines_before_a_search_finds_no_place_and_is_counted_once() -> (
    None
):
    tally = replayed(past(crowd(2_000), "curl/8.5.0", took_us=2 * SECOND_US))

    told = figures(tally, DEAR)
    lanes = told["lanes"]
    assert lanes["came"] == 2_000
    assert lanes["turned_away"]["http-library"] > 1_000
    assert lanes["asked_to_click"] == {}
    assert sum(told["by_decision"].values()) == 2_000
    assert told["by_decision"]["throttle"] == lanes["turned_away"]["http-library"]
    assert told["load_shed"] == 20 * told["by_decision"]["throttle"]


def test_whoever_reads_goes_before_the_crowd() -> None:
    reader = "203.0.113.5"
    began = [(0, reader, "/page"), (100_000, reader, "/page.css")]
    asks = [(SECOND_US + 5 * SECOND_US * n, reader, "/search?q=a") for n in range(3)]
    lines = sorted(began + asks + crowd(2_000))

    tally = replayed(past(lines, took_us=2 * SECOND_US))

    assert tally.waits is not None
    assert sum(tally.waits.turned_away.values()) > 1_000
    assert not [each for each in tally.examples if each.network == "203.0.113.0/24"]


def test_people_of_a_crowd_are_asked_for_a_click_as_far_as_tickets_go() -> None:
    tally = replayed(past(crowd(400), took_us=SECOND_US))

    assert tally.waits is not None
    assert tally.waits.clicked["browser"] > 0
    assert tally.hurt["readers"] == tally.waits.turned_away["browser"]


def test_few_are_let_in_at_once() -> None:
    lines = [(n * 10 * SECOND_US, "198.51.100.7", "/search?q=a") for n in range(20)]

    told = figures(replayed(past(lines, took_us=SECOND_US)), DEAR)

    assert told["lanes"]["at_once"] == told["lanes"]["came"] == 20
    assert told["by_decision"] == {"allow": 20}


def test_while_watching_there_is_no_lane() -> None:
    watch = Switches(Protect.WATCH, LicenceMode.OFF)

    told = figures(replayed(past(crowd(500)), switches=watch), DEAR)

    assert told["lanes"] is None
    assert told["by_decision"] == {"allow": 500}


def test_a_log_without_times_says_nothing_about_lanes() -> None:
    told = figures(replayed(past(crowd(500))), DEAR)

    assert told["lanes"] is None
    assert told["by_decision"]["allow"] > 0


def test_an_ordinary_page_has_none_however_many_come() -> None:
    tally = replayed(past(crowd(200, page="/page"), took_us=10_000))

    assert tally.waits is not None
    assert tally.waits.came == 0


def test_where_many_are_turned_away_the_report_says_so_in_both_languages() -> None:
    tally = replayed(past(crowd(400), took_us=SECOND_US))
    told = figures(tally, DEAR) | {"suggested": [], "switches": SWITCHES}

    english = report_page(told, tally, language="en").decode()
    french = report_page(told, tally, language="fr").decode()

    assert "were asked for a click" in english
    assert "un clic a été demandé" in french
