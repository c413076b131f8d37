"""Which reading of a path the policies answer: the strictest of all.

A few spellings that archives need (`%2F`, `//`, `;`) are read differently by
different servers. The policies are asked about each reading. If they fall into
different collections the request is refused, because whichever was chosen, some
upstream would serve the other; if they differ only in cost, the dearest counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import cost_of
from gateway.proxy.target import other_readings

CollectionOf = Callable[[Request], Collection | None]


def strictest_reading(asked: Request, collection_of: CollectionOf) -> Request:
    """The request with the path that policies shall see.

    Raises:
        InvalidValue: its readings belong to different collections.
    """
    path = asked.path
    if "%" not in path and ";" not in path and "//" not in path:
        return asked  # nearly always; `other_readings` would look for the same
    paths = other_readings(path)
    if not paths:
        return asked
    readings = [replace(asked, path=path) for path in paths]
    collection = collection_of(asked)
    if any(collection_of(reading) is not collection for reading in readings):
        detail = (
            "servers would read this path as belonging to different collections; "
            "write it without encoded slashes, double slashes or semicolons"
        )
        raise InvalidValue(detail)
    if collection is None:
        return asked
    where = collection

    def dearest_then_as_sent(reading: Request) -> tuple[int, bool]:
        cost = cost_of(where, reading.path, reading.query)
        return cost, reading.path == asked.path

    return max(readings, key=dearest_then_as_sent)
