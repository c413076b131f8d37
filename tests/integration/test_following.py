"""A folder is followed: its files, its going, and the one that takes its place."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.bootstrap.following import followed

SOON_S = 20
AWAY_S = 1.5  # the outage itself: longer than a look takes to come round


class Followed:
    """Hears what is told of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for _ in followed(self._folder):
            self._told.set()

    async def is_told_of_changes(self) -> bool:
        """Change a file until it is told; the watch may stand a little later."""
        self._told.clear()
        async with asyncio.timeout(SOON_S):
            while not self._told.is_set():
                (self._folder / "a.yaml").write_text("x")
                await asyncio.sleep(0.1)
        return True

    async def hears(self) -> bool:
        async with asyncio.timeout(SOON_S):
            await self._told.wait()
        return True

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})


def moved(folder: Path, to: Path) -> Path:
    return folder.rename(to)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "policies"
    made.mkdir()
    return made


@pytest.fixture
async def following(folder: Path) -> AsyncIterator[Followed]:
    one = Followed(folder)
    yield one
    await one.end()


async def test_a_changed_file_is_told(following: Followed) -> None:
    assert await following.is_told_of_changes()


async def test_a_folder_that_went_and_came_back_is_followed_on(
    following: Followed, folder: Path
) -> None:
    await following.is_told_of_changes()

    away = moved(folder, folder.with_name("away"))
    await asyncio.sleep(AWAY_S)
    moved(away, folder)

    assert await following.is_told_of_changes()


async def test_another_folder_of_the_name_is_told_and_followed_instead(
    following: Followed, folder: Path
) -> None:
    await following.is_told_of_changes()

    other = shutil.copytree(folder, folder.with_name("new"))
    moved(folder, folder.with_name("old"))
    moved(other, folder)

    assert await following.hears()
    assert await following.is_told_of_changes()


async def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    one = Followed(tmp_path / "later")
    await asyncio.sleep(AWAY_S)

    (tmp_path / "later").mkdir()

    try:
        assert await one.is_told_of_changes()
    finally:
        await one.end()
