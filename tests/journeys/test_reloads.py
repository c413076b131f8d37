"""Policies reloaded again and again at load, some of them faulty: nobody notices."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from tests.figures import publish, so_many
from tests.journeys.archive import archive_running, body_of
from tests.journeys.running import Gateway, ask, eventually, gateway_before
from tests.journeys.steady_readers import READERS, steady_readers

RELOADS, RELOADS_SOAK = 30, 1_000
ONE_FAULTY_IN = 10
BREATH_S = 0.02
IN_FORCE_WITHIN_S = 60
LONG_BYTES = 8 * 1024 * 1024
READER = {"User-Agent": "Lynx/2.9"}
SEALED_PAGE = "/whole/64/sealed"
SEALED = """\
collection: sealed
title: {{en: Sealed records}}
steward: Parish Archive
contact: licences@archive.example
upstream: archive
match: {{paths: ["/whole/64/sealed"]}}
licence: LicenseRef-unstated
rights: own
basis: service
sensitivity: open
rules:
  - id: sealed
    then: {then}
    because: Sealed by decision {number}.
"""
SOCKETS = """\
collection: sockets
title: {en: Live changes}
steward: Parish Archive
contact: licences@archive.example
upstream: sockets
match: {hosts: [sockets.example]}
licence: LicenseRef-unstated
rights: own
basis: service
sensitivity: open
extends: copyfair
"""


def echo(live: ServerConnection) -> None:
    for message in live:
        live.send(message)


@contextmanager
def echoing() -> Generator[int]:
    """A WebSocket server; its port."""
    with serve(echo, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join(30)


@dataclass(frozen=True, slots=True)
class Standing:
    """A gateway in front of an archive, and of a server for WebSockets."""

    gateway: Gateway
    archive: int

    def told(self, target: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(ask(self.gateway.admin_port, target).body)
        return document

    @property
    def version(self) -> str:
        return str(self.told("/healthz")["policy_version"])


@pytest.fixture
def standing(tmp_path: Path) -> Generator[Standing]:
    with archive_running() as archive, echoing() as sockets:
        url = f"http://127.0.0.1:{archive}"
        with gateway_before(url, tmp_path, "--licence", "offer") as gateway:
            gateway.stop()
            config = Path(gateway.config)
            text = config.read_text(encoding="utf-8")
            more = f"  archive: {url}\n  sockets: http://127.0.0.1:{sockets}\n"
            assert f"  archive: {url}\n" in text
            config.write_text(text.replace(f"  archive: {url}\n", more), "utf-8")
            collections = gateway.folder / "policies" / "collections"
            (collections / "sockets.yaml").write_text(SOCKETS, encoding="utf-8")
            gateway.start()
            yield Standing(gateway, archive)


@dataclass
class Download:
    """A long one, which comes in drops until the archive's gate opens."""

    port: int
    body: bytes = b""
    began: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("GET", f"/dripping/{LONG_BYTES}/long", headers=READER)
        answer = connection.getresponse()
        self.body = answer.read(1024)
        self.began.set()
        self.body += answer.read()
        connection.close()


@contextmanager
def downloading(standing: Standing) -> Generator[Download]:
    """A download that lasts as long as the block; whole behind it."""
    download = Download(standing.gateway.port)
    thread = threading.Thread(target=download.read)
    thread.start()
    try:
        assert download.began.wait(30)
        yield download
    finally:
        ask(standing.archive, "/gate/open")
        thread.join(120)


def reload(standing: Standing, number: int) -> bool:
    """Write policies and have them read; whether they were good.

    Raises:
        AssertionError: good ones are not in force, or faulty ones are.
    """
    gateway, before = standing.gateway, standing.version
    assert gateway.process is not None
    is_good = number % ONE_FAULTY_IN != ONE_FAULTY_IN - 1
    then = "deny" if is_good else "dney"
    file = gateway.folder / "policies" / "collections" / "sealed.yaml"
    file.write_text(SEALED.format(number=number, then=then), encoding="utf-8")
    gateway.process.send_signal(signal.SIGHUP)

    def is_noticed() -> bool:
        if is_good:
            return standing.version != before
        return bool(standing.told("/readyz")["policy_faults"])

    eventually(is_noticed, within_s=IN_FORCE_WITHIN_S, what=f"reload {number}")
    in_force = number if is_good else number - 1
    refused = gateway.ask(SEALED_PAGE, headers=READER)
    assert refused.status == 403
    assert f"Sealed by decision {in_force}.".encode() in refused.body
    assert is_good or standing.version == before
    return is_good


def reloaded_at_load(standing: Standing, number: int) -> dict[str, Any]:
    """Reload so many times while everybody goes on; figures."""
    outcomes = Counter[bool]()
    port = standing.gateway.port
    with (
        steady_readers(port, breath_s=BREATH_S) as fared,
        downloading(standing) as download,
        socket.create_connection(("127.0.0.1", port)) as wire,
        connect("ws://sockets.example/live", sock=wire, proxy=None) as live,
    ):
        for each in so_many(number):
            outcomes[reload(standing, each)] += 1
            live.send(f"after {each}")
            assert live.recv(timeout=60) == f"after {each}"
    assert download.body == body_of(LONG_BYTES)
    return {"good": outcomes[True], "faulty": outcomes[False], "readers": fared}


def test_nobody_notices_reloads(standing: Standing) -> None:
    figures = reloaded_at_load(standing, RELOADS)

    print(figures)  # noqa: T201 the counts are part of the proof
    assert figures["faulty"] == RELOADS // ONE_FAULTY_IN
    assert figures["readers"]["failed"] == []
    assert figures["readers"]["answered"] > READERS


@pytest.mark.soak
@pytest.mark.serial
def test_nobody_notices_a_thousand_reloads(standing: Standing) -> None:
    figures = reloaded_at_load(standing, RELOADS_SOAK)

    publish("reloads", figures)
    total = figures["good"] + figures["faulty"]
    assert figures["faulty"] == total // ONE_FAULTY_IN
    assert figures["readers"]["failed"] == []
