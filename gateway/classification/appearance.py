"""The appearance of a request: all that classification reads of it, as one small key.

Two requests that look alike here are the same client to us, whatever else they hold.
A signal that reads something new must add it here, or it is asked only once.
"""

from __future__ import annotations

from gateway.kernel.request import Request

USER_AGENT_CHARS_MAX = 512
FIELD_CHARS_MAX = 512

Appearance = tuple[str, str, bool, bool, bool]
"""User agent, client hints; whether it sends `Git-Protocol`, asks for git's own
service, asks for an ActivityPub document."""


def appearance_of(asked: Request) -> Appearance:
    """What *asked* looks like: two texts, cut as the signals cut them, three flags."""
    field = asked.headers.get
    return (
        field("user-agent")[:USER_AGENT_CHARS_MAX],
        field("sec-ch-ua")[:FIELD_CHARS_MAX],
        "git-protocol" in asked.headers,
        asks_for_git(asked),
        speaks_activity(field("accept")[:FIELD_CHARS_MAX]),
    )


def asks_for_git(asked: Request) -> bool:
    """Is it the address that only git asks for?"""
    return "service=git-" in asked.query and asked.path.endswith("/info/refs")


def speaks_activity(accept: str) -> bool:
    """Does an `Accept` field ask for an ActivityPub document?"""
    return "activity" in accept and (
        "application/activity+json" in accept or "ns/activitystreams" in accept
    )
