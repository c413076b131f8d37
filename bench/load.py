"""Load on loopback, bounded in connections, requests and time.

`wrk` where it is found, because it costs so little itself; otherwise, and for large
bodies or exact counts, blocking sockets of our own in a few threads. Answers that
are not 200, or are cut short, void the round: a fast refusal is no speed.
"""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Self

from bench.processes import NotMeasured, on_core, program

LOAD_CORE = 1
TIMEOUT_S = 60
READ_BYTES = 1 << 18
HEAD_BYTES_MAX = 1 << 14
HEAD_END = b"\r\n\r\n"
OWN_REQUESTS_PER_S = 1_000
WRK_REQUESTS = re.compile(r"^\s*(\d+) requests in ", re.MULTILINE)
WRK_FAULTS = re.compile(r"^\s*(Non-2xx|Socket errors).*$", re.MULTILINE)
WRK_SECONDS = re.compile(r" requests in ([\d.]+)(us|ms|s|m)", re.MULTILINE)
WRK_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
VARYING = Path(__file__).with_name("varying.lua")
IN_ORDER = Path(__file__).with_name("in_order.lua")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Shape(Enum):
    """How one request follows another."""

    REPEATED = "the same head on kept-alive connections"
    VARYING = "another user agent, referer and query each time"
    IN_ORDER = "the same head, its fields in the order they are given"
    FRESH = "a new connection each time"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was answered.

    Attributes:
        requests: Answers with status 200, read to their end.
        seconds: Wall-clock time from the first to the last.
    """

    requests: int
    seconds: float

    @property
    def per_s(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked, and how hard.

    Attributes:
        target: Path to ask for.
        headers: Sent with each request, besides Host.
        connections: Kept alive, all at once.
        seconds: How long; whole seconds, because wrk knows no others.
        requests: How many instead; 0 leaves it to *seconds*.
        shape: How one request follows another.
    """

    target: str
    headers: Mapping[str, str] = field(default_factory=lambda: {"User-Agent": BROWSER})
    connections: int = 32
    seconds: int = 2
    requests: int = 0
    shape: Shape = Shape.REPEATED

    @property
    def generator(self) -> str:
        """Which program makes this load here."""
        return "own" if self.requests or program("wrk") is None else "wrk"


def send(load: Load, port: int) -> Sent:
    """Send the load; what was answered.

    Raises:
        NotMeasured: an answer was not 200, or a connection broke.
    """
    answered = _wrk(load, port) if load.generator == "wrk" else _own(load, port)
    if answered.requests < 1:
        raise NotMeasured("nothing was answered")
    return answered


def _wrk(load: Load, port: int) -> Sent:
    fields = dict(load.headers)
    if load.shape is Shape.FRESH:
        fields["Connection"] = "close"
    told = [word for pair in fields.items() for word in ("-H", ": ".join(pair))]
    if load.shape is Shape.VARYING:
        told += ["-s", str(VARYING)]
    elif load.shape is Shape.IN_ORDER:
        told += ["-s", str(IN_ORDER)]
    command = [
        *(program("wrk") or "wrk", "-t1", f"-c{load.connections}"),
        *(f"-d{load.seconds}s", "--timeout", f"{TIMEOUT_S}s", *told),
        f"http://127.0.0.1:{port}{load.target}",
    ]
    if load.shape is Shape.IN_ORDER:
        told_once = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        command += ["--", told_once]
    done = subprocess.run(
        on_core(LOAD_CORE, command),
        capture_output=True,
        text=True,
        timeout=load.seconds + TIMEOUT_S,
        check=False,
    )
    fault = WRK_FAULTS.search(done.stdout)
    counted = WRK_REQUESTS.search(done.stdout)
    took = WRK_SECONDS.search(done.stdout)
    if fault or counted is None or took is None:
        raise NotMeasured(fault[0].strip() if fault else "wrk counted nothing")
    return Sent(int(counted[1]), float(took[1]) * WRK_UNITS_S[took[2]])


def _own(load: Load, port: int) -> Sent:
    """Exactly `requests` requests (or so many per second asked for), split evenly."""
    wanted = load.requests or load.seconds * OWN_REQUESTS_PER_S
    shares = [
        range(first, wanted, load.connections) for first in range(load.connections)
    ]
    faults: list[Exception] = []

    def work(share: range) -> None:
        try:
            _ask_all(load, port, share)
        except (OSError, NotMeasured) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=[share]) for share in shares if share]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise NotMeasured(str(faults[0]))
    return Sent(wanted, time.monotonic() - began)


def _ask_all(load: Load, port: int, numbers: range) -> None:
    if load.shape is Shape.FRESH:
        closing = replace(load, headers={**load.headers, "Connection": "close"})
        for _ in numbers:
            with Connection(port) as connection:
                connection.get(closing)
        return
    with Connection(port) as connection:
        for number in numbers:
            is_varying = load.shape is Shape.VARYING
            connection.get(varied(load, number) if is_varying else load)


def varied(load: Load, number: int) -> Load:
    """The load as somebody else would ask; `varying.lua` does the same."""
    agent = BROWSER.replace("140.0", f"{number % 97}.{number % 1009}")
    referer = f"https://example.org/pages/{number % 9973}"
    headers = {**load.headers, "User-Agent": agent, "Referer": referer}
    return replace(load, target=f"{load.target}?page={number}", headers=headers)


class Connection:
    """One kept-alive connection, read into one buffer."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        """Connect, from any address of the loopback network."""
        self._socket = socket.create_connection(
            ("127.0.0.1", port), TIMEOUT_S, (source, 0)
        )
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(READ_BYTES))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._socket.close()

    def get(self, load: Load) -> int:
        """Ask once and read the whole answer; its body's length in bytes.

        Raises:
            NotMeasured: it is not 200, has no length, or is cut short.
        """
        self.ask(load)
        left = body_bytes = self.head()
        while left:
            left -= self.read(left)
        return body_bytes

    def ask(self, load: Load) -> None:
        """Send a request, and read nothing yet."""
        told = "".join(f"{name}: {value}\r\n" for name, value in load.headers.items())
        head = f"GET {load.target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n"
        self._socket.sendall(head.encode())

    def head(self) -> int:
        """Read the answer's head and no byte of its body; how long the body is."""
        head = b""
        while not head.endswith(HEAD_END):
            seen = self._socket.recv(HEAD_BYTES_MAX, socket.MSG_PEEK)
            if not seen:
                raise NotMeasured("an answer broke off in its head")
            # The end may lie across two reads: look for it in what there is so far.
            end = (head + seen).find(HEAD_END)
            taken = len(seen) if end < 0 else end + len(HEAD_END) - len(head)
            head += self._socket.recv(taken)
        status, _, fields = head.decode("latin-1").partition("\r\n")
        length = re.search(r"(?im)^content-length:\s*(\d+)", fields)
        if " 200" not in status or length is None:
            raise NotMeasured(f"an answer was {status!r}, or without a length")
        return int(length[1])

    def read(self, bytes_max: int) -> int:
        """Read some of the body; how many bytes came."""
        count = self._socket.recv_into(self._buffer, min(bytes_max, READ_BYTES))
        if not count:
            raise NotMeasured("an answer was cut short")
        return count
