"""gateway.proxy.strictest: no spelling escapes a collection or its price."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.policy import PolicySet
from gateway.licensing.prices import PathCost
from gateway.proxy.strictest import strictest_reading
from gateway.proxy.target import read_target

CLOSED = Collection("closed", {}, "", "", "archive", paths=("/closed/**",))
OPEN = Collection(
    "open",
    {},
    "",
    "",
    "archive",
    costs=(PathCost("/search**", 20), PathCost("/w/index.php?*diff=*", 10)),
)
POLICIES = PolicySet("v", (CLOSED, OPEN), {}, {})


def asked(raw: str) -> Request:
    target = read_target(raw)
    return Request(
        "req_1",
        "GET",
        "http",
        "archive.example",
        "archive.example",
        target.raw,
        target.path,
        target.query,
    )


def collection_of(request: Request) -> Collection | None:
    return POLICIES.collection_for(request.host, request.path)


@pytest.mark.parametrize(
    "raw",
    [
        "/closed%2Fletter",
        "//closed/letter",
        "/closed;x=y/letter",
        "/closed%3B/letter",
        "/%252Fclosed/letter",
        "/closed%5Cletter",
        "/%2Fclosed/letter",
        "/closed%252Fletter",
        "/closed%3Fletter",
    ],
)
def test_a_spelling_that_some_server_files_elsewhere_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue):
        strictest_reading(asked(raw), collection_of)


@pytest.mark.parametrize(
    "raw",
    [
        "/closed/AC%2FDC",
        "/closed//letter",
        "/wiki/AC%2FDC",
        "/wiki/What%3F",
        "/web/2020/http://example.org//a",
        "/wiki/Foo;bar",
        "/clos%65d/x",
    ],
)
def test_a_spelling_within_one_collection_passes_as_it_is(raw: str) -> None:
    request = asked(raw)

    strict = strictest_reading(request, collection_of)

    assert strict.target == raw
    assert strict.path == request.path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("//search?q=a", "/search"),
        ("/w%2Findex.php?diff=1", "/w/index.php"),
        ("/w;x/index.php?diff=1", "/w/index.php"),
    ],
)
def test_the_dearest_reading_counts(raw: str, path: str) -> None:
    assert strictest_reading(asked(raw), collection_of).path == path


def keeps(path: str) -> str:
    return path


def decodes(path: str) -> str:
    return unquote(path, errors="surrogateescape")


def decodes_twice(path: str) -> str:
    return decodes(decodes(path))


def merges(path: str) -> str:
    return re.sub("/+", "/", decodes(path))


def merges_after_decoding_twice(path: str) -> str:
    return re.sub("/+", "/", decodes_twice(path))


def like_a_servlet_container(path: str) -> str:
    return re.sub("/+", "/", decodes(re.sub(r";[^/]*", "", path)))


def like_a_careless_servlet_container(path: str) -> str:
    return re.sub("/+", "/", re.sub(r";[^/]*", "", decodes(path)))


def like_windows(path: str) -> str:
    return re.sub("/+", "/", decodes(path).replace("\\", "/"))


def splits_late(path: str) -> str:
    return re.sub("/+", "/", re.split(r"[?#]", decodes(path))[0])


SERVERS = (
    keeps,
    decodes,
    decodes_twice,
    merges,
    merges_after_decoding_twice,
    like_a_servlet_container,
    like_a_careless_servlet_container,
    like_windows,
    splits_late,
)
SPELLINGS = st.sampled_from(
    [
        *("closed", "clos%65d", "x", "search", ".", "%2E", "%252e", "%E9", "%C3%A9"),
        *("/", "//", "%2F", "%2f", "%252F", "%25%32%46", "%5C", "%255C"),
        *(";", "%3B", "%253B", "%3F", "%23", "%25", "%2563"),
    ]
)


@settings(max_examples=2_000)
@given(parts=st.lists(SPELLINGS, max_size=6), server=st.sampled_from(SERVERS))
def test_whatever_a_server_makes_of_a_path_what_is_closed_stays_closed(
    parts: list[str], server: Callable[[str], str]
) -> None:
    raw = "/" + "".join(parts)
    try:
        strict = strictest_reading(asked(raw), collection_of)
    except InvalidValue:
        return

    served = replace(strict, path=server(raw))

    if collection_of(served) is CLOSED:
        assert collection_of(strict) is CLOSED
