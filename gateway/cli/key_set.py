"""The key set that somebody checks a signature with: a file, or an address."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from gateway.fetch.document import Documents
from gateway.fetch.pinned import Refused
from gateway.kernel.errors import InvalidValue, Unavailable


def key_set_at(place: str) -> Any:
    """A key set, bare or as `key ring list --json` prints it.

    Args:
        place: A file, or an address (https; http on loopback).

    Raises:
        InvalidValue: it is no JSON.
        Unavailable: the address does not give it.
    """
    if place.startswith(("https://", "http://")):
        content = asyncio.run(_fetched(place))
    else:
        content = Path(place).read_bytes()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        detail = f"{place} is not JSON"
        raise InvalidValue(detail) from None
    return document.get("jwks", document) if isinstance(document, dict) else document


async def _fetched(url: str) -> bytes:
    documents = Documents(allows_loopback=True)
    try:
        return (await documents(url)).body
    except Refused as fault:
        detail = f"{url} cannot be had: {fault.reason}"
        raise Unavailable(detail) from None
    finally:
        await documents.close()
