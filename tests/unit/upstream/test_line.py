"""gateway.upstream.line: each client one turn after the other, dawdlers last."""

from __future__ import annotations

import asyncio

from gateway.upstream.line import Line, Waiting


def waiting(site: str) -> Waiting:
    return Waiting(site, True, asyncio.get_running_loop().create_future())


def served(line: Line) -> list[Waiting]:
    """Everybody, in the order in which they are served."""
    found = []
    while (first := line.first()) is not None:
        line.serve(None)
        found.append(first)
    return found


async def test_requests_of_one_client_keep_their_order() -> None:
    line = Line(lambda _: False)
    own = [waiting("a") for _ in range(5)]
    for each in own:
        line.join(each)

    assert served(line) == own


async def test_a_client_with_one_request_does_not_wait_for_all_of_another() -> None:
    line = Line(lambda _: False)
    for _ in range(100):
        line.join(waiting("crowd"))
    one = waiting("reader")
    line.join(one)

    assert served(line).index(one) == 1


async def test_who_was_served_often_stands_behind_who_was_not() -> None:
    line = Line(lambda _: False)
    line.join(waiting("a"))
    for _ in range(10):
        line.join(waiting("a"))
        assert line.first() is not None
        line.serve(None)
    new, again = waiting("b"), waiting("a")
    line.join(again)
    line.join(new)

    order = served(line)
    assert order.index(new) < order.index(again)


async def test_dawdlers_come_last_also_when_that_is_found_while_they_wait() -> None:
    late: set[str] = set()
    line = Line(late.__contains__)
    slow, reader = waiting("slow"), waiting("reader")
    line.join(slow)
    line.join(reader)
    assert line.first() is slow

    late.add("slow")
    assert served(line) == [reader, slow]


async def test_who_gave_up_is_passed_over() -> None:
    line = Line(lambda _: False)
    gone, stays = waiting("a"), waiting("b")
    line.join(gone)
    line.join(stays)
    gone.place.cancel()

    assert served(line) == [stays]
    assert line.first() is None
