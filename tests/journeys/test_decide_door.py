"""The door where front servers ask: with one process or several, TCP or Unix socket."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.journeys.metered import set_up
from tests.journeys.running import Gateway, eventually, free_port
from tests.journeys.running import ask as ask_admin

pytestmark = pytest.mark.timeout(120)

QUESTION = (
    b"GET /decide/nginx HTTP/1.1\r\n"
    b"X-Original-URI: /page\r\n"
    b"X-Original-Method: GET\r\n"
    b"X-Original-Id: f00d\r\n"
    b"X-Original-Host: archive.example\r\n"
    b"X-Forwarded-For: 203.0.113.9\r\n"
    b"X-Forwarded-Proto: https\r\n"
    b"Host: copyfair_decide\r\n"
    b"Connection: close\r\n\r\n"
)
FIELDS = {
    "X-Original-URI": "/page",
    "X-Original-Method": "GET",
    "X-Original-Host": "archive.example",
}


def asked(where: str | int) -> int:
    """The status of one question; 0 where nobody answers."""
    family = socket.AF_INET if isinstance(where, int) else socket.AF_UNIX
    with socket.socket(family) as front:
        front.settimeout(30)
        try:
            front.connect(("127.0.0.1", where) if isinstance(where, int) else where)
            front.sendall(QUESTION)
            answer = front.recv(65_536)
        except OSError:
            return 0
    return int(answer.split(b" ")[1]) if answer else 0


def opened(folder: Path, *, workers: int, is_unix: bool) -> tuple[Gateway, str | int]:
    """A gateway with such a door, not started; and where the door is."""
    gateway = set_up(folder, "http://127.0.0.1:9")
    where: str | int = str(gateway.folder / "decide.sock") if is_unix else free_port()
    listen = "unix:decide.sock" if is_unix else f"127.0.0.1:{where}"
    with Path(gateway.config).open("a", encoding="utf-8") as config:
        config.write(f"forward_auth: {{listen: '{listen}', trusted: [127.0.0.1]}}\n")
        config.write(f"workers: {workers}\n")
    return gateway, where


@pytest.fixture(params=[(1, False), (1, True), (2, False), (2, True)])
def door(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Generator[tuple[Gateway, str | int]]:
    workers, is_unix = request.param
    gateway, where = opened(tmp_path, workers=workers, is_unix=is_unix)
    gateway.start()
    eventually(lambda: asked(where) != 0, within_s=60, what="the door")
    try:
        yield gateway, where
    finally:
        gateway.stop()


def test_a_front_server_is_answered_at_both_doors(
    door: tuple[Gateway, str | int],
) -> None:
    gateway, where = door

    assert [asked(where) for _ in range(3)] == [200, 200, 200]
    assert ask_admin(gateway.admin_port, "/decide/nginx", headers=FIELDS).status == 200
    if isinstance(where, str):
        assert Path(where).stat().st_mode & 0o777 == 0o660


def test_a_socket_that_a_killed_gateway_left_behind_is_taken_again(
    tmp_path: Path,
) -> None:
    gateway, where = opened(tmp_path, workers=1, is_unix=True)
    gateway.start()
    gateway.kill()
    assert Path(str(where)).exists()

    gateway.start()
    try:
        assert asked(where) == 200
    finally:
        gateway.stop()
    assert not Path(str(where)).exists()


def test_a_writer_that_is_killed_is_followed_by_one_that_answers(
    tmp_path: Path,
) -> None:
    gateway, where = opened(tmp_path, workers=2, is_unix=True)
    gateway.start()
    try:
        eventually(lambda: asked(where) == 200, within_s=60, what="the door")
        os.kill(writer_of(gateway), signal.SIGKILL)
        eventually(lambda: "writer.died" in gateway.log(), within_s=60, what="its end")
        eventually(lambda: asked(where) == 200, within_s=60, what="the door again")
    finally:
        gateway.stop()


def writer_of(gateway: Gateway) -> int:
    """The process id of the writer: a child of the parent, by its command."""
    assert gateway.process is not None
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            status = (folder / "status").read_text()
        except OSError:
            continue
        is_child = f"PPid:\t{gateway.process.pid}\n" in status
        if is_child and b"\0writer\0" in command:
            return int(folder.name)
    message = "there is no writer"
    raise AssertionError(message)
