"""`copyfair export nginx|haproxy|caddy --budgets`: relief with no gateway at all."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.front_servers import nginx_command
from tests.journeys.command_line import PUBLIC_URL, UPSTREAM, copyfair
from tests.journeys.running import Got, ask, free_port, running

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

HOST = "archive.example"
COLLECTION = """\
collection: whole-site
title: The whole site
steward: Archive Commons
contact: licences@archive.example
upstream: archive
match: {hosts: [archive.example], paths: ["/**"]}
licence: CC-BY-SA-4.0
extends: copyfair
costs: {"/search**": {cost: 20, class: search}, "**?diff=*": 10, "/static/**": 0}
budgets:
  anonymous: {cost: 60, per: 1h, burst: 60, only_under: pressure}
"""
OPEN_HOUSE = """\
collection: open-house
title: The open house
steward: Archive Commons
contact: licences@archive.example
upstream: archive
match: {hosts: [archive.example], paths: ["/open/**"]}
licence: CC-BY-SA-4.0
extends: watch
"""
ARCHIVE = """server {{
  listen 127.0.0.1:{port};
  location / {{ return 200 "here $request_uri"; }}
}}"""
NGINX = """include {file}; server {{
  listen 127.0.0.1:{port};
  location / {{ proxy_pass http://127.0.0.1:{archive}; }}
}}"""
HAPROXY = """\
defaults
    mode http
    timeout client 30s
    timeout connect 5s
    timeout server 30s
backend archive
    server archive 127.0.0.1:{archive}
frontend readers
    bind 127.0.0.1:{port}
    default_backend archive
{file}
"""


@dataclass(frozen=True, slots=True)
class Front:
    """A front server with exported budgets, and no gateway."""

    port: int

    def ask(self, target: str, host: str = HOST) -> Got:
        return ask(self.port, target, headers={"Host": host})

    def statuses(self, target: str, times: int) -> list[int]:
        return [self.ask(target).status for _ in range(times)]


def _policies(folder: Path) -> Path:
    said = copyfair(
        *("init", folder, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL)
    )
    assert said.status == 0, said.err
    for name, text in (("whole-site", COLLECTION), ("open-house", OPEN_HOUSE)):
        file = folder / "policies/collections" / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
    return folder


def _command(
    server: str, program: Path, folder: Path, *, port: int, archive: int
) -> list[str]:
    said = copyfair("export", server, "--budgets", "--config", folder)
    assert said.status == 0, said.err
    if server == "nginx":
        file = folder / "budgets.conf"
        file.write_text(said.out, encoding="utf-8")
        http = NGINX.format(file=file, port=port, archive=archive)
        return nginx_command(program, folder, name="front", http=http)
    file = folder / "haproxy.cfg"
    text = HAPROXY.format(port=port, archive=archive, file=said.out)
    file.write_text(text, encoding="utf-8")
    return [str(program), "-db", "-f", str(file)]


@pytest.fixture(params=["nginx", "haproxy"])
def front(
    request: pytest.FixtureRequest,
    require_program: Callable[[str], Path],
    tmp_path: Path,
) -> Generator[Front]:
    nginx, program = require_program("nginx"), require_program(request.param)
    folder = _policies(tmp_path / "set-up")
    archive, port = free_port(), free_port()
    http = ARCHIVE.format(port=archive)
    behind = nginx_command(nginx, folder, name="archive", http=http)
    command = _command(request.param, program, folder, port=port, archive=archive)
    with (
        running(behind, port=archive),
        running(command, port=port, target="/robots.txt"),
    ):
        yield Front(port)


def test_a_burst_of_searches_is_refused_once_its_budget_is_spent(front: Front) -> None:
    statuses = front.statuses("/search?q=1742", 8)

    assert statuses[:3] == [200] * 3
    assert statuses[5:] == [429] * 3


def test_a_readers_pages_and_assets_are_not_touched_by_it(front: Front) -> None:
    assert 429 in front.statuses("/search?q=1742", 8)

    assert set(front.statuses("/registers/1742", 20)) == {200}
    assert set(front.statuses("/static/logo.bin", 100)) == {200}
    assert set(front.statuses("/registers/style.css?v=3", 100)) == {200}


def test_pages_have_a_budget_too(front: Front) -> None:
    statuses = front.statuses("/registers/1742", 80)

    assert set(statuses[:50]) == {200}
    assert statuses[-1] == 429


def test_a_query_makes_a_page_dear_and_its_neighbour_stays_cheap(front: Front) -> None:
    assert front.statuses("/wiki/X?a=1&diff=2", 12)[-1] == 429
    assert set(front.statuses("/wiki/X?a=1&different=2", 12)) == {200}


def test_terms_and_robots_are_never_refused(front: Front) -> None:
    for target in ("/robots.txt", "/license.xml", "/.well-known/copyfair"):
        assert set(front.statuses(target, 100)) == {200}


def test_the_part_of_another_collection_has_a_bucket_of_its_own(front: Front) -> None:
    assert 429 in front.statuses("/registers/1742", 80)

    assert set(front.statuses("/open/page", 80)) == {200}
    assert front.ask("/registers/1742", host="other.example").status == 200


def test_a_refusal_of_haproxy_says_when_to_come_back(
    require_program: Callable[[str], Path], tmp_path: Path
) -> None:
    del require_program
    folder = _policies(tmp_path / "set-up")
    said = copyfair("export", "haproxy", "--budgets", "--config", folder)

    assert "hdr Retry-After 1200" in said.out
    assert "hdr Retry-After 60" in said.out


@pytest.mark.parametrize("server", ["nginx", "haproxy", "caddy"])
def test_what_is_left_out_stands_in_the_head_and_on_standard_error(
    server: str, tmp_path: Path
) -> None:
    folder = _policies(tmp_path / "set-up")
    said = copyfair("export", server, "--budgets", "--config", folder)

    head = [line for line in said.out.splitlines() if line.startswith("# Not expr")]
    assert len(head) >= 6
    assert "not expressed: Pressure: these budgets act at all times" in said.err
    assert any("open-house: it has no budget anonymous" in line for line in head)
    assert ("caddy-ratelimit" in said.out) is (server == "caddy")
    assert (said.out.count("\n") > 20) is (server != "caddy")


def test_caddy_takes_the_file_as_it_is(
    require_program: Callable[[str], Path], tmp_path: Path
) -> None:
    caddy = require_program("caddy")
    folder = _policies(tmp_path / "set-up")
    said = copyfair("export", "caddy", "--budgets", "--config", folder)
    file = tmp_path / "Caddyfile"
    file.write_text(said.out + ":8080 {\n\trespond here\n}\n", encoding="utf-8")

    adapted = subprocess.run(
        [caddy, "adapt", "--adapter", "caddyfile", "--config", str(file)],
        capture_output=True,
        check=False,
    )

    assert adapted.returncode == 0, adapted.stderr
