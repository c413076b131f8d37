"""Real processes on loopback: a gateway of our own, and whatever stands behind."""

import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.journeys.environment import ENVIRONMENT
from tests.journeys.nursery import Forked, nursery

__all__ = ["ENVIRONMENT"]

COPYFAIR = str(Path(sys.executable).with_name("copyfair"))
READY_WITHIN_S = 60
END_WITHIN_S = 90
LOOK_AGAIN_S = 0.02


# Below what systems give to outgoing connections: any of those may take a port
# between our looking and the server's binding, and at load one did.
PORTS = range(10_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that no connection will have meanwhile."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(PORTS)
        if port in _given:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port


@dataclass(frozen=True, slots=True)
class Got:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    port: int,
    target: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Got:
    """One request on its own connection, with nothing added but Host."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    has_host = "Host" in (headers or {})
    try:
        connection.putrequest(
            method, target, skip_host=has_host, skip_accept_encoding=True
        )
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Got(answer.status, joined(answer.getheaders()), answer.read())
    finally:
        connection.close()


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields by name in lower case; what is repeated is one list (RFC 9110 §5.2)."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        before = fields.get(name.lower())
        fields[name.lower()] = value if before is None else f"{before}, {value}"
    return fields


def wait_for(port: int, target: str, process: subprocess.Popen[bytes] | Forked) -> None:
    """Wait until something answers there; fails when the process ends first."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode}"
        try:
            ask(port, target)
        except OSError:
            time.sleep(LOOK_AGAIN_S)
        else:
            return
    message = f"nothing answers on {port}{target}"
    raise AssertionError(message)


def is_open(port: int) -> bool:
    """Does anybody listen there?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(
    is_so: Callable[[], bool],
    *,
    within_s: float,
    what: str = "what was waited for",
    again_s: float = LOOK_AGAIN_S,
) -> float:
    """Look again and again until something is so; after how many seconds it was."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < within_s, f"{what}: not within {within_s} s"
        time.sleep(again_s)
    return time.monotonic() - began


@contextmanager
def running(
    command: Sequence[str], *, port: int, target: str = "/", **options: Any
) -> Generator[subprocess.Popen[bytes]]:
    """A process for the time of a test, ready when it answers on *port*."""
    process = subprocess.Popen(command, env=ENVIRONMENT, **options)
    try:
        wait_for(port, target, process)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=END_WITHIN_S)


def copyfair(*arguments: str) -> tuple[int, str, str]:
    """Run a command in a process of its own: status, output, complaints."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        status = nursery().start(arguments, out, err).wait(timeout=60)
        return status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


@dataclass(slots=True)
class Gateway:
    """A gateway of our own, run as a host would run it."""

    folder: Path
    port: int
    admin_port: int
    process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def config(self) -> str:
        return str(self.folder / "gateway.yaml")

    def start(self) -> None:
        log = self.folder / "gateway.log"
        arguments = [
            *("serve", "--config", self.config),
            *("--listen", f"127.0.0.1:{self.port}"),
            *("--admin-listen", f"127.0.0.1:{self.admin_port}"),
        ]
        self.process = nursery().start(arguments, log)
        wait_for(self.admin_port, "/readyz", self.process)
        # The admin listener answers a moment before readers are let in.
        eventually(lambda: is_open(self.port), within_s=READY_WITHIN_S, what="a door")

    def kill(self) -> None:
        """End it as a power cut would: no goodbye."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=END_WITHIN_S)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=END_WITHIN_S)

    def copyfair(self, *arguments: str) -> Any:
        """Run a command on this set-up with --json; its document."""
        status, out, err = copyfair(*arguments, "--config", self.config, "--json")
        assert status in {0, 1, 3}, err
        return json.loads(out)

    def ask(self, target: str, method: str = "GET", **options: Any) -> Got:
        return ask(self.port, target, method, **options)

    def log(self) -> str:
        return (self.folder / "gateway.log").read_text(encoding="utf-8")


@contextmanager
def gateway_before(
    upstream: str,
    folder: Path,
    *options: str,
    policies: Mapping[str, str] | None = None,
) -> Generator[Gateway]:
    """Set up and run a gateway in front of *upstream*.

    *options* go to `init`; *policies* are files to write beside its own.
    """
    port = free_port()
    gateway = Gateway(folder / "gateway", port, free_port())
    status, _, err = copyfair(
        *("init", str(gateway.folder), "--upstream", upstream),
        *("--public-url", f"http://127.0.0.1:{port}", *options),
    )
    assert status == 0, err
    for name, text in (policies or {}).items():
        (gateway.folder / "policies" / name).write_text(text, encoding="utf-8")
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
