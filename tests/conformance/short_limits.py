"""Limits so short that every conversation ends by itself, and soon."""

from __future__ import annotations

from dataclasses import fields

from gateway.proxy.limits import ConnectionLimits

SHORT = ("head_s", "idle_s", "body_idle_s", "linger_s")


def short_limits(seconds: int = 1) -> ConnectionLimits:
    """Each wait for a client ends after so many seconds."""
    known = {field.name for field in fields(ConnectionLimits)}
    return ConnectionLimits(**{name: seconds for name in SHORT if name in known})
