"""The archive, the client, files and ports fail: who notices, and who does not.

What is promised stands in docs/explanation/outages.md; each line names its test.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

from gateway.metering.usage_event import Ending
from tests.journeys.archive import archive_running, body_of
from tests.journeys.crowd import request_bytes
from tests.journeys.metered import (
    Taker,
    house_of,
    invoiced_company,
    metering_before,
    set_up,
    settled,
    wait_until,
)
from tests.journeys.running import (
    COPYFAIR,
    ENVIRONMENT,
    Gateway,
    ask,
    free_port,
    wait_for,
)
from tests.journeys.trouble import refusal_to_start

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def gateway(
    archive: int, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("around")
    with metering_before(f"http://127.0.0.1:{archive}", folder) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def company(gateway: Gateway) -> Taker:
    with house_of(gateway) as house:
        return invoiced_company(house)


def test_an_archive_that_is_down_is_a_502_for_everybody_and_bills_nobody(
    tmp_path: Path,
) -> None:
    port = free_port()
    with metering_before(f"http://127.0.0.1:{port}", tmp_path) as gateway:
        with house_of(gateway) as house:
            company = invoiced_company(house)
        down = [
            gateway.ask("/plain/9/a", headers=headers)
            for headers in ({}, company.headers)
        ]
        ready = ask(gateway.admin_port, "/readyz")
        with archive_running(port):
            up = gateway.ask("/plain/9/a", headers=company.headers).status
        ledger = settled(gateway)

    assert [each.status for each in down] == [502, 502]
    assert all(each.headers["retry-after"] == "10" for each in down)
    assert all(str(port).encode() not in each.body for each in down)
    assert ready.status == 503
    assert up == 200
    assert len(ledger.intents) == 1


def test_a_slow_archive_holds_up_only_who_asked_it(
    archive: int, gateway: Gateway, company: Taker
) -> None:
    ask(archive, "/gate/shut")
    with ThreadPoolExecutor(20) as pool:
        waiting = [
            pool.submit(gateway.ask, f"/late/9/{number}", headers=company.headers)
            for number in range(20)
        ]
        others = [gateway.ask("/plain/9/a").status for _ in range(5)]
        unfinished = [each for each in waiting if not each.done()]
        ask(archive, "/gate/open")
        statuses = {each.result().status for each in waiting}

    assert others == [200] * 5
    assert len(unfinished) == 20
    assert statuses == {200}


def test_half_of_what_was_announced_is_visibly_cut_and_billed_nothing(
    gateway: Gateway, company: Taker
) -> None:
    before = set(settled(gateway).intents)
    with pytest.raises(IncompleteRead):
        gateway.ask("/short/400000/a", headers=company.headers)

    ledger = settled(gateway)
    (request_id,) = set(ledger.intents) - before
    event = ledger.of(request_id)
    assert event.ending is Ending.CUT
    assert (event.billable_bytes, event.billable_requests) == (0, 0)


def test_more_than_was_announced_goes_nowhere(gateway: Gateway, company: Taker) -> None:
    answer = gateway.ask("/long/1000/a", headers=company.headers)

    # As the bytes happen to arrive, the answer is malformed, or ends in time.
    events = settled(gateway).events
    billed = [each.body_bytes for each in events if each.path == "/long/1000/a"]
    is_whole = answer.status == 200 and answer.body == body_of(1_000)
    assert is_whole or answer.status == 502
    assert billed == ([1_000] if is_whole else [])


def test_no_answer_at_all_is_a_502_and_no_event(
    gateway: Gateway, company: Taker
) -> None:
    before = settled(gateway)

    answer = gateway.ask("/hung/9/a", headers=company.headers)

    assert answer.status == 502
    assert settled(gateway).intents == before.intents


def test_a_client_that_hangs_up_pays_no_byte_that_did_not_leave(
    gateway: Gateway, company: Taker
) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        client.connect(("127.0.0.1", gateway.port))
        target = f"/plain/{30 * MEBIBYTE}/film"
        client.sendall(request_bytes(target, gateway.port, company.headers))
        head, body = head_of(client)
        read_bytes = len(body)
        while read_bytes < MEBIBYTE:
            read_bytes += len(client.recv(8_192))
        arrived_bytes = arrived(client) - len(head)

    event = settled(gateway).of(request_id_in(head))
    assert event.ending is Ending.ABORTED
    assert read_bytes - 16_384 <= event.body_bytes
    assert event.billable_bytes == event.body_bytes <= arrived_bytes + 2 * 16_384


def head_of(client: socket.socket) -> tuple[bytes, bytes]:
    """The head with its blank line, and what of the body came with it."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += client.recv(1_024)
    size = got.index(b"\r\n\r\n") + 4
    return got[:size], got[size:]


def request_id_in(head: bytes) -> str:
    lines = head.decode("latin-1").lower().split("\r\n")
    (found,) = [line for line in lines if line.startswith("request-id:")]
    return found.partition(":")[2].strip()


