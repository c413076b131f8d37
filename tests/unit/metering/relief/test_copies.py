"""Copies of expensive pages: which are kept, who gets one, and what is never shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Headers, Request
from gateway.metering.relief.copies import CopyBook
from gateway.metering.relief.copy_rules import directives, lifetime_of

HOST = "archive.example"
BODY = b"a page"
PUBLIC = (("Cache-Control", "public, max-age=60"), ("ETag", '"v1"'))
HOUR_S = 3_600


def asked(target: str = "/search?q=a", method: str = "GET", **fields: str) -> Request:
    path, _, query = target.partition("?")
    pairs = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return Request(
        "req", method, "https", HOST, HOST, target, path, query, Headers(pairs)
    )


def book_of(*headers: tuple[str, str], request: Request | None = None) -> CopyBook:
    """A book that was shown one answer, at tick 0."""
    book, request = CopyBook(), request or asked()
    if book.may_keep(request, 200, headers):
        book.keep(request, headers, BODY, now_ns=0)
    return book


def found(book: CopyBook, request: Request, *, after_s: int = 1) -> bool:
    now_ns = after_s * NS_PER_S
    return book.find(request, stale_s=HOUR_S, now_ns=now_ns) is not None


def test_a_public_answer_is_given_to_the_next_who_asks_with_its_age() -> None:
    copy = book_of(*PUBLIC).find(asked(), stale_s=HOUR_S, now_ns=90 * NS_PER_S)

    assert copy is not None
    assert (copy.body, copy.age_s, copy.ttl_s) == (BODY, 90, -30)


def test_the_age_that_it_came_with_counts() -> None:
    book = book_of(*PUBLIC, ("Age", "50"))

    copy = book.find(asked(), stale_s=HOUR_S, now_ns=NS_PER_S)

    assert copy is not None
    assert copy.age_s == 51
    assert "age" not in {name.lower() for name, _ in copy.headers}


KEPT = {
    "public": ["public"],
    "public with a lifetime": ["public, max-age=60"],
    "a lifetime": ["max-age=60"],
    "a lifetime for shared caches": ["s-maxage=60"],
    "two fields": ["public", "max-age=60"],
    "capitals": ["Public, Max-Age=60"],
}
NOT_KEPT = {
    "nothing said": [],
    "private": ["private, max-age=60"],
    "private in part": ['private="set-cookie, x", max-age=60'],
    "private in capitals": ["PRIVATE, max-age=60"],
    "private in a second field": ["max-age=60", "private"],
    "not to be stored": ["public, no-store"],
    "not without asking": ["public, no-cache"],
    "no lifetime": ["max-age=0"],
    "a lifetime that is none": ["max-age=soon"],
    "the shorter of two lifetimes": ["max-age=60, max-age=0"],
    "a negative lifetime": ["max-age=-1"],
    "a word that holds public": ["x-public"],
}


@pytest.mark.parametrize("said", KEPT.values(), ids=KEPT)
def test_what_the_archive_lets_others_have_is_kept(said: list[str]) -> None:
    headers = [("Cache-Control", value) for value in said]

    assert found(book_of(*headers), asked())


@pytest.mark.parametrize("said", NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_it_does_not_let_others_have_is_not(said: list[str]) -> None:
    headers = [("Cache-Control", value) for value in said]

    assert not found(book_of(*headers), asked())


BESIDE = {
    "a cookie": ("Set-Cookie", "session=1"),
    "varied by everything": ("Vary", "*"),
    "varied by where it came from": ("Vary", "Accept, X-Forwarded-For"),
    "coded for one and not varied": ("Content-Encoding", "br"),
    "another control": ("Surrogate-Control", "no-store"),
    "an old control": ("Pragma", "no-cache"),
}


@pytest.mark.parametrize("field", BESIDE.values(), ids=BESIDE)
def test_a_public_answer_with_something_personal_beside_it_is_not_kept(
    field: tuple[str, str],
) -> None:
    assert not found(book_of(*PUBLIC, field), asked())


PERSONAL = {
    "a cookie": {"Cookie": "session=1"},
    "a credential": {"Authorization": "Basic eDp5"},
    "a key": {"X_Api_Key": "cg_live_x"},
    "a credential for proxies": {"Proxy_Authorization": "Basic eDp5"},
    "a part": {"Range": "bytes=0-9"},
    "a wish for no cache": {"Cache_Control": "no-cache"},
    "an old wish for none": {"Pragma": "no-cache"},
    "a wish for no trace": {"Cache_Control": "no-store"},
}


@pytest.mark.parametrize("fields", PERSONAL.values(), ids=PERSONAL)
def test_what_somebody_in_particular_asks_is_neither_kept_nor_answered_from_a_copy(
    fields: dict[str, str],
) -> None:
    theirs = asked(**fields)

    assert not found(book_of(*PUBLIC, request=theirs), asked())
    assert not found(book_of(*PUBLIC), theirs)


def test_only_a_whole_answer_to_a_get_is_kept() -> None:
    book = CopyBook()

    assert book.may_keep(asked(), 200, PUBLIC)
    assert not book.may_keep(asked(method="POST"), 200, PUBLIC)
    assert not book.may_keep(asked(method="HEAD"), 200, PUBLIC)
    for status in (203, 206, 302, 404, 500):
        assert not book.may_keep(asked(), status, PUBLIC)


def test_a_copy_is_given_for_its_own_address_alone() -> None:
    book = book_of(*PUBLIC)

    assert found(book, asked())
    assert not found(book, asked("/search?q=b"))
    assert not found(book, asked("/search"))


def test_what_an_answer_was_chosen_by_must_be_the_same() -> None:
    german = asked(Accept_Language="de")
    book = book_of(*PUBLIC, ("Vary", "Accept-Language"), request=german)

    assert found(book, asked(Accept_Language="de"))
    assert not found(book, asked(Accept_Language="fr"))
    assert not found(book, asked())


def test_several_languages_of_a_page_are_kept_beside_each_other() -> None:
    book = CopyBook()
    headers = (*PUBLIC, ("Vary", "Accept-Language"))
    for language in ("de", "fr"):
        request = asked(Accept_Language=language)
        book.keep(request, headers, language.encode(), now_ns=0)

    copies = [
        book.find(asked(Accept_Language=each), stale_s=HOUR_S, now_ns=1)
        for each in ("de", "fr")
    ]

    assert [copy.body for copy in copies if copy] == [b"de", b"fr"]


STRICT = ["must-revalidate", "proxy-revalidate", "s-maxage=60"]


@pytest.mark.parametrize("word", STRICT)
def test_what_must_be_asked_about_is_given_while_it_holds_and_no_longer(
    word: str,
) -> None:
    book = book_of(("Cache-Control", f"max-age=60, {word}"))

    assert found(book, asked(), after_s=60)
    assert not found(book, asked(), after_s=61)


def test_no_copy_is_older_than_the_host_allows() -> None:
    book = book_of(*PUBLIC)

    assert found(book, asked(), after_s=HOUR_S)
    assert not found(book, asked(), after_s=HOUR_S + 1)
    assert book.find(asked(), stale_s=0, now_ns=0) is None


def test_a_client_may_say_how_old_is_too_old() -> None:
    book, picky = book_of(*PUBLIC), asked(Cache_Control="max-age=10")

    assert found(book, picky, after_s=10)
    assert not found(book, picky, after_s=11)


def test_whoever_has_this_version_is_told_so() -> None:
    book = book_of(*PUBLIC)

    same = book.find(asked(If_None_Match='W/"v1"'), stale_s=HOUR_S, now_ns=1)
    other = book.find(asked(If_None_Match='"v0"'), stale_s=HOUR_S, now_ns=1)

    assert same is not None
    assert other is not None
    assert (same.is_known, same.body) == (True, b"")
    assert (other.is_known, other.body) == (False, BODY)


def test_a_page_that_was_changed_has_no_copy() -> None:
    book = book_of(*PUBLIC)
    book.forget(asked().url)

    assert not found(book, asked())
    assert book.held_bytes == 0


def test_pages_that_are_asked_for_once_drive_out_none_that_is_wanted() -> None:
    book = CopyBook(bytes_max=400_000)
    wanted = asked("/search?q=wanted")
    book.keep(wanted, PUBLIC, BODY, now_ns=0)
    assert found(book, wanted)

    for number in range(1_000):
        book.keep(asked(f"/search?q={number}"), PUBLIC, b"x" * 2_000, now_ns=0)

    assert found(book, wanted)
    assert not found(book, asked("/search?q=0"))


def test_too_large_a_page_is_not_kept() -> None:
    book = CopyBook(copy_bytes_max=10)
    book.keep(asked(), PUBLIC, b"x" * 10, now_ns=0)
    book.keep(asked("/large"), PUBLIC, b"x" * 11, now_ns=0)

    assert found(book, asked())
    assert not found(book, asked("/large"))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.integers(0, 4_000), st.sampled_from(["keep", "find"])
        ),
        max_size=200,
    )
)
def test_copies_never_take_more_than_their_memory(
    steps: list[tuple[int, int, str]],
) -> None:
    book = CopyBook(bytes_max=20_000)

    for number, size, what in steps:
        request = asked(f"/{number}")
        if what == "keep":
            book.keep(request, PUBLIC, b"x" * size, now_ns=0)
        else:
            found(book, request)
        assert 0 <= book.held_bytes <= 20_000


@given(st.lists(st.text(max_size=60), max_size=4))
def test_directives_are_read_from_anything(values: list[str]) -> None:
    said = directives(values)

    assert all(name == name.lower() for name in said)
    lifetime_of(200, tuple(("Cache-Control", value) for value in values))


def test_expiry_dates_count_from_the_date_of_the_answer() -> None:
    date = ("Date", "Sat, 28 Nov 2026 05:00:00 GMT")
    later = ("Expires", "Sat, 28 Nov 2026 05:01:00 GMT")
    past = ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT")

    assert found(book_of(date, later), asked())
    assert not found(book_of(date, past), asked())
    assert not found(book_of(later), asked())
    assert not found(book_of(date, ("Expires", "0")), asked())
