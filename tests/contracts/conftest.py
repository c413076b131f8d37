"""The books that every contract of theirs is held against: both of them."""

from collections.abc import Iterator

import pytest

from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks


@pytest.fixture(params=["memory", "sqlite"])
def books(request: pytest.FixtureRequest) -> Iterator[MemoryBooks | StoredBooks]:
    if request.param == "memory":
        yield MemoryBooks()
        return
    db = open_sqlite(":memory:")
    yield StoredBooks(db)
    db.close()
