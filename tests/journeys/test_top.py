"""copyfair top, on a gateway of several processes that somebody eats from."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
from collections.abc import Generator
from typing import Any

import jsonschema
import pytest

from tests.journeys.archive import archive_running
from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway, ask, eventually
from tests.journeys.workers import SOON_S, workers_before

CRAWLER = {"User-Agent": "Mozilla/5.0 (compatible; GPTBot/1.2)"}
READER = {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("top")
    with archive_running() as archive, workers_before(archive, folder) as gateway:
        for number in range(30):
            gateway.ask(f"/whole/64/scan-{number}", headers=CRAWLER)
        gateway.ask("/whole/64/page", headers=READER)
        yield gateway


def top(gateway: Gateway, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(COPYFAIR, "top", "--config", gateway.config),
            *("--admin-listen", f"127.0.0.1:{gateway.admin_port}", *options),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        timeout=60,
    )


def told(gateway: Gateway) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(top(gateway, "--json").stdout)
    return found


def test_all_workers_are_shown_as_one(gateway: Gateway) -> None:
    def all_heard() -> bool:
        kinds = {each["kind"] for each in told(gateway)["clients"]}
        return {"ai-crawler", "browser"} <= kinds

    eventually(all_heard, within_s=SOON_S, what="crawler and reader on the screen")

    rows = {each["kind"]: each for each in told(gateway)["clients"]}
    described = json.loads(ask(gateway.admin_port, "/api/v1/openapi.json").body)
    path = described["paths"]["/api/v1/top"]["get"]["responses"]["200"]
    schema = path["content"]["application/json"]["schema"]
    jsonschema.validate(told(gateway), schema)
    crawler, reader = rows["ai-crawler"], rows["browser"]
    assert crawler["operator"] == "openai"
    assert crawler["requests_per_s"] > 10 * reader["requests_per_s"]
    # It was shown our offer; the archive heard nothing of it.
    assert (crawler["cost_per_s"], reader["refused_per_s"]) == (0, 0)


def test_a_pipe_gets_one_screen_without_colours(gateway: Gateway) -> None:
    done = top(gateway)

    assert done.returncode == 0
    assert "openai (ai-crawler)" in done.stdout
    assert "127.0.0.0/24" in done.stdout
    assert "/whole/*/*" in done.stdout
    assert "127.0.0.1" not in done.stdout
    assert "\x1b" not in done.stdout


def test_a_gateway_that_is_down_is_said_to_be(gateway: Gateway) -> None:
    done = subprocess.run(
        [COPYFAIR, "top", "--config", gateway.config, "--admin-listen", "127.0.0.1:9"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        timeout=60,
    )

    assert done.returncode == 69
    assert done.stdout == ""
    assert "no gateway answers at 127.0.0.1:9" in done.stderr
    assert "say where: --admin-listen HOST:PORT" in done.stderr


def test_a_terminal_is_renewed_until_ctrl_c(gateway: Gateway) -> None:
    ours, theirs = pty.openpty()
    command = [COPYFAIR, "top", "--config", gateway.config]
    command += ["--admin-listen", f"127.0.0.1:{gateway.admin_port}"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=ENVIRONMENT
    ) as process:
        shown = b""
        while shown.count(b"requests/s \xc2\xb7") < 2:
            assert select.select([ours], [], [], SOON_S)[0], "no second screen"
            shown += os.read(ours, 65_536)
        process.send_signal(signal.SIGINT)
        # A terminal that nobody reads would make it wait for ever.
        while process.poll() is None:
            if select.select([ours], [], [], 0.1)[0]:
                os.read(ours, 65_536)
    os.close(theirs)
    os.close(ours)

    assert process.returncode == 0
