"""What can go wrong with an upstream, told truthfully and without its address."""

from __future__ import annotations

from gateway.kernel.errors import UpstreamFailed

RETRY_AFTER_S = 10


class Stale(Exception):
    """A kept connection had died before a byte of the answer came."""


def unreachable() -> UpstreamFailed:
    """Nobody accepts the connection."""
    detail = "the archive cannot be reached"
    return UpstreamFailed(detail, kind="refused", retry_after_s=RETRY_AFTER_S)


def too_late() -> UpstreamFailed:
    """Nothing came, or no connection was free, for too long."""
    detail = "the archive did not answer in time"
    return UpstreamFailed(detail, timed_out=True, retry_after_s=RETRY_AFTER_S)


def unanswered() -> UpstreamFailed:
    """The connection ended before the answer's head."""
    detail = "the archive closed the connection without an answer"
    return UpstreamFailed(detail, kind="broken", retry_after_s=RETRY_AFTER_S)


def broken_off() -> UpstreamFailed:
    """The connection ended within the body."""
    detail = "the archive broke its answer off"
    return UpstreamFailed(detail, kind="broken", retry_after_s=RETRY_AFTER_S)


def malformed(what: str) -> UpstreamFailed:
    """The answer is no HTTP/1.1.

    Args:
        what: What is wrong with it, to follow "the archive's answer".
    """
    detail = f"the archive's answer {what}"
    return UpstreamFailed(detail, kind="malformed", retry_after_s=RETRY_AFTER_S)