def arrived(client: socket.socket) -> int:
    """What this side's system has taken in, read or not.

    `tcpi_bytes_received`, the second counter behind the pacing rates (Linux 4.1).
    """
    told = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    received: int = struct.unpack_from("=Q", told, 128)[0]
    return received


def test_broken_policies_change_nothing_and_are_told(gateway: Gateway) -> None:
    collection = gateway.folder / "policies" / "collections" / "whole-site.yaml"
    before, text = policies(gateway), collection.read_text(encoding="utf-8")
    collection.write_text("collection: [", encoding="utf-8")
    wait_until(lambda: bool(faults(gateway)), what="the fault is told")

    reading = gateway.ask("/plain/9/a").status
    during, told = policies(gateway), faults(gateway)
    collection.write_text(f"{text}\n# mended\n", encoding="utf-8")
    wait_until(lambda: not faults(gateway), what="the fault is gone")

    assert reading == 200
    assert during == before
    assert "collections/whole-site.yaml:2:1" in told[0]
    assert policies(gateway) != before
    assert "policy.faulty" in gateway.log()


def test_policies_that_are_gone_for_a_while_change_nothing(gateway: Gateway) -> None:
    folder = gateway.folder / "policies"
    before = policies(gateway)
    away = folder.rename(folder.with_name("elsewhere"))
    wait_until(lambda: bool(faults(gateway)), what="the fault is told")
    reading, during = gateway.ask("/plain/9/a").status, policies(gateway)
    shutil.copytree(away, folder)  # as a roll-out does: the same name, a new folder
    wait_until(lambda: not faults(gateway), what="the fault is gone")

    assert reading == 200
    assert during == before


def test_keys_that_go_missing_do_not_stop_a_running_gateway(
    gateway: Gateway, company: Taker
) -> None:
    folder = gateway.folder / "keys"
    away = folder.rename(folder.with_name("keys-elsewhere"))
    try:
        wait_until(lambda: "keys.faulty" in gateway.log(), what="the fault is told")
        statuses = [
            gateway.ask("/plain/9/a", headers=headers).status
            for headers in ({}, company.headers)
        ]
    finally:
        away.rename(folder)

    assert statuses == [200, 200]


def policies(gateway: Gateway) -> str:
    health = ask(gateway.admin_port, "/healthz")
    version: str = json.loads(health.body)["policy_version"]
    return version


def faults(gateway: Gateway) -> list[str]:
    ready = ask(gateway.admin_port, "/readyz")
    found: list[str] = json.loads(ready.body)["policy_faults"]
    return found


@pytest.fixture
def unstarted(archive: int, tmp_path: Path) -> Gateway:
    return set_up(tmp_path, f"http://127.0.0.1:{archive}")


def test_broken_policies_at_the_start_are_told_with_file_and_line(
    unstarted: Gateway,
) -> None:
    collection = unstarted.folder / "policies" / "collections" / "whole-site.yaml"
    collection.write_text("colection: whole-site\n", encoding="utf-8")

    status, said = refusal_to_start(unstarted)

    assert status == 2
    assert "whole-site.yaml:1:1" in said


@pytest.mark.parametrize("name", ["pepper", "signing-*.pem"])
def test_a_missing_key_file_at_the_start_is_named(
    unstarted: Gateway, name: str
) -> None:
    (found,) = (unstarted.folder / "keys").glob(name)
    found.unlink()

    status, said = refusal_to_start(unstarted)

    assert status == 2
    assert "`copyfair init` makes" in said
    assert str(unstarted.folder / "keys") in said


@pytest.mark.parametrize("which", ["port", "admin_port"])
def test_a_port_that_is_taken_is_named_and_nothing_is_served(
    unstarted: Gateway, which: str
) -> None:
    taken: int = getattr(unstarted, which)
    with socket.create_server(("127.0.0.1", taken)):
        status, said = refusal_to_start(unstarted)
    other = unstarted.port + unstarted.admin_port - taken

    assert status == 69
    assert f"127.0.0.1:{taken} is taken" in said
    with pytest.raises(ConnectionRefusedError):
        HTTPConnection("127.0.0.1", other).connect()


def test_a_log_that_nobody_reads_holds_up_nobody(unstarted: Gateway) -> None:
    reader, writer = os.pipe()
    try:
        unstarted.process = subprocess.Popen(
            [
                *(COPYFAIR, "serve", "--config", unstarted.config),
                *("--listen", f"127.0.0.1:{unstarted.port}"),
                *("--admin-listen", f"127.0.0.1:{unstarted.admin_port}"),
            ],
            stderr=writer,
            env=ENVIRONMENT,
        )
        wait_for(unstarted.admin_port, "/readyz", unstarted.process)
        # A pipe holds 64 KiB; these lines are three times that.
        statuses = {unstarted.ask(f"/plain/9/{n}").status for n in range(500)}
    finally:
        unstarted.stop()
        os.close(reader)
        os.close(writer)

    assert statuses == {200}
