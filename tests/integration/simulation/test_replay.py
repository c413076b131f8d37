"""Past requests meet the very admission that live ones meet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap.simulating import Simulation, policies_in, reading_of
from gateway.kernel.past import Past, PastBlock
from gateway.licensing.policy import PolicySet
from gateway.licensing.prices import PathCost
from gateway.licensing.switches import FULL, LicenceMode, Protect, Switches
from gateway.proxy.target import read_target
from gateway.services.paces import PAGES_MAX
from gateway.services.simulation.figures import figures
from gateway.services.simulation.instants import LogClock, spread
from gateway.services.simulation.load import PressureModel
from gateway.services.simulation.places import template_of
from gateway.services.simulation.shares import merged, read_share, share_of
from gateway.services.simulation.tally import Tally

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SECOND_US = 1_000_000
START_US = 1_734_512_345 * SECOND_US
SHIPPED = policies_in(None, None)
READ = reading_of(Simulation([]).replay(SHIPPED, None).gate.admission)


def asked(
    agent: str = BROWSER,
    *,
    times: int = 1,
    apart_us: int = SECOND_US,
    target: str = "/page",
    address: str = "198.51.100.7",
    status: int = 200,
) -> Past:
    return Past(
        times_us=[START_US + number * apart_us for number in range(times)],
        addresses=[address] * times,
        methods=["GET"] * times,
        targets=[target] * times,
        hosts=[""] * times,
        statuses=[status] * times,
        sizes=[1_000] * times,
        agents=[agent] * times,
        referers=[""] * times,
        took_us=[-1] * times,
    )


def replayed(
    *blocks: Past,
    model: PressureModel = PressureModel.LOG,
    switches: Switches = FULL,
) -> Tally:
    simulation = Simulation([], model=model, switches=switches)
    replay = simulation.replay(SHIPPED, None)
    for past in blocks:
        replay.take(PastBlock(len(past.times_us), past))
    return replay.finish()


AGENTS = (
    BROWSER,
    "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (compatible; ChatGPT-User/1.0)",
    "git/2.45.1",
    "",
)
TARGETS = (
    *("/", "/page/1", "/page/2", "/a.css", "/search?q=a", "/a/../b", "/a%2Fb"),
    *("/x.git/info/refs?service=git-upload-pack", "/robots.txt", "/find/cg_live_x"),
    *("/page/31", "/f.woff2", "/f.woff3", "/wiki/1?oldid=4&diff=2", "/?k1=1&k2=2&z=3"),
    *("/dear/1", "/dear/2", "/dear/27/x", "/q?n=%31", "http://h:80/7", "/new\n/line"),
)
lines = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(AGENTS),
        st.sampled_from(TARGETS),
        st.sampled_from(["198.51.100.7", "198.51.100.8", "2001:db8::1", "66.249.66.1"]),
        st.integers(1, 150),
        st.sampled_from([-1, 0, 20_000, 900_000, 40_000_000]),
    ),
    max_size=25,
)
DEAR_TWOS = replace(
    SHIPPED,
    collections=tuple(
        replace(each, costs=(PathCost("/dear/2*", 9), *each.costs))
        for each in SHIPPED.collections
    ),
)


@given(
    lines=lines,
    policies=st.sampled_from([SHIPPED, DEAR_TWOS]),
    model=st.sampled_from(PressureModel),
    switches=st.builds(
        Switches, st.sampled_from(Protect), st.sampled_from(LicenceMode)
    ),
)
def test_what_was_settled_before_says_what_at_once_says_each_time(
    lines: list[tuple[int, str, str, str, int, int]],
    policies: PolicySet,
    model: PressureModel,
    switches: Switches,
) -> None:
    blocks, at_us = [], 0
    for apart_s, agent, target, address, times, took_us in lines:
        at_us += apart_s * SECOND_US
        past = asked(agent, times=times, apart_us=0, target=target, address=address)
        past = past._replace(took_us=[took_us] * times)
        blocks.append(past._replace(times_us=[START_US + at_us] * times))
    simulation = Simulation([], model=model, switches=switches)
    quick = simulation.replay(policies, None)
    each_by_itself = simulation.replay(policies, None, settles=False)
    for past in blocks:
        quick.take(PastBlock(len(past.times_us), past))
        each_by_itself.take(PastBlock(len(past.times_us), past))

    one, other = quick.finish(), each_by_itself.finish()
    assert figures(one, policies) == figures(other, policies)
    assert (one.rows, one.hours) == (other.rows, other.hours)
    assert (one.terms, one.examples) == (other.terms, other.examples)


def test_a_machine_inside_its_operators_ranges_is_verified_and_no_other() -> None:
    google = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    of_2026 = 1_790_000_000 * SECOND_US

    def level(address: str, at_us: int) -> str:
        past = asked(google, address=address)._replace(times_us=[at_us])
        return next(iter(replayed(past).rows)).level

    assert level("66.249.66.1", of_2026) == "verified"
    assert level("198.51.100.7", of_2026) == "claimed"
    # A list newer than the log by years says nothing at all, and nobody is a liar.
    assert level("66.249.66.1", START_US - 9 * 365 * 86_400 * SECOND_US) == "claimed"


def decisions(tally: Tally) -> dict[str, int]:
    told: dict[str, int] = figures(tally, SHIPPED)["by_decision"]
    return told


def test_a_reader_at_a_human_rate_passes() -> None:
    assert decisions(replayed(asked(times=50))) == {"allow": 50}


def test_a_quiet_archive_slows_nobody_however_much_they_ask() -> None:
    assert decisions(replayed(asked(times=2_000))) == {"allow": 2_000}


def test_under_pressure_the_budget_acts_and_says_who_is_hurt() -> None:
    tally = replayed(asked(times=2_000), model=PressureModel.ALWAYS)

    told = figures(tally, SHIPPED)
    assert told["by_decision"]["throttle"] > 1_000
    assert told["hurt"]["readers"] == told["by_decision"]["throttle"]
    assert told["examples"][0]["network"] == "198.51.100.0/24"
    assert told["load_shed"] == told["by_decision"]["throttle"]


def test_a_crowd_that_keeps_the_archive_busy_is_pressure() -> None:
    crowd = asked(times=4_000, apart_us=2_000)

    assert decisions(replayed(crowd))["throttle"] > 1_000


def test_images_and_styles_cost_nothing_even_under_pressure() -> None:
    assets = asked(times=2_000, target="/logo.png")

    assert decisions(replayed(assets, model=PressureModel.ALWAYS)) == {"allow": 2_000}


def test_an_ai_crawler_meets_an_offer_and_is_never_priced_as_collectable() -> None:
    tally = replayed(asked("GPTBot/1.2", times=30))

    told = figures(tally, SHIPPED)
    assert told["by_decision"] == {"offer": 30}
    assert told["by_operator"] == {"openai": 30}
    price = told["list_price"]
    assert (price["agreed_minor"], price["verified_minor"]) == (0, 0)
    assert told["unverified"] == 1.0


def test_a_fetcher_reads_as_a_person_would_until_it_is_faster_than_one() -> None:
    fetcher = "Mozilla/5.0 (compatible; ChatGPT-User/1.0)"
    second = SECOND_US

    fast = replayed(asked(fetcher, times=340, apart_us=second))
    slow = replayed(asked(fetcher, times=340, apart_us=3 * second))
    parts = replayed(asked(fetcher, times=340, apart_us=second, target="/a.css"))

    assert decisions(fast)["allow"] == PAGES_MAX + 1
    assert decisions(fast)["offer"] == 339 - PAGES_MAX
    assert decisions(slow) == decisions(parts) == {"allow": 340}
    # Nobody looks at how fast a person reads.
    assert decisions(replayed(asked(times=340, apart_us=second))) == {"allow": 340}


def test_with_licensing_off_the_same_crawler_reads() -> None:
    off = Switches(Protect.ON, LicenceMode.OFF)

    assert decisions(replayed(asked("GPTBot/1.2"), switches=off)) == {"allow": 1}


def test_what_has_no_reading_hurts_only_whoever_was_served() -> None:
    served = asked(target="/a/../b")
    refused = asked(target="/a/../b", status=404)

    assert replayed(served).hurt["readers"] == 1
    assert replayed(refused).hurt["readers"] == 0
    assert decisions(replayed(served)) == {"bad-request": 1}


def test_addresses_are_cut_to_their_network() -> None:
    tally = replayed(asked(address="2001:db8:1:2::3"), asked())

    assert set(tally.takers.of) == {"2001:db8:1::/48", "198.51.100.0/24"}


def test_every_request_is_counted_once_in_every_table() -> None:
    tally = replayed(asked(times=40), asked("GPTBot/1.2", times=7), asked("", times=3))

    told = figures(tally, SHIPPED)
    for name in ("by_kind", "by_operator", "by_decision", "by_rule"):
        assert sum(told[name].values()) == told["parsed"] == 50
    assert told["bytes"] == 50_000
    assert sum(each[0] for each in tally.hours.values()) == 50
    assert tally.takers.total(1) == tally.pages.total(1) == 50_000


@given(st.lists(st.integers(0, 5), max_size=60))
def test_spreading_a_second_keeps_the_order_of_time(seconds: list[int]) -> None:
    times = [START_US + each * SECOND_US for each in seconds]

    instants = spread(times, 0)

    assert len(instants) == len(times)
    assert instants == sorted(instants)


YEAR_US = 365 * 86_400 * SECOND_US
OTHER_YEAR = st.sampled_from([-40 * YEAR_US, -YEAR_US, YEAR_US, 4_000 * YEAR_US])


def read_in_parts(times: list[int], size: int) -> list[int]:
    clock = LogClock()
    parts = [times[at : at + size] for at in range(0, len(times), size)]
    return [instant for part in parts for instant in clock.read(part)]


@given(
    apart_s=st.lists(st.integers(0, 200_000), min_size=3, max_size=40),
    at=st.integers(1, 39),
    years_us=OTHER_YEAR,
    size=st.integers(1, 41),
)
def test_a_line_of_another_year_moves_no_other_line(
    apart_s: list[int], at: int, years_us: int, size: int
) -> None:
    times = [START_US]
    times += [START_US + sum(apart_s[: n + 1]) * SECOND_US for n in range(len(apart_s))]
    at = min(at, len(times) - 2)
    lying = [*times[:at], times[at] + years_us, *times[at:]]

    instants = read_in_parts(lying, size)

    assert instants == sorted(instants)
    told = instants[:at] + instants[at + 1 :]
    apart = [one - plain * 1_000 for one, plain in zip(told, times, strict=True)]
    # Those of one second are spread over it; a block's last gap waits for a witness.
    assert max(apart) < 60 * SECOND_US * 1_000


def test_a_clock_that_was_set_back_goes_on_from_where_it_was() -> None:
    wrong = [START_US + YEAR_US + n * SECOND_US for n in range(5)]
    right = [START_US + n * 60 * SECOND_US for n in range(5)]

    instants = LogClock().read([*wrong, *right])

    assert instants == sorted(instants)
    # Two share the second in which it was set, and are spread over it.
    assert 239 <= (instants[-1] - instants[5]) / 1e9 <= 240


def test_one_line_of_another_year_refuses_nobody() -> None:
    """Once it made the rest of a log one moment, and readers were 'refused'."""
    visits = [asked(address=f"198.51.100.{n}", times=20) for n in range(40)]
    for n, past in enumerate(visits):
        shifted = [at + n * 20 * SECOND_US for at in past.times_us]
        visits[n] = past._replace(times_us=shifted)
    lying = asked()._replace(times_us=[START_US + 5 * YEAR_US])

    tally = replayed(visits[0], lying, *visits[1:])

    assert not tally.hurt
    assert tally.last_us == START_US + (40 * 20 - 1) * SECOND_US


@given(st.text(alphabet="/ab.~-_%2F;?&=#9\\", max_size=12))
def test_the_quick_reading_of_an_address_is_the_gateways(text: str) -> None:
    target = f"/{text}"
    place = READ("GET", target, "archive.example")

    if place is not None and "%" not in target and ";" not in target:
        known = read_target(target)
        assert (place.asked[5], place.query) == (known.raw, known.query)
        if "//" not in target:
            assert place.path == known.path


def test_a_shape_of_address_names_no_page_and_no_search() -> None:
    assert template_of("/wiki/1742/Anna", "q=anna&page=2") == "/wiki/*/Anna?page&q"
    assert template_of("/a/b/c/d/e/f", "") == "/a/b/c/**"
    assert template_of("/user/anna@archive.example", "") == "/user/*"
    assert template_of("/find", "heart+disease") == "/find?*"
    assert template_of("/page", "raw&anna@archive.example") == "/page?*&raw"


def test_aggregates_name_no_address_and_no_page_and_add_up_in_any_order() -> None:
    tallies = [
        replayed(asked(times=40), asked("GPTBot/1.2", times=3)),
        replayed(asked(times=60)),
    ]
    texts = [share_of(tally, figures(tally, SHIPPED)) for tally in tallies]

    assert not any("198.51.100" in text or "/page" in text for text in texts)
    shares = [read_share(text.encode(), "a file") for text in texts]
    whole = merged(shares)
    assert whole == merged(reversed(shares))
    assert whole["archives"] == 2
    assert sum(row["requests"] for row in whole["rows"]) == whole["parsed"] == 103
    assert "openai" not in {row["operator"] for row in whole["rows"]}
