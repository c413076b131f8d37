"""Which bytes may stand in a line of a head (RFC 9110 §5.5)."""

from __future__ import annotations

TEXT = bytes(set(range(256)) - set(range(32)) - {127}) + b"\t"


def controls_in(data: bytes) -> bytes:
    """What is no text: controls, and line ends."""
    return data.translate(None, TEXT)
