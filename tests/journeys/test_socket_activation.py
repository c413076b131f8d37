"""A supervisor holds the sockets, as systemd does: a restart refuses nobody."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.crowd import answer_of
from tests.journeys.metered import house_of, invoiced_company
from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway, wait_for
from tests.journeys.test_decide_door import QUESTION as LAST_QUESTION
from tests.journeys.test_rolling_restart import visited
from tests.journeys.workers import say, set_up_with

QUESTION = LAST_QUESTION.replace(b"Connection: close\r\n", b"")

# Puts sockets where the protocol wants them, and becomes the gateway.
HANDS_OVER = """
import fcntl, os, sys
given, names, command = sys.argv[1].split(","), sys.argv[2], sys.argv[3:]
kept = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in given]
for place, fd in enumerate(kept, 3):
    os.dup2(fd, place)
told = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(kept))}
os.environ |= told | {"LISTEN_FDNAMES": names}
os.execv(command[0], command)
"""
# As systemd names sockets of a unit that gives no name, and of one that does.
UNNAMED, ALL_NAMES = "a.socket:a.socket", "decide:a.socket:a.socket"
NOWHERE = ("--listen", "192.0.2.1:80", "--admin-listen", "192.0.2.1:81")


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@contextmanager
def holding(gateway: Gateway) -> Generator[list[socket.socket]]:
    """The two sockets, listening for as long as the block lasts."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(listening(port))
            for port in (gateway.port, gateway.admin_port)
        ]


def listening(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=1_024)


def listening_at(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen(1_024)
    return made


def handing(
    gateway: Gateway, held: Sequence[socket.socket], names: str
) -> tuple[list[str], list[int]]:
    """The command that starts the gateway on sockets, and what to leave open.

    It is told no address that it could bind.
    """
    fds = [each.fileno() for each in held]
    numbers = ",".join(map(str, fds))
    serve = (COPYFAIR, "serve", "--config", gateway.config, *NOWHERE)
    return [sys.executable, "-c", HANDS_OVER, numbers, names, *serve], fds


def started(
    gateway: Gateway, held: Sequence[socket.socket], names: str = UNNAMED
) -> None:
    command, fds = handing(gateway, held, names)
    with (gateway.folder / "gateway.log").open("ab") as log:
        gateway.process = subprocess.Popen(
            command, pass_fds=fds, stdout=log, stderr=log, env=ENVIRONMENT
        )
    wait_for(gateway.admin_port, "/readyz", gateway.process)


def restarted(
    gateway: Gateway, held: Sequence[socket.socket], names: str = UNNAMED
) -> None:
    gateway.stop()
    assert gateway.process
    assert gateway.process.returncode == 0
    started(gateway, held, names)


def refused(gateway: Gateway, held: Sequence[socket.socket], names: str) -> str:
    """What the gateway says where it does not start."""
    command, fds = handing(gateway, held, names)
    done = subprocess.run(
        command,
        pass_fds=fds,
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    return " ".join(done.stderr.split())


@pytest.mark.timeout(300)
async def test_restarts_of_a_service_whose_sockets_are_held_fail_no_request(
    archive: int, tmp_path: Path
) -> None:
    gateway = set_up_with(tmp_path, archive, workers=1)
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
        said = refused(gateway, [one, other], UNNAMED)

    assert "no listening TCP socket" in said


@dataclass
class FrontServer:
    """Asks again and again on a connection that it keeps; tries nothing twice.

    Attributes:
        statuses: Of the answers; 0 where a connection ended without one.
    """

    at: str | int
    statuses: list[int] = field(default_factory=list)

    async def ask_until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            reader, writer = await self._connected()
            try:
                may_ask = True
                while may_ask and not over.is_set():
                    writer.write(QUESTION)
                    answer = await answer_of(reader)
                    self.statuses.append(answer.status)
                    kept = answer.fields.get("connection", "").lower()
                    may_ask = bool(answer.status) and kept != "close"
                    await asyncio.sleep(0.01)
            finally:
                writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.at, int):
            return await asyncio.open_connection("127.0.0.1", self.at)
        return await asyncio.open_unix_connection(self.at)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("workers", "is_unix"), [(1, True), (1, False), (2, True)])
async def test_readers_and_front_servers_are_answered_over_restarts_at_held_doors(
    archive: int, tmp_path: Path, *, workers: int, is_unix: bool
) -> None:
    gateway = set_up_with(tmp_path, archive, workers=workers)
    say(gateway, "forward_auth", "{trusted: [127.0.0.1]}")
    path, over = tmp_path / "decide.sock", asyncio.Event()
    with house_of(gateway) as house:
        company = invoiced_company(house)
    with holding(gateway) as held, listening_at(path) if is_unix else listening() as at:
        where = str(path) if is_unix else int(at.getsockname()[1])
        front = FrontServer(where)
        handed = [at, *held]
        try:
            await asyncio.to_thread(started, gateway, handed, ALL_NAMES)
            async with visited(gateway, company) as tally:
                asking = asyncio.create_task(front.ask_until(over))
                for _ in range(2):
                    await asyncio.sleep(0.2)  # some are always under way
                    await asyncio.to_thread(restarted, gateway, handed, ALL_NAMES)
                over.set()
                await asking
        finally:
            await asyncio.to_thread(gateway.stop)

    assert tally.failures == []
    assert tally.statuses[200] > 50
    assert set(front.statuses) == {200}
    assert len(front.statuses) > 20
    assert not is_unix or path.exists()  # it is the supervisor's


def test_a_door_that_nobody_may_use_is_named(archive: int, tmp_path: Path) -> None:
    gateway = set_up_with(tmp_path, archive, workers=1)
    with holding(gateway) as held, listening() as at:
        said = refused(gateway, [at, *held], ALL_NAMES)

    assert "forward_auth.trusted" in said
