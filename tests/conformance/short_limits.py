"""Limits so short that every conversation ends by itself, and soon."""

from __future__ import annotations

from gateway.proxy.limits import ConnectionLimits

SHORT = ConnectionLimits(head_s=1, idle_s=1, body_idle_s=1, linger_s=1)
