"""The benchmark runs, keeps its promised shape, and its scoreboard is fresh."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.chart import chart, ratios_to_nginx
from bench.contenders import OURS
from bench.figures import difference, figure, ratio
from bench.load import Load, varied
from bench.peers.table import PEERS
from bench.processes import NotMeasured, Server, family, serving
from bench.profiling import report, room_of, stacks_of
from bench.scoreboard import scoreboard
from bench.targets import BESIDE, TARGETS
from tests.journeys.running import free_port

ROOT = Path(__file__).parent.parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
PAGE = ROOT / "docs" / "reference" / "scoreboard.md"
SIZES = ("1k", "32k", "1m", "100m")
FIGURE = {"median", "min", "max", "n"}
INSTALLED_BY_ITSELF = {"node", "mitmproxy"}
Document = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def measured(folder: Path, require_program: Callable[[str], Path]) -> Document:
    for program in ("nginx", "haproxy", "caddy", "wrk"):
        require_program(program)
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--effort", "tiny", "--results", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written: Document = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    return written


def nulls(document: Document, prefix: str = "") -> Iterator[str]:
    for name, value in document.items():
        if value is None:
            yield prefix + name
        elif isinstance(value, dict):
            yield from nulls(value, f"{prefix}{name}.")


@pytest.mark.services
@pytest.mark.timeout(1_900)
class TestARun:
    """One tiny run, looked at from several sides."""

    def test_measures_every_peer_or_names_it_with_a_reason(
        self, measured: Document
    ) -> None:
        missing = set(measured["missing_peers"])
        # Without a registry these two cannot be; CI has one.
        allowed = set() if os.environ.get("CI") == "true" else INSTALLED_BY_ITSELF

        assert missing <= allowed
        assert missing <= set(measured["reasons"])
        for size in SIZES:
            at_size = measured["inline"][size]
            assert at_size["cpu_us"]["n"] == 2
            for peer in PEERS.keys() - missing:
                assert at_size["ratio"][peer]["median"] > 0
                assert set(at_size["ratio"][peer]) == FIGURE

    def test_measures_us_as_everybody_who_asks(self, measured: Document) -> None:
        more = measured["inline_more"]

        for who in ("reader", "metered"):
            assert {*more["ratio_nginx"][who]} == {*SIZES}
            assert all(one["median"] > 0 for one in more["ratio_nginx"][who].values())
        for shape in ("varying", "fresh", "reader_varying", "reader_fresh"):
            assert more["ratio_nginx"][shape]["n"] == 2
        assert more["off_cpu_us"]["median"] > 0
        assert set(measured["tax_us"]) == set(measured["tax_reader_us"]) == FIGURE

    def test_promises_these_keys(self, measured: Document) -> None:
        assert measured.keys() >= {
            *("commit", "date", "machine", "versions", "inline", "memory", "tax_us"),
            *("forward_auth", "growth", "metering", "billing_run", "simulate"),
            *("missing_peers", "not_measured"),
        }
        assert measured["inline"]["1k"]["ratio"].keys() >= {
            *("nginx", "haproxy", "caddy", "node", "mitmproxy", "aiohttp"),
            "bare_python",
        }
        assert measured["memory"].keys() >= {
            *("slow_reader_mb", "idle_connection_kb", "idle_mb"),
        }
        assert measured["forward_auth"].keys() >= {
            *("decision_us", "ratio_nginx_uncached", "ratio_nginx_cached"),
        }
        assert measured["metering"]["events_per_s"]["median"] > 0

    def test_bills_as_many_events_as_it_stored(self, measured: Document) -> None:
        billed = measured["billing_run"]

        assert billed["events"] == 500
        assert billed["peak_mb"]["median"] > 8
        assert billed["seconds_10m_events"] is None

    def test_replays_a_log_beside_goaccess(self, measured: Document) -> None:
        simulated = measured["simulate"]

        assert simulated["lines"] == 2_000
        assert set(simulated["lines_per_s"]) == FIGURE
        assert simulated["ratio_goaccess"]["median"] > 0

    def test_grows_rules_and_keys(self, measured: Document) -> None:
        growth = measured["growth"]

        assert growth["keys"] == 2_000
        for key in ("decide_us", "decide_us_1000_rules", "ratio_1000_rules"):
            assert growth[key]["median"] > 0
        assert growth["ratio_keys"]["median"] > 0
        assert growth["ratio_1000000_keys"] is None

    def test_names_whatever_is_null(self, measured: Document) -> None:
        found = {
            name
            for key in ("inline", "memory", "forward_auth", "growth", "metering")
            for name in nulls({key: measured[key]})
        }

        assert found <= set(measured["not_measured"])

    def test_gives_a_reason_for_every_line_without_a_figure(
        self, measured: Document
    ) -> None:
        reasons = measured["reasons"]
        for target in TARGETS:
            found: Any = measured
            for name in target.key.split("."):
                found = found[name]
            is_small_run = target.key.endswith(("_10m_events", "_1000000_keys"))
            has_reason = any(target.key.startswith(what) for what in reasons)
            assert found is not None or has_reason or is_small_run, target.key

    def test_draws_a_page_and_a_chart_beside_the_results(
        self, measured: Document, folder: Path
    ) -> None:
        page = (folder / "scoreboard.md").read_text(encoding="utf-8")
        drawn = (folder / "scoreboard.svg").read_text(encoding="utf-8")

        assert page == scoreboard(measured)
        assert drawn == chart(measured)

    def test_says_nothing_of_hosts_and_places(self, measured: Document) -> None:
        text = json.dumps(measured)

        assert str(ROOT) not in text
        assert os.uname().nodename not in json.dumps(measured["machine"])


def latest() -> Document:
    document: Document = json.loads(LATEST.read_text(encoding="utf-8"))
    return document


def test_the_scoreboard_is_what_the_latest_results_say() -> None:
    assert scoreboard(latest()) == PAGE.read_text(encoding="utf-8")


def test_the_chart_is_what_the_latest_results_say() -> None:
    drawn = PAGE.with_suffix(".svg").read_text(encoding="utf-8")

    assert chart(latest()) == drawn


def test_the_chart_can_be_read_without_being_seen_or_run() -> None:
    drawn = ET.fromstring(chart(latest()))  # noqa: S314 - we drew it
    said = " ".join(drawn.itertext())
    tags = {each.tag.rpartition("}")[2] for each in drawn.iter()}

    assert tags == {"svg", "title", "desc", "rect", "g", "line", "circle", "text"}
    assert "Copyfair Gateway" in said
    assert "Times the CPU time of nginx." in said


def test_the_chart_puts_the_cheapest_first_and_nginx_at_one() -> None:
    at_size = {
        "cpu_us": {"median": 40.0},
        "peers_cpu_us": {
            "nginx": {"median": 20.0},
            "haproxy": {"median": 10.0},
            "node": None,
        },
    }

    found = ratios_to_nginx({"inline": {"1k": at_size}}, "1k")

    assert list(found.items()) == [("haproxy", 0.5), (OURS, 2.0)]


def test_the_chart_shows_nothing_where_nginx_was_not_measured() -> None:
    at_size = {"cpu_us": {"median": 40.0}, "peers_cpu_us": {"nginx": None}}

    assert ratios_to_nginx({"inline": {"1k": at_size}}, "1k") == {}


def test_a_target_is_held_or_not_on_its_own_side() -> None:
    at_most = next(each for each in TARGETS if not each.is_least)
    at_least = next(each for each in TARGETS if each.is_least)
    assert at_most.limit is not None
    assert at_least.limit is not None

    assert at_most.is_held(at_most.limit)
    assert not at_most.is_held(at_most.limit * 1.01)
    assert at_least.is_held(at_least.limit)
    assert not at_least.is_held(at_least.limit * 0.99)


def test_every_line_of_the_table_has_a_promise_and_those_beside_it_none() -> None:
    assert all(each.limit is not None for each in TARGETS)
    assert all(each.is_held(0) is None and each.text == "–" for each in BESIDE)


def test_a_ratio_is_made_round_by_round() -> None:
    found = ratio([10.0, 40.0, 30.0], [10.0, 20.0, 10.0])

    assert found is not None
    assert found.document() == {"median": 2.0, "min": 1.0, "max": 3.0, "n": 3}


def test_what_was_not_measured_is_no_figure() -> None:
    assert figure([]) is None
    assert ratio([1.0], []) is None
    assert difference([], [1.0]) is None


def test_a_varied_load_asks_as_somebody_else_each_time() -> None:
    asked = [varied(Load("/1k.bin"), number) for number in range(200)]

    assert len({each.target for each in asked}) == 200
    assert len({each.headers["User-Agent"] for each in asked}) == 200
    assert len({each.headers["Referer"] for each in asked}) == 200


@pytest.mark.parametrize(
    "name", ["peers/node/package-lock.json", "peers/node/package.json"]
)
def test_the_lock_of_the_node_peer_names_no_address(name: str) -> None:
    listed = json.loads((ROOT / "bench" / name).read_text(encoding="utf-8"))
    packages = listed.get("packages", {})

    assert not [one for one in packages.values() if "resolved" in one]
    assert all("integrity" in one for path, one in packages.items() if path)


def test_a_profile_is_told_by_room_and_by_function() -> None:
    handler = "ProxyHandler.__call__ (gateway/proxy/handler.py:76)"
    lines = [
        f"_run (asyncio/events.py:78);{handler} 3",
        f"_run (asyncio/events.py:78);{handler};dumps (json/__init__.py:183) 1",
        "no stack at all",
    ]

    told = report(stacks_of(lines))

    assert re.search(r"75\.0%  gateway/proxy", told)
    assert re.search(r"75\.0% +100\.0%  ProxyHandler", told)
    assert re.search(r"25\.0%  Python", told)


@pytest.mark.parametrize(
    ("frame", "room"),
    [
        ("f (gateway/storage/sqlite/engine.py:7)", "gateway/storage"),
        ("f (aiohttp/client.py:558)", "aiohttp"),
        ("f (asyncio/events.py:78)", "asyncio"),
        ("f (selectors.py:451)", "Python"),
        ("f (concurrent/futures/thread.py:69)", "Python"),
    ],
)
def test_a_frame_belongs_to_whoever_wrote_it(frame: str, room: str) -> None:
    assert room_of(frame) == room


@pytest.fixture
def idler(tmp_path: Path) -> Generator[Server]:
    """A server with a child, which burns CPU when it is asked."""
    port = free_port()
    program = tmp_path / "idler.py"
    program.write_text(
        "import subprocess, sys\n"
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'],"
        " stdin=subprocess.PIPE)\n"
        "class Burner(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        sum(range(3_000_000))\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        f"HTTPServer(('127.0.0.1', {port}), Burner).serve_forever()\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(program)]
    with serving(command, port=port, folder=tmp_path) as server:
        yield server


def test_cpu_and_memory_are_those_of_a_server_and_its_children(idler: Server) -> None:
    spent_ns = idler.cpu_ns()

    assert len(family(idler.pid)) == 2
    assert spent_ns > 10_000_000
    assert idler.cpu_ns() - spent_ns < spent_ns
    assert idler.resident_bytes() > 8 << 20


def test_the_helpers_of_a_server_count_with_it(idler: Server) -> None:
    alone = Server(idler.pid, idler.port)
    helped = Server(idler.pid, idler.port, helpers=(idler.pid,))

    assert helped.resident_bytes() > 1.5 * alone.resident_bytes()
    assert helped.cpu_ns() > 1.5 * alone.cpu_ns()


def test_a_server_that_ends_at_once_is_not_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no configuration')"]

    with pytest.raises(NotMeasured, match="no configuration"):
        serving(command, port=free_port(), folder=tmp_path).__enter__()
