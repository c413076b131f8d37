"""gateway.settings.handed_over: what a supervisor says about the sockets it opened."""

from __future__ import annotations

import pytest

from gateway.settings.handed_over import handed_over

OURS = 4_711


def told(
    monkeypatch: pytest.MonkeyPatch, fds: str, names: str = "", pid: str = str(OURS)
) -> None:
    monkeypatch.setenv("LISTEN_PID", pid)
    monkeypatch.setenv("LISTEN_FDS", fds)
    monkeypatch.setenv("LISTEN_FDNAMES", names)


@pytest.mark.parametrize(
    ("fds", "names", "found"),
    [
        ("1", "", {"public": 3}),
        ("1", "copyfair@library.socket", {"public": 3}),
        ("2", "", {"public": 3, "admin": 4}),
        ("2", "copyfair.socket:copyfair.socket", {"public": 3, "admin": 4}),
        ("2", "admin:public", {"public": 4, "admin": 3}),
        ("1", "admin", {"admin": 3}),
        ("2", "decide:admin", {"admin": 4, "decide": 3}),
        ("3", "decide:a.socket:a.socket", {"public": 4, "admin": 5, "decide": 3}),
        ("3", "a.socket:a.socket:decide", {"public": 3, "admin": 4, "decide": 5}),
        ("3", "admin:decide:public", {"public": 5, "admin": 3, "decide": 4}),
        ("3", "", {"public": 3, "admin": 4}),
        ("2", "decide", {"public": 3, "admin": 4}),
        ("0", "", {}),
        ("many", "", {}),
    ],
)
def test_sockets_go_by_their_names_or_by_their_order(
    monkeypatch: pytest.MonkeyPatch, fds: str, names: str, found: dict[str, int]
) -> None:
    told(monkeypatch, fds, names)

    assert handed_over(OURS) == found


def test_what_was_meant_for_another_process_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, "2", pid="1")

    assert handed_over(OURS) == {}


def test_what_was_said_means_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "2")

    handed_over(OURS)

    assert handed_over(OURS) == {}


def test_usually_nothing_is_handed_over() -> None:
    assert handed_over(OURS) == {}
