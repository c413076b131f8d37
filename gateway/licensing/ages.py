"""How old a record is: as old as its collection says, by path.

A gateway sees addresses, not records, and no upstream tells the age of a page in
a way that could decide about money. So the collection dates its paths, and what it
does not date has no age and is never released.
"""

from __future__ import annotations

from gateway.kernel.clock import EPOCH, US_PER_DAY
from gateway.licensing.collection import Collection
from gateway.licensing.globs import path_matches

EPOCH_DAY = EPOCH.toordinal()


def age_days(collection: Collection | None, path: str, *, at_us: int) -> int | None:
    """Whole days since the date of a path; the first matching pattern counts.

    Args:
        collection: Where the path was found; None outside every collection.
        path: The canonical path.
        at_us: When it is asked for, microseconds UTC.

    Returns:
        The age, 0 before that day has come; None for what has no date.
    """
    if collection is None:
        return None
    for dated in collection.dated:
        if path_matches(collection.matched(dated.pattern), collection.matched(path)):
            today = EPOCH_DAY + at_us // US_PER_DAY
            return max(0, today - dated.on.toordinal())
    return None
