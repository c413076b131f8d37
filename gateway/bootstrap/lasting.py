"""What goes on beside requests goes on, also after a mistake of ours."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Never

AGAIN_S = 5.0
PACKAGE = Path(__file__).parents[1]


async def lasting(
    watch: Callable[[], Coroutine[None, None, None]],
    escaped: Callable[[Exception], None],
    *,
    again_s: float = AGAIN_S,
) -> Never:
    """Run *watch*; whenever it ends with an error, tell it and begin anew.

    Args:
        watch: Follows something for ever; a fault it knows is its own business.
        escaped: Hears of what it did not know.
        again_s: Seconds until the next beginning, so that a lasting fault is no load.
    """
    while True:
        try:
            await watch()
        except Exception as error:  # noqa: BLE001 - whatever it is, readers go on
            escaped(error)
        await asyncio.sleep(again_s)


def place_of(error: BaseException) -> str:
    """Where in our code an error was raised, `file:line`; empty where in none of it."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        if path.is_relative_to(PACKAGE):
            return f"{path.relative_to(PACKAGE.parent)}:{frame.lineno}"
    return ""
