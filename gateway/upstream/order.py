"""An order: what to ask an upstream, on whose behalf."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from gateway.kernel.request import Request


# Not frozen for the price of it, as `Request`.
@dataclass(slots=True)
class Order:
    """One request to pass on; a value, never changed.

    Attributes:
        asked: What the client asked.
        upstream: Name of the upstream in gateway.yaml.
        target: What to ask for, in origin-form: the client's own, or that of a
            rung, below which the same address stands.
        consumed: Names of fields, in lower case, that carried a credential of ours
            and stop here.
        body: The request's body; None where it has none.
        body_bytes: Its length if it was announced, else None.
        upgrade: The protocol that the client asks to switch to; empty for none.
        abandon: Ends the client's connection, whatever still waits there.
    """

    asked: Request
    upstream: str
    target: str
    consumed: frozenset[str] = frozenset()
    body: AsyncIterator[bytes] | None = None
    body_bytes: int | None = None
    upgrade: str = ""
    abandon: Callable[[], None] | None = None
