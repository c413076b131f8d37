"""The collector of a serving process: it looks at what is new, not at the house.

Everything that stands at the start stays until the end, so it is set apart
(`gc.freeze`). What a request leaves behind goes by its own count; only rings wait for
the collector, which therefore comes less often: after so many new objects, not after
the 700 of the interpreter.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS_MAX = 10_000
"""How many objects may wait, net, before the young ones are looked at (some 2 MB)."""
YOUNG_ROUNDS, MIDDLE_ROUNDS = 20, 20


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Set apart what stands now, and collect less often, until the end of the block."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_MAX, YOUNG_ROUNDS, MIDDLE_ROUNDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
