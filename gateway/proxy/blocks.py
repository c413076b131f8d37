"""Header blocks that were read before: what a client repeats is read once.

Most requests of a connection differ in their first line alone. Equal bytes mean
equal fields, so a block that was accepted is known again by comparing it, and every
room behind sees the same immutable `Headers`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.lately import Lately
from gateway.kernel.request import Headers
from gateway.licensing.decision import Meter
from gateway.metering.judged import Accounts, Judged
from gateway.proxy.host import Host
from gateway.upstream.begun import Way
from gateway.web.answer import HeaderPairs

BLOCKS_MAX = 512
BLOCK_BYTES_MAX = 2 * 1024
# Kept with their connection and no longer: these name a person.
PERSONAL = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key"))


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of a request without a body, accepted.

    Attributes:
        headers: The fields.
        host: What the one Host field says.
        is_last: The client asks to close after the answer.
    """

    headers: Headers
    host: Host
    is_last: bool


class Passage:
    """What all plain requests of one client have in common that are judged alike.

    Attributes:
        judged: What they were judged; the same object, or it is another passage.
        upstream: Where they go.
        way: And how.
        labels: What is added to an answer that says nothing of it.
        meter: Under which decision it is metered; None for not.
        ruled: The lines that say so.
    """

    __slots__ = ("judged", "labels", "meter", "ruled", "upstream", "way")

    def __init__(
        self,
        judged: Judged,
        upstream: str,
        way: Way,
        *,
        labels: HeaderPairs,
        meter: Meter | None = None,
        ruled: bytes = b"",
    ) -> None:
        self.judged = judged
        self.upstream = upstream
        self.way = way
        self.labels = labels
        self.meter = meter
        self.ruled = ruled


class Known:
    """A block on one connection, and what was looked up for it there.

    Attributes:
        block_bytes: The bytes it was read from.
        block: What they say.
        host, authority: Of it, the public host without and with its port.
        client_ip: The client's address, by these fields.
        scheme: The public scheme, by these fields.
        is_signed: They sign one request, which is told apart by its name.
        accounts: Where the client's budgets are kept.
        passages: How its requests go to the upstream and back, by the identity of what
            they were judged.
    """

    __slots__ = (
        "accounts",
        "authority",
        "block",
        "block_bytes",
        "client_ip",
        "host",
        "is_signed",
        "passages",
        "scheme",
    )

    def __init__(
        self, block_bytes: bytes, block: Block, *, client_ip: str, scheme: str
    ) -> None:
        self.block_bytes = block_bytes
        self.block = block
        self.host, self.authority = block.host.name, block.host.authority
        self.client_ip = client_ip
        self.scheme = scheme
        self.is_signed = "signature-input" in block.headers
        self.accounts = Accounts()
        self.passages: dict[int, Passage] = {}


class KnownBlocks:
    """The blocks seen most recently, by their bytes."""

    def __init__(self) -> None:
        self._known: Lately[bytes, Block] = Lately(BLOCKS_MAX)

    def get(self, block_bytes: bytes) -> Block | None:
        """The block that was read from these bytes before, or None."""
        return self._known.get(block_bytes)

    def keep(self, block_bytes: bytes, block: Block) -> None:
        """Remember a block; those that nobody asked for lately are forgotten first."""
        if len(block_bytes) > BLOCK_BYTES_MAX:
            return
        if not PERSONAL.isdisjoint(block.headers.names()):
            return
        self._known.keep(block_bytes, block)
