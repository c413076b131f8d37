"""gateway.bootstrap.lasting: a mistake ends no watch, and is told with its place."""

import asyncio
from contextlib import suppress

import pytest

from gateway.bootstrap.lasting import lasting, place_of
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import kind_of


async def test_a_watch_that_fails_begins_anew_and_the_fault_is_told() -> None:
    begun: list[int] = []
    told: list[Exception] = []
    third = asyncio.Event()

    async def watch() -> None:
        begun.append(len(begun))
        if len(begun) == 3:
            third.set()
            await asyncio.Event().wait()
        detail = f"fault {len(begun)}"
        raise RuntimeError(detail)

    going_on = asyncio.ensure_future(lasting(watch, told.append, again_s=0))
    await third.wait()
    going_on.cancel()
    with suppress(asyncio.CancelledError):
        await going_on

    assert [str(fault) for fault in told] == ["fault 1", "fault 2"]


def test_an_error_of_ours_is_told_with_file_and_line() -> None:
    with pytest.raises(InvalidValue) as raised:
        kind_of("nonsense")

    where = place_of(raised.value)

    assert where.startswith("gateway/kernel/ids.py:")
    assert where.rpartition(":")[2].isdigit()


def test_an_error_of_nobodys_has_no_place() -> None:
    assert place_of(ValueError("never raised")) == ""
