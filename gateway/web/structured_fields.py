"""Structured header fields (RFC 9651) that our answers carry."""

from __future__ import annotations

from functools import lru_cache

import http_sf
from http_sf.types import BareItemType, ItemType

ASCII_LAST = 0x7E
TEXT_CHARS_MAX = 500
FIELDS_KEPT = 1_024
"""Rules are few; each metered answer repeats the words of one."""


@lru_cache(maxsize=FIELDS_KEPT)
def decision_field(*, decision: str, rule: str, reason: str) -> str:
    """`Copyfair-Decision`: what was decided, by which rule and why."""
    return http_sf.ser(
        {
            "decision": http_sf.Token(decision),
            "rule": _text(rule),
            "reason": _text(reason),
        }
    )


def wanted_signature() -> str:
    """`Accept-Signature` (RFC 9421 §5.1): how a bot may show who it is."""
    asked: dict[str, BareItemType] = dict.fromkeys(
        ("created", "expires", "keyid", "nonce"), True
    )
    asked["tag"] = "web-bot-auth"
    covered: list[ItemType] = [("@authority", {}), ("signature-agent", {})]
    return http_sf.ser({"sig1": (covered, asked)})


def rate_limit_policy(
    name: str, *, limit: int, window_s: int, counted: str = ""
) -> str:
    """`RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).

    Args:
        name: Of the budget or cap.
        limit: Units per window.
        window_s: The window's length; 0 for one that never ends.
        counted: `bytes` where the units are those of content; else requests.
    """
    parameters: dict[str, BareItemType] = {"q": limit}
    if counted == "bytes":
        parameters["qu"] = "content-bytes"
    if window_s:
        parameters["w"] = window_s
    return http_sf.ser([(_text(name), parameters)])


def rate_limit(name: str, *, remaining: int, refills_in_s: int) -> str:
    """`RateLimit`: what is left of a policy and when more is there."""
    parameters: dict[str, BareItemType] = {"r": remaining, "t": refills_in_s}
    return http_sf.ser([(_text(name), parameters)])


def cache_status(*, ttl_s: int) -> str:
    """`Cache-Status` (RFC 9211) of a copy of ours; below 0 it is stale."""
    said: dict[str, BareItemType] = {"hit": True, "ttl": ttl_s}
    if ttl_s < 0:
        said["detail"] = http_sf.Token("stale")
    return http_sf.ser([(http_sf.Token("copyfair"), said)])


def _text(text: str) -> str | http_sf.DisplayString:
    """A String where ASCII is enough, else a Display String (RFC 9651 §3.3.8)."""
    short = " ".join(text.split())[:TEXT_CHARS_MAX]
    if all(character >= " " and ord(character) <= ASCII_LAST for character in short):
        return short
    return http_sf.DisplayString(short)


def quoted(text: str) -> str:
    """A quoted-string (RFC 9110 §5.6.4) of ASCII; anything else becomes `?`."""
    short = " ".join(text.split())[:TEXT_CHARS_MAX]
    plain = short.encode("ascii", "replace").decode("ascii")
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
