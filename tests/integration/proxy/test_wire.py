"""However bytes come in, requests are the same: split, pipelined, announced."""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.kernel.errors import Misconfigured
from gateway.proxy.doors import Door, Threshold
from gateway.proxy.tls import Certificate
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import (
    gateway,
    request_bytes,
    status_of,
    until,
)
from tests.integration.proxy.ways import (
    client_side,
    here,
    opened,
    server_side,
    write_certificate,
)

GET = b"GET /%d HTTP/1.1\r\nHost: archive.example\r\n\r\n"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: archive.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n3;x=y\r\n, w\r\n0\r\nX-T: 1\r\n\r\n"
)
COUNTED = b"PUT /l HTTP/1.1\r\nHost: archive.example\r\nContent-Length: 4\r\n\r\nbody"
TALK = GET % 1 + GET % 1 + CHUNKED + COUNTED + b"\r\n" + request_bytes("/last")
HEARD = [b"", b"", b"hello, w", b"body", b""]


async def test_a_talk_may_be_cut_anywhere() -> None:
    step = 7 if here.is_tls else 1
    cuts = range(1, len(TALK), step)
    async with raw_origin() as origin, gateway(origin.url) as standing:
        for cut in cuts:
            reader, writer = await opened(standing.port)
            writer.write(TALK[:cut])
            await asyncio.sleep(0.001)
            writer.write(TALK[cut:])
            answers = await reader.read()
            writer.close()
            assert answers.count(b"HTTP/1.1 200 OK") == len(HEARD)

    assert origin.bodies == HEARD * len(cuts)


async def test_a_talk_may_come_byte_by_byte() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        for place in range(len(TALK)):
            writer.write(TALK[place : place + 1])
            await writer.drain()
            await asyncio.sleep(0)
        answers = await reader.read()
        writer.close()

    assert answers.count(b"HTTP/1.1 200 OK") == len(HEARD)
    assert origin.bodies == HEARD


async def test_six_thousand_and_one_pipelined_requests_are_answered_in_order() -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        path = head.split(b" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(path))
        writer.write(path)
        return True

    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(b"".join(GET % number for number in range(6_000)))
        writer.write(request_bytes("/6000"))
        async with asyncio.timeout(60):
            answers = await reader.read()
        writer.close()

    bodies = [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 ")]
    assert bodies[1:] == [b"/%d" % number for number in range(6_001)]


@pytest.mark.parametrize("says", [b"", b"Connection: keep-alive\r\n"])
async def test_an_old_client_is_kept_if_it_asks(says: bytes) -> None:
    request = b"GET / HTTP/1.0\r\nHost: archive.example\r\n" + says + b"\r\n"
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request)
        first = await reader.readuntil(b"hello")
        writer.write(request)
        second = await reader.readuntil(b"hello") if says else await reader.read()
        writer.close()

    kept = b"\r\nConnection: keep-alive\r\n" if says else b"\r\nConnection: close\r\n"
    assert kept in first
    assert (status_of(second) == 200) is bool(says)


async def test_an_early_answer_reaches_a_client_that_is_still_sending() -> None:
    body = b"x" * 3_000_000
    request = request_bytes(
        "/license.xml", f"Content-Length: {len(body)}", method="POST"
    )
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request + body[:100_000])
        answer = await reader.readuntil(b"<rsl/>")
        writer.close()

    assert status_of(answer) == 200
    assert b"\r\nConnection: close\r\n" in answer
    assert not origin.heads


V1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n"


@pytest.mark.plain_only
@pytest.mark.parametrize(
    ("trusted", "before", "seen"),
    [
        ("127.0.0.0/8", V1, ["192.0.2.7"]),
        ("127.0.0.0/8", b"PROXY UNKNOWN\r\n", ["127.0.0.1"]),
        ("127.0.0.0/8", b"", []),
        ("192.0.2.0/24", V1, []),
    ],
)
async def test_a_front_server_announces_its_client_and_nobody_else_may(
    trusted: str, before: bytes, seen: list[str]
) -> None:
    networks = [ip_network(trusted)]
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    async with raw_origin() as origin, gateway(origin.url) as standing:
        threshold = Threshold(server_side(), is_announced=True, trusted=networks)
        door = Door(standing.server, listening, threshold)
        await door.open()
        answer = await asyncio.to_thread(announced, port, before, client_side())
        await door.close()

    addresses = [
        value
        for number in range(len(origin.heads))
        for value in origin.field("x-forwarded-for", number)
    ]
    assert addresses == seen
    assert (status_of(answer) == 200) is bool(seen)


def announced(port: int, before: bytes, tls: ssl.SSLContext | None) -> bytes:
    """Say who comes, byte by byte, then ask; gives what came back."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for place in range(len(before)):
                plain.sendall(before[place : place + 1])
            wire = tls.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
            wire.sendall(request_bytes())
            while more := wire.recv(65_536):
                answer += more
        except OSError:
            return answer
    return answer


async def test_a_door_that_closes_serves_whom_it_let_in() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        kept = [await opened(standing.port) for _ in range(5)]
        await until(lambda: standing.server.open_connections == 5)
        draining = asyncio.create_task(standing.server.drain(8))
        await asyncio.sleep(0)
        for _, writer in kept:
            writer.write(GET % 1)
        answers = [await reader.read() for reader, _ in kept]
        await draining
        for _, writer in kept:
            writer.close()

    assert all(b"\r\nConnection: close\r\n" in answer for answer in answers)
    assert {status_of(answer) for answer in answers} == {200}


def test_a_certificate_is_renewed_whole_or_not_at_all(tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    live = Certificate(chain, key)
    first = presented(live)
    write_certificate(tmp_path)
    live.renew()
    second = presented(live)
    chain.write_text("nonsense")
    with pytest.raises(Misconfigured, match="cannot be used together"):
        live.renew()
    third = presented(live)
    other = tmp_path / "other"
    other.mkdir()
    chain.write_bytes(write_certificate(other)[0].read_bytes())
    with pytest.raises(Misconfigured, match="cannot be used together"):
        live.renew()

    assert first != second == third == presented(live)


def presented(certificate: Certificate) -> bytes | None:
    """What a client is shown, without a network."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = context.wrap_bio(to_client, to_server)
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert(binary_form=True)


async def test_a_renewed_certificate_is_shown_to_new_connections(
    tmp_path: Path,
) -> None:
    live = Certificate(*write_certificate(tmp_path))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE

    async with raw_origin() as origin, gateway(origin.url) as standing:
        door = Door(standing.server, listening, Threshold(live.context))
        await door.open()
        reader, old = await asyncio.open_connection("127.0.0.1", port, ssl=anyone)
        write_certificate(tmp_path)
        live.renew()
        _, new = await asyncio.open_connection("127.0.0.1", port, ssl=anyone)
        shown = [
            writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            for writer in (old, new)
        ]
        old.write(request_bytes())
        answer = await reader.read()
        for writer in (old, new):
            writer.close()
        await door.close()

    assert shown[0] != shown[1]
    assert status_of(answer) == 200
