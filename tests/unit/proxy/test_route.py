"""gateway.proxy.route: which upstream, and never more than the granted rung."""

from __future__ import annotations

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.proxy.route import Route, route_of

ASKED = Request("req_1", "GET", "http", "a.example", "a.example", "/x?y=%2F", "/x")
BOOKS = Collection(
    "books", {}, "", "", "library", rungs={"sample": "/samples/", "metadata": "/meta"}
)


def test_a_page_without_a_collection_is_the_default_upstreams() -> None:
    assert route_of(ASKED, None, "full", default="main") == Route("main", "/x?y=%2F")


def test_the_full_rung_is_the_address_itself() -> None:
    assert route_of(ASKED, BOOKS, "full", default="main") == Route(
        "library", "/x?y=%2F"
    )


def test_a_lower_rung_stands_below_its_prefix() -> None:
    assert route_of(ASKED, BOOKS, "sample", default="main") == Route(
        "library", "/samples/x?y=%2F"
    )


def test_a_rung_that_is_not_there_is_never_the_full_one() -> None:
    assert route_of(ASKED, BOOKS, "delayed", default="main") is None
