"""A supervisor holds the sockets, as systemd does: a restart refuses nobody."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.metered import house_of, invoiced_company
from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway, wait_for
from tests.journeys.test_rolling_restart import visited
from tests.journeys.workers import set_up_with

# Puts two sockets where the protocol wants them, and becomes the gateway.
HANDS_OVER = """
import fcntl, os, sys
public, admin = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1:3])
os.dup2(public, 3)
os.dup2(admin, 4)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"}
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@contextmanager
def holding(gateway: Gateway) -> Generator[list[socket.socket]]:
    """The two sockets, listening for as long as the block lasts."""
    held = [
        socket.create_server(("127.0.0.1", port), backlog=1_024)
        for port in (gateway.port, gateway.admin_port)
    ]
    try:
        yield held
    finally:
        for each in held:
            each.close()


def started(gateway: Gateway, held: list[socket.socket]) -> None:
    """Start the gateway on the sockets; it is told no address that it could bind."""
    fds = [each.fileno() for each in held]
    with (gateway.folder / "gateway.log").open("ab") as log:
        gateway.process = subprocess.Popen(
            [
                *(sys.executable, "-c", HANDS_OVER, *map(str, fds)),
                *(COPYFAIR, "serve", "--config", gateway.config),
                *("--listen", "192.0.2.1:80", "--admin-listen", "192.0.2.1:81"),
            ],
            pass_fds=fds,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
        )
    wait_for(gateway.admin_port, "/readyz", gateway.process)


def restarted(gateway: Gateway, held: list[socket.socket]) -> None:
    gateway.stop()
    assert gateway.process
    assert gateway.process.returncode == 0
    started(gateway, held)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("workers", [1, 2])
async def test_restarts_of_a_service_whose_sockets_are_held_fail_no_request(
    archive: int, tmp_path: Path, workers: int
) -> None:
    gateway = set_up_with(tmp_path, archive, workers=workers)
    with house_of(gateway) as house:
        company = invoiced_company(house)
    with holding(gateway) as held:
        try:
            await asyncio.to_thread(started, gateway, held)
            async with visited(gateway, company) as tally:
                for _ in range(2):
                    await asyncio.sleep(0.2)  # some are always under way
                    await asyncio.to_thread(restarted, gateway, held)
        finally:
            await asyncio.to_thread(gateway.stop)

    assert tally.failures == []
    assert tally.statuses[200] > 50
    assert gateway.copyfair("audit")["ok"]


def test_what_is_no_listening_socket_is_named(archive: int, tmp_path: Path) -> None:
    gateway = set_up_with(tmp_path, archive, workers=1)
    with socket.socket() as one, socket.socket() as other:
        fds = [one.fileno(), other.fileno()]
        done = subprocess.run(
            [
                *(sys.executable, "-c", HANDS_OVER, *map(str, fds)),
                *(COPYFAIR, "serve", "--config", gateway.config),
            ],
            pass_fds=fds,
            capture_output=True,
            check=False,
            env=ENVIRONMENT,
            text=True,
            timeout=60,
        )

    assert done.returncode == 2
    assert "no listening TCP socket" in " ".join(done.stderr.split())
