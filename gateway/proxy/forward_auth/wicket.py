"""The wicket: `/decide` on a door of its own, answered by our own connections.

Whatever comes is read in full, as on the public listener. nginx repeats itself: what
differs from one of its questions to the next stands in the first lines, in the order
of `deploy/nginx/decide.conf`, and the fields behind them are known again by their
bytes. Then a question costs one look at those lines and the decision itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Request
from gateway.proxy.accept import Doorway, Wire, plain_block
from gateway.proxy.blocks import BLOCK_BYTES_MAX, BLOCKS_MAX, PERSONAL, Block
from gateway.proxy.client_address import Network
from gateway.proxy.connection import Connection
from gateway.proxy.entrance import PLAIN_TARGET, Entrance, Faults
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.forward_auth.adapters import ADAPTERS, ANSWER, NGINX, PREFIX
from gateway.proxy.forward_auth.deciding import ForwardAuth
from gateway.proxy.head import Head
from gateway.proxy.host import Host
from gateway.proxy.http1 import whole_bytes
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.phase import Asked
from gateway.proxy.visit import Visit

PERSONAL_S = 10
YES = 200
CLOSES = b"Connection: close\r\n"
# What differs each time; a target that is its own canonical reading, as inline.
ASKED = b"GET /decide/nginx HTTP/1.1\r\n"
NGINX_ASKS = ("GET", "/decide/nginx", (1, 1))
LINES = re.compile(
    re.escape(ASKED) + rb"X-Original-URI: " + PLAIN_TARGET + rb"\r\n"
    rb"X-Original-Method: (GET|HEAD)\r\n"
    rb"X-Original-Id: ([0-9A-Za-z]{1,64})\r\n"
)


@dataclass(frozen=True, slots=True)
class Told(Block):
    """The fields behind those lines, read and accepted before.

    Attributes:
        client_ip: Of the reader.
        scheme: The public one.
    """

    client_ip: str
    scheme: str


class Remembered:
    """What the latest blocks of fields said, by the front server and their bytes.

    Those that name a person are forgotten within seconds.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str, bytes], Told] = {}
        self._personal: dict[tuple[str, bytes], Told] = {}
        self._forgotten_us = 0

    def get(self, peer: str, block_bytes: bytes, now_us: int) -> Told | None:
        """What they said, or None."""
        key = peer, block_bytes
        if not 0 <= now_us - self._forgotten_us < PERSONAL_S * US_PER_S:
            self._personal.clear()
            self._forgotten_us = now_us
        return self._told.get(key) or self._personal.get(key)

    def keep(self, peer: str, block_bytes: bytes, told: Told) -> None:
        """Remember; the oldest is forgotten first."""
        if len(block_bytes) > BLOCK_BYTES_MAX:
            return
        is_personal = any(name in told.headers for name in PERSONAL)
        kept = self._personal if is_personal else self._told
        if len(kept) >= BLOCKS_MAX:
            del kept[next(iter(kept))]
        kept[peer, block_bytes] = told


class Question:
    """One question that is known again.

    Attributes:
        visit: The reader's request, and what is known of it.
        front_id: The front server's own id of it.
        is_last: The connection closes after the answer.
        fault: A mistake of ours that stopped it.
    """

    __slots__ = ("fault", "front_id", "is_last", "visit")

    def __init__(self, visit: Visit, front_id: str, *, is_last: bool) -> None:
        self.visit = visit
        self.front_id = front_id
        self.is_last = is_last
        self.fault: Exception | None = None

    def let_go(self) -> None:
        """Nothing goes on by itself."""

    async def rest(self, auth: ForwardAuth) -> Answer:
        """Go on from where it is, with time to wait."""
        if self.fault is not None:
            raise self.fault
        return await auth.rest(self.visit, self.front_id, NGINX)


