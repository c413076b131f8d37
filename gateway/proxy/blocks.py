"""Header blocks that were read before: what a client repeats is read once.

Most requests of a connection differ in their first line alone. Equal bytes mean
equal fields, so a block that was accepted is known again by comparing it, and every
room behind sees the same immutable `Headers`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.request import Headers
from gateway.metering.judged import Accounts
from gateway.proxy.host import Host
from gateway.upstream.begun import Way

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


class Known:
    """A block on one connection, and what was looked up for it there.

    Attributes:
        block_bytes: The bytes it was read from.
        block: What they say.
        client_ip: The client's address, by these fields.
        scheme: The public scheme, by these fields.
        accounts: Where the client's budgets are kept.
        ways: How its plain requests go to an upstream, by the upstream's name.
    """

    __slots__ = ("accounts", "block", "block_bytes", "client_ip", "scheme", "ways")

    def __init__(
        self, block_bytes: bytes, block: Block, *, client_ip: str, scheme: str
    ) -> None:
        self.block_bytes = block_bytes
        self.block = block
        self.client_ip = client_ip
        self.scheme = scheme
        self.accounts = Accounts()
        self.ways: dict[str, Way] = {}


class KnownBlocks:
    """The blocks seen most recently, by their bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, Block] = {}

    def get(self, block_bytes: bytes) -> Block | None:
        """The block that was read from these bytes before, or None."""
        return self._known.get(block_bytes)

    def keep(self, block_bytes: bytes, block: Block) -> None:
        """Remember a block; the oldest is forgotten first."""
        if len(block_bytes) > BLOCK_BYTES_MAX:
            return
        if any(name in block.headers for name in PERSONAL):
            return
        if len(self._known) >= BLOCKS_MAX:
            del self._known[next(iter(self._known))]
        self._known[block_bytes] = block
