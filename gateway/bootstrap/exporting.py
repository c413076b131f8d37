"""Usage as a Parquet file; an extra, so asked for late."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import BinaryIO

from gateway.kernel.errors import Misconfigured
from gateway.metering.usage_event import UsageEvent

INSTALL = (
    "Parquet needs one more library: pip install 'copyfair-gateway[parquet]',"
    " then again; CSV and JSON need none"
)


def write_parquet(events: Iterable[UsageEvent], out: BinaryIO) -> int:
    """Write usage events as one Parquet file; how many they were.

    Raises:
        Misconfigured: the extra is not installed.
    """
    try:
        parquet = import_module("gateway.documents.parquet")
    except ModuleNotFoundError:
        raise Misconfigured(INSTALL) from None
    written: int = parquet.write_parquet(events, out)
    return written
