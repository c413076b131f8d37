"""copyfair demo: the story of one request that becomes money, on a real archive."""

from __future__ import annotations

from gateway.cli.demo.command import demo

__all__ = ["demo"]
