"""Follow a folder: say when something in it may have changed.

A roll-out puts a new folder in the place of the old one, and who watches the old
one hears of nothing any more. So the folder's identity is looked at every second,
and another one is watched anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

STEP_MS = 100
DEBOUNCE_MS = 400
LOOK_MS = 1_000

Identity = tuple[int, int] | None


async def followed(folder: Path) -> AsyncIterator[None]:
    """Yield whenever a file in *folder* was changed, or the folder replaced."""
    last = await _identity(folder)
    while True:
        here = await _identity(folder)
        is_another, last = here != last, here
        if here is None:
            if is_another:
                yield
            await asyncio.sleep(LOOK_MS / 1_000)
            continue
        async with aclosing(_looks(folder)) as looks:
            async for is_changed in looks:
                # Another folder is told of once it is watched: nothing slips by.
                if is_changed or is_another:
                    yield
                is_another = False
                if await _identity(folder) != here:
                    break


async def _looks(folder: Path) -> AsyncGenerator[bool]:
    """Whether something changed: at once when it did, else every `LOOK_MS`."""
    try:
        async for changes in awatch(
            folder,
            step=STEP_MS,
            debounce=DEBOUNCE_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
        ):
            yield bool(changes)
    except OSError:
        return  # it went away while we looked; the next look says so


async def _identity(folder: Path) -> Identity:
    try:
        found = await asyncio.to_thread(folder.stat)
    except OSError:
        return None
    return found.st_dev, found.st_ino
