"""One request as every room sees it: values only, no HTTP library.

`proxy` makes it from the wire after the target, the host and the peer were
found to have exactly one reading; the simulator makes it from a log line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


class Headers:
    """Request header fields in the order they came; names are case-insensitive.

    Attributes:
        pairs: Names and values, as sent.
        memo: What pure functions read out of these fields, so that they read once;
            each under a key of its own. It goes with the object and is no part of it.
    """

    __slots__ = ("_first", "_hash", "memo", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: tuple[tuple[str, str], ...] = tuple(pairs)
        self._first: dict[str, str] = {}
        self.memo: dict[str, tuple[Any, ...]] = {}
        self._hash = 0
        for name, value in self.pairs:
            self._first.setdefault(name.lower(), value)

    def get(self, name: str, default: str = "") -> str:
        """The first value of a field; *name* in lower case."""
        return self._first.get(name, default)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, in order; *name* in lower case."""
        if len(self._first) == len(self.pairs):  # no field came twice
            return (self._first[name],) if name in self._first else ()
        return tuple(value for key, value in self.pairs if key.lower() == name)

    def names(self) -> Collection[str]:
        """The names of all fields, in lower case, each once."""
        return self._first.keys()

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __repr__(self) -> str:
        # Names alone: values may be credentials, and this ends up in logs.
        names = ", ".join(name for name, _ in self.pairs)
        return f"Headers({names})"

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Headers) and self.pairs == other.pairs
        )

    def __hash__(self) -> int:
        # Kept: what is known of a block of fields is looked up with every request.
        if not self._hash:
            self._hash = hash(self.pairs)
        return self._hash


NO_HEADERS = Headers()


# Not frozen, because freezing makes each one several times dearer to make; nobody
# changes one all the same (`tests/architecture` looks for it).
@dataclass(slots=True, unsafe_hash=True)
class Request:
    """What was asked; a value, never changed.

    Attributes:
        id: Our request id (`req_…`), the idempotency key of metering.
        method: As sent; methods are case-sensitive.
        scheme: `http` or `https`, as the public address has it.
        host: Lower-case public host without port.
        authority: Lower-case host with port, as sent.
        target: The raw origin-form target, exactly as sent.
        path: The one canonical reading of the path, percent-decoded where that
            is safe; policies match on this.
        query: The raw query without `?`; empty when there is none.
        headers: The client's header fields.
        client_ip: The client's address after the walk over trusted proxies.
        received_us: When the head was complete, microseconds UTC.
        ticket: A ticket for this page that came in its query, and was taken out of
            target and query; or empty.
    """

    id: str
    method: str
    scheme: str
    host: str
    authority: str
    target: str
    path: str
    query: str = ""
    headers: Headers = field(default=NO_HEADERS)
    client_ip: str = ""
    received_us: int = 0
    ticket: str = ""

    @property
    def user_agent(self) -> str:
        """The `User-Agent` field, or an empty text."""
        return self.headers.get("user-agent")

    @property
    def url(self) -> str:
        """The public URL that was asked for."""
        return f"{self.scheme}://{self.authority}{self.target}"
