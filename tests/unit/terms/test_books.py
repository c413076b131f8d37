"""The open books are served as they were published, where any were."""

from __future__ import annotations

import pytest

from gateway.web.answer import Answer
from tests.unit.terms.builders import House, header

PREFIX = "/_copyfair/books/"
FILES = {
    "checkpoint": "text/plain; charset=utf-8",
    "books.json": "application/json",
    "rows/000/000.jsonl": "application/jsonl; charset=utf-8",
    "tile/0/x001/067": "application/octet-stream",
    "tile/1/000.p/7": "application/octet-stream",
}


def with_books() -> House:
    house = House()
    house.shelf.content = {path: path.encode() for path in FILES}
    house.shelf.content |= {"../gateway.yaml": b"secret", "notes.txt": b"private"}
    return house


async def told(house: House, path: str, **changes: object) -> Answer:
    answer = await house.get(f"{PREFIX}{path}", **changes)
    assert answer is not None
    return answer


@pytest.mark.parametrize("path", list(FILES))
async def test_a_published_file_is_served_as_it_lies_there(path: str) -> None:
    answer = await told(with_books(), path)

    assert (answer.status, answer.body) == (200, path.encode())
    assert header(answer, "content-type") == FILES[path]
    assert header(answer, "access-control-allow-origin") == "*"


async def test_who_has_it_already_is_told_so() -> None:
    house = with_books()
    tag = header(await told(house, "checkpoint"), "etag")

    same = await told(house, "checkpoint", headers={"If-None-Match": f'"x", {tag}'})
    other = await told(house, "books.json", headers={"If-None-Match": tag})

    assert (same.status, same.body) == (304, b"")
    assert other.status == 200


@pytest.mark.parametrize(
    "path",
    ["", "../gateway.yaml", "notes.txt", "rows/../../keys/books.pem", "tile/0/1/2/3"],
)
async def test_nothing_else_of_the_folder_is_served(path: str) -> None:
    assert (await told(with_books(), path)).status == 404


@pytest.mark.parametrize("path", list(FILES))
async def test_where_nothing_was_published_there_is_nothing(path: str) -> None:
    nothing = await told(House(), path)
    unknown = await House().get("/_copyfair/gossip")

    assert nothing.status == 404
    assert unknown is not None
    assert b"books" not in unknown.body


async def test_nobody_writes_into_them() -> None:
    answer = await with_books().post(f"{PREFIX}checkpoint", b"1")

    assert answer.status == 405