@dataclass(slots=True, kw_only=True)
class Wicket(Entrance):
    """Turns heads into answers to front servers.

    Attributes:
        auth: Decides.
    """

    auth: ForwardAuth
    _told: Remembered = field(default_factory=Remembered)

    @property
    def uncounted(self) -> Sequence[Network]:
        """Front servers may come on as many connections as they like."""
        return self.auth.fronts

    def begin(self, connection: Connection, head: Asked) -> Asked | None:
        """Answer a question that is known again, if nobody has to be waited for."""
        if not isinstance(head, bytes):
            return head
        # One at a time: what answers at once must not call itself for the next.
        question = self._question(connection, head)
        if question is None or connection.has_more or not connection.out.is_ready:
            return question or head
        try:
            answer = self.auth.at_once(question.visit, question.front_id, NGINX)
            if answer is None:
                return question
            wire, may_continue = self._wire(question, answer)
        except Exception as fault:  # noqa: BLE001 a mistake of ours is told by the task
            question.fault = fault
            return question
        connection.out.send(wire)
        connection.answered(may_continue=may_continue)
        return None

    async def answer(self, connection: Connection, head: Asked) -> bool:
        """Answer one question.

        Returns:
            Whether another may follow on the connection.
        """
        if not isinstance(head, Question):
            return await Entrance.answer(self, connection, head)
        question = head
        try:
            answer = await question.rest(self.auth)
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            self.faults(fault)
            question.is_last = True
            said = "Something happened that the gateway was not made for."
            answer = self.problems.malformed(
                "internal-error", said, question.visit.asked
            )
        wire, may_continue = self._wire(question, answer)
        try:
            connection.out.send(wire)
            await connection.out.drained()
        except ConnectionError:
            return False
        return may_continue

    def _question(self, connection: Connection, head: bytes) -> Question | None:
        """What is asked, where its fields are known again."""
        lines = LINES.match(head)
        if lines is None or lines.end() > self.limits.field_bytes_max:
            return None
        peer, now_us = connection.peer or "", self.clock.now_us()
        told = self._told.get(peer, head[lines.end() :], now_us)
        if told is None or not self.auth.is_front(peer):
            return None
        visit = self.auth.visit_of(self._asked(told, lines, now_us))
        is_last = told.is_last or self.is_draining
        return Question(visit, lines[4].decode("ascii"), is_last=is_last)

    def _wire(self, question: Question, answer: Answer) -> tuple[bytes, bool]:
        """The answer's bytes, and whether another may follow."""
        closes = CLOSES if question.is_last else b""
        date = self.dates.at(question.visit.asked.received_us)
        if answer.status == YES:
            return _yes_bytes(answer, closes, date), not question.is_last
        wire = whole_bytes(answer, is_head=False, connection=closes, date=date)
        return wire, not question.is_last

    def _asked(self, told: Told, lines: re.Match[bytes], now_us: int) -> Request:
        path, query = lines[1].decode("ascii"), lines[2]
        text = "" if query is None else query.decode("ascii")
        return Request(
            self.ids.new("req"),
            "GET" if lines[3] == b"GET" else "HEAD",
            told.scheme,
            told.host.name,
            told.host.authority,
            path if query is None else f"{path}?{text}",
            path,
            text,
            told.headers,
            told.client_ip,
            now_us,
        )

    def _known_of(
        self, connection: Connection, head: bytes, plain: re.Match[bytes]
    ) -> None:
        """Nothing that is remembered here is read as on the public listener."""

    def _learn(self, connection: Connection, head: Head) -> None:
        """Remember what stands behind the lines, where that can be known again."""
        raw = ASKED + head.block
        lines, peer = LINES.match(raw), connection.peer or ""
        block = plain_block(head.headers)
        is_asked = (head.method, head.target, head.version) == NGINX_ASKS
        if lines is None or block is None or not is_asked:
            return
        read = self.auth.read(Wire("", *NGINX_ASKS, head.headers, peer, 0), NGINX)
        if isinstance(read, Answer):
            return
        asked = read.asked
        host = Host(asked.host, asked.authority, port=None)
        told = Told(asked.headers, host, block.is_last, asked.client_ip, asked.scheme)
        self._told.keep(peer, raw[lines.end() :], told)


def _yes_bytes(answer: Answer, closes: bytes, date: bytes) -> bytes:
    """A yes; its fields are written by us, so nothing in them can end a line."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in answer.headers])
    return b"HTTP/1.1 200 OK\r\n%b%bContent-Length: 0\r\n%b\r\n" % (
        fields.encode("ascii"),
        date,
        closes,
    )


@dataclass(frozen=True, slots=True)
class InFull:
    """Answers a question as it came, whoever asks: a `Handler`."""

    auth: ForwardAuth

    async def __call__(self, exchange: Exchange) -> None:
        """Answer it."""
        await exchange.respond(await self._answer(exchange.asked))

    async def _answer(self, asked: Request) -> Answer:
        name, _, rest = asked.path.removeprefix(PREFIX).partition("/")
        # Nobody is trusted at this door, so the address is that of the connection.
        wire = Wire(
            asked.id,
            asked.method,
            asked.target,
            (1, 1),
            asked.headers,
            asked.client_ip,
            asked.received_us,
        )
        adapter = ADAPTERS.get(name) if asked.path.startswith(PREFIX) else None
        if name == ANSWER and adapter is None and asked.path.startswith(PREFIX):
            return self.auth.kept_for(wire, rest)
        if adapter is None or (rest and not adapter.is_asked_by_address):
            return self.auth.nothing_here(wire)
        return await self.auth.decide_of(wire, adapter)


def wicket_of(
    auth: ForwardAuth,
    *,
    limits: ConnectionLimits,
    ids: IdSource,
    clock: Clock,
    faults: Faults,
) -> Wicket:
    """The wicket of a front server's questions."""
    return Wicket(
        InFull(auth),
        auth.problems,
        Doorway(),
        limits,
        ids,
        clock,
        faults,
        auth=auth,
    )
