"""Amounts and quantities as people type them on the command line."""

from __future__ import annotations

import re

from gateway.kernel.errors import InvalidValue

UNITS = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def quantity(text: str) -> int:
    """`5`, `300 MiB` or `2GiB`: whole units.

    Raises:
        InvalidValue: no quantity.
    """
    match = re.fullmatch(r"([0-9]{1,15}) ?([A-Za-z]*)", text.strip())
    if not match or match[2] not in UNITS:
        detail = f"{text!r} is no quantity; write it like 300 MiB, or as a number"
        raise InvalidValue(detail)
    return int(match[1]) * UNITS[match[2]]


def spelled_bytes(count: int) -> str:
    """A number of bytes as people read it; exact figures stay in `--json`."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if count >= UNITS[unit]:
            tenths = count * 10 // UNITS[unit]
            return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{count} B"
