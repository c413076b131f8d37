"""The open books are served as they were published, where any were."""

from __future__ import annotations

import pytest

from gateway.services.public_books.figures import PublicFigures
from gateway.web.answer import Answer
from tests.unit.portal.builders import NOTHING, RICH, pages
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


def with_pages(seen: PublicFigures = RICH) -> House:
    house = House(public=pages(seen))
    house.shelf.content = {path: path.encode() for path in FILES}
    return house


@pytest.mark.parametrize("path", list(FILES))
async def test_what_was_published_stands_before_what_is_shown(path: str) -> None:
    answer = await told(with_pages(), path)

    assert answer.body == path.encode()


@pytest.mark.parametrize("path", ["", "takers", "give-take.csv", "takers.en.svg"])
async def test_what_is_no_published_file_may_be_a_page(path: str) -> None:
    answer = await told(with_pages(), path, headers={"Accept": "text/html"})

    assert answer.status == 200


async def test_the_address_without_its_slash_leads_to_the_books() -> None:
    there = await with_pages().get("/_copyfair/books")
    asleep = await with_pages(NOTHING).get("/_copyfair/books")

    assert there is not None
    assert (there.status, header(there, "location")) == (308, PREFIX)
    assert asleep is not None
    assert asleep.status == 404


async def test_what_is_not_told_of_the_books_is_not_named_either() -> None:
    answer = await told(with_pages(NOTHING), "income")

    assert answer.status == 404
    assert b"income" not in answer.body


async def test_a_page_is_only_read() -> None:
    answer = await with_pages().post(f"{PREFIX}takers", b"")

    assert answer.status == 405
    assert header(answer, "allow") == "GET, HEAD"
