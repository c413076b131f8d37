"""The benchmark runs, keeps its promised shape, and its scoreboard is fresh."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.figures import difference, figure, ratio
from bench.processes import NotMeasured, Server, family, serving
from bench.scoreboard import TARGETS, scoreboard
from tests.journeys.running import free_port

ROOT = Path(__file__).parent.parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
PAGE = ROOT / "docs" / "reference" / "scoreboard.md"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory,
    require_program: Callable[[str], Path],
) -> Document:
    for program in ("nginx", "haproxy", "caddy"):
        require_program(program)
    folder = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--effort", "tiny", "--results", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
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
@pytest.mark.serial
@pytest.mark.timeout(300)
class TestARun:
    """One tiny run, looked at from several sides."""

    def test_measures_us_and_every_peer_there_is(self, measured: Document) -> None:
        assert measured["missing_peers"] == ["mitmproxy", "node"]
        assert measured["reasons"] == {}
        for size in ("1k", "32k", "1m", "100m"):
            at_size = measured["inline"][size]
            assert at_size["cpu_us"]["n"] == 2
            for peer in ("nginx", "haproxy", "caddy", "aiohttp"):
                assert at_size["ratio"][peer]["median"] > 0
                assert set(at_size["ratio"][peer]) == {"median", "min", "max", "n"}

    def test_promises_these_keys(self, measured: Document) -> None:
        assert measured.keys() >= {
            *("commit", "date", "machine", "versions", "inline", "memory", "tax_us"),
            *("forward_auth", "growth", "metering", "billing_run", "simulate"),
            *("missing_peers", "not_measured"),
        }
        assert measured["inline"]["1k"]["ratio"].keys() >= {
            *("nginx", "haproxy", "caddy", "node", "mitmproxy", "aiohttp"),
        }
        assert measured["memory"].keys() == {
            *("slow_reader_mb", "idle_connection_kb", "idle_mb"),
        }
        assert measured["metering"]["events_per_s"]["median"] > 0

    def test_names_whatever_is_null(self, measured: Document) -> None:
        found = {
            name
            for key in ("inline", "memory", "forward_auth", "growth", "metering")
            for name in nulls({key: measured[key]})
        }

        assert found <= set(measured["not_measured"])
        assert "forward_auth.decision_us" in found

    def test_says_nothing_of_hosts_and_places(self, measured: Document) -> None:
        text = json.dumps(measured)

        assert str(ROOT) not in text
        assert os.uname().nodename not in json.dumps(measured["machine"])


@pytest.mark.skipif(not LATEST.exists(), reason="no run is committed yet")
def test_the_scoreboard_is_what_the_latest_results_say() -> None:
    latest = json.loads(LATEST.read_text(encoding="utf-8"))

    assert scoreboard(latest) == PAGE.read_text(encoding="utf-8")


def test_a_target_is_held_or_not_on_its_own_side() -> None:
    at_most = next(each for each in TARGETS if not each.is_least)
    at_least = next(each for each in TARGETS if each.is_least)

    assert at_most.is_held(at_most.limit)
    assert not at_most.is_held(at_most.limit * 1.01)
    assert at_least.is_held(at_least.limit)
    assert not at_least.is_held(at_least.limit * 0.99)


def test_a_ratio_is_made_round_by_round() -> None:
    found = ratio([10.0, 40.0, 30.0], [10.0, 20.0, 10.0])

    assert found is not None
    assert found.document() == {"median": 2.0, "min": 1.0, "max": 3.0, "n": 3}


def test_what_was_not_measured_is_no_figure() -> None:
    assert figure([]) is None
    assert ratio([1.0], []) is None
    assert difference([], [1.0]) is None


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


def test_a_server_that_ends_at_once_is_not_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no configuration')"]

    with pytest.raises(NotMeasured, match="no configuration"):
        serving(command, port=free_port(), folder=tmp_path).__enter__()
