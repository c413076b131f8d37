"""Relief's rules: what is remembered of whom, for how long, and what it is good for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Headers, Request
from gateway.metering.relief.crowds import NETWORKS_MIN, CrowdBook, Manner, family_of
from gateway.metering.relief.dearness import Dearness
from gateway.metering.relief.gestures import is_from_elsewhere, is_from_here
from gateway.metering.relief.history import (
    READ_FOR_NS,
    READ_WITHIN_NS,
    HistoryBook,
)
from gateway.metering.relief.marked import KEPT_NS
from gateway.metering.relief.networks import Pseudonyms, nets_of
from gateway.metering.relief.pace import SLOTS_MIN, Pace
from gateway.metering.relief.page_shape import shape_of
from gateway.metering.relief.rolling import Rolling
from gateway.metering.relief.tickets import LASTS_S, POT_MIN, Tickets

KEY = b"sixteen bytes and more"
MS = 1_000_000
MANNER = Manner("library", "/search?q", from_here=False, is_fresh=True, family="none")
PAGE = "https://archive.example/search?q=a"
NET, OTHER_NET, REGION = b"net", b"other", b"region"


def digest(number: int) -> bytes:
    return number.to_bytes(8)


# History.


def test_a_page_and_a_part_of_it_make_a_history_and_neither_alone_does() -> None:
    book = HistoryBook()
    book.page(b"page-only", now_ns=0)
    book.part(b"part-only", now_ns=0)
    book.page(b"reader", now_ns=0)
    book.part(b"reader", now_ns=1)

    who = (b"page-only", b"part-only", b"reader")

    assert [book.has(each, now_ns=2) for each in who] == [False, False, True]


def test_a_link_followed_at_a_readers_pace_makes_a_history_and_a_crawlers_none() -> (
    None
):
    paces_ns = {
        b"reader": READ_FOR_NS,
        b"slow": READ_WITHIN_NS - 1,
        b"crawler": READ_FOR_NS - 1,
        b"gone": READ_WITHIN_NS,
    }
    book = HistoryBook()
    for who, pace_ns in paces_ns.items():
        for number in range(4):
            book.page(who, now_ns=number * pace_ns, is_followed=number > 0)

    had = {
        who: book.has(who, now_ns=3 * pace_ns + 1) for who, pace_ns in paces_ns.items()
    }

    assert had == {b"reader": True, b"slow": True, b"crawler": False, b"gone": False}


def test_two_pages_without_a_link_between_them_make_none() -> None:
    book = HistoryBook()
    book.page(b"reader", now_ns=0)
    book.page(b"reader", now_ns=READ_FOR_NS)

    assert not book.has(b"reader", now_ns=READ_FOR_NS)


def test_a_history_is_forgotten_after_half_an_hour() -> None:
    book = HistoryBook()
    book.revalidated(b"reader", now_ns=0)

    assert book.has(b"reader", now_ns=KEPT_NS - 1)
    assert not book.has(b"reader", now_ns=KEPT_NS)


def test_a_flood_of_addresses_that_come_once_drives_out_no_reader() -> None:
    book = HistoryBook(readers_max=100, visitors_max=100)
    book.page(b"reader", now_ns=0)
    book.part(b"reader", now_ns=0)

    for number in range(10_000):
        book.page(digest(number), now_ns=1)

    assert book.has(b"reader", now_ns=2)


# Crowds.


@given(st.lists(st.integers(0, NETWORKS_MIN - 2), max_size=200))
def test_below_fifty_networks_nobody_is_part_of_a_crowd(networks: list[int]) -> None:
    book = CrowdBook()
    for number in networks:
        book.had(MANNER, 1, now_ns=0)
        book.tripped(MANNER, digest(number), now_ns=0)

        assert book.came(MANNER, digest(number), now_ns=0) == 0


def a_crowd(book: CrowdBook) -> None:
    for number in range(NETWORKS_MIN):
        book.came(MANNER, digest(number), now_ns=0)
        book.had(MANNER, 1, now_ns=0)


def test_a_crowd_has_what_its_members_had_and_other_manners_have_nothing() -> None:
    book = CrowdBook()
    a_crowd(book)

    assert book.came(MANNER, b"new", now_ns=1) == NETWORKS_MIN
    assert book.came(MANNER._replace(family="firefox"), b"new", now_ns=1) == 0


def test_who_says_that_another_site_led_there_is_of_another_crowd() -> None:
    book = CrowdBook()
    a_crowd(book)

    assert book.came(MANNER._replace(from_elsewhere=True), b"new", now_ns=1) == 0
    assert book.came(MANNER, b"new", now_ns=1) == NETWORKS_MIN


@pytest.mark.parametrize(
    ("referer", "from_where"),
    [
        ("https://archive.example/page", "here"),
        ("http://archive.example:8080/", "here"),
        ("https://search.example/", "elsewhere"),
        ("https://archive.example.evil.example/", "elsewhere"),
        ("android-app://org.example.reader/", "elsewhere"),
        ("", ""),
        ("about:blank", ""),
        ("-", ""),
        ("https://[::1", ""),
    ],
)
def test_a_referer_says_from_here_from_elsewhere_or_nothing(
    referer: str, from_where: str
) -> None:
    headers = Headers((("Referer", referer),) if referer else ())
    asked = Request(
        "", "GET", "https", "archive.example", "archive.example", "/", "/", "", headers
    )

    assert is_from_here(asked) == (from_where == "here")
    assert is_from_elsewhere(asked) == (from_where == "elsewhere")


def test_a_crowd_is_forgotten_within_ten_minutes() -> None:
    book = CrowdBook()
    a_crowd(book)

    assert book.came(MANNER, b"new", now_ns=600 * NS_PER_S) == 0


def test_a_link_that_no_reader_sees_counts_against_a_crowd_alone() -> None:
    book = CrowdBook()
    a_crowd(book)
    book.tripped(MANNER, digest(1), now_ns=0)
    before = book.came(MANNER, b"new", now_ns=1)

    for number in range(NETWORKS_MIN):
        book.tripped(MANNER, digest(number), now_ns=1)

    assert before == NETWORKS_MIN
    assert book.came(MANNER, b"new", now_ns=2) > before


def test_user_agents_fall_into_few_families() -> None:
    told = ("", "curl/8", "Mozilla/5.0 … Chrome/131 Safari/537 Edg/131", "Firefox/133")

    assert [family_of(each) for each in told] == ["none", "tool", "edge", "firefox"]


# Tickets.


def given_one(tickets: Tickets, *, now_ns: int = 0) -> str:
    made = tickets.give(
        PAGE, lane="l", networks=(NET, REGION), milli_per_s=10_000, now_ns=now_ns
    )
    assert made is not None
    return made


def test_a_ticket_holds_once_for_its_page_network_and_time() -> None:
    tickets = Tickets(KEY)
    ticket = given_one(tickets)

    assert not tickets.take(ticket, PAGE + "b", NET, now_ns=1)
    assert not tickets.take(ticket, PAGE, OTHER_NET, now_ns=1)
    assert not tickets.take(ticket, PAGE, NET, now_ns=LASTS_S * NS_PER_S)
    assert tickets.take(ticket, PAGE, NET, now_ns=1)
    assert not tickets.take(ticket, PAGE, NET, now_ns=2)


@given(st.text(max_size=120))
def test_no_text_is_a_ticket_by_chance(text: str) -> None:
    assert not Tickets(KEY).take(text, PAGE, NET, now_ns=0)


@given(
    rate=st.integers(100, 50_000),
    askers=st.lists(st.integers(0, 300), min_size=1, max_size=300),
)
def test_no_more_tickets_than_three_tenths_of_what_the_lane_carries(
    rate: int, askers: list[int]
) -> None:
    tickets = Tickets(KEY)
    given_out = 0

    for at, number in enumerate(askers):
        made = tickets.give(
            PAGE,
            lane="l",
            networks=(digest(number), digest(1_000 + number // 10)),
            milli_per_s=rate,
            now_ns=at * 10 * MS,
        )
        given_out += made is not None

    depth = max(POT_MIN * 1_000, rate * 4 * 3 // 10)
    assert given_out * 1_000 <= depth + rate * 3 * len(askers) * 10 // 10_000 + 1_000


def test_a_network_that_asks_on_and_on_leaves_tickets_for_others() -> None:
    tickets = Tickets(KEY)

    def ask(network: bytes, region: bytes, at: int) -> str | None:
        return tickets.give(
            PAGE, lane="l", networks=(network, region), milli_per_s=10_000,
            now_ns=at * 100 * MS,
        )  # fmt: skip

    for at in range(100):
        ask(b"greedy", b"its region", at)

    assert all(ask(digest(n), digest(500 + n), 100 + 4 * n) for n in range(20))


# Pace.


def window(pace: Pace, took_ms: int, *, at_s: int, is_full: bool) -> None:
    for number in range(40):
        now_ns = at_s * NS_PER_S + number * MS
        pace.note(took_ms * MS, began_ns=now_ns, now_ns=now_ns, is_full=is_full)


def test_a_lane_grows_while_it_is_full_and_quick_and_shrinks_when_it_is_slow() -> None:
    pace = Pace(slots=8)
    window(pace, 200, at_s=1, is_full=False)
    at_rest = pace.slots
    window(pace, 210, at_s=2, is_full=True)
    quick = pace.slots
    window(pace, 600, at_s=3, is_full=True)

    assert (at_rest, quick, pace.slots) == (8, 9, 7)


def test_a_crowd_cannot_pass_off_its_queue_as_the_archives_nature() -> None:
    pace = Pace(slots=64)
    window(pace, 200, at_s=1, is_full=False)
    for at_s in range(2, 12):
        window(pace, 2_000, at_s=at_s, is_full=True)

    assert pace.at_rest_ns == 200 * MS


@given(st.lists(st.integers(1, 100_000), min_size=50, max_size=400))
def test_a_lane_never_closes(took_ms: list[int]) -> None:
    pace = Pace()

    for at, each in enumerate(took_ms):
        pace.note(each * MS, began_ns=at * MS, now_ns=at * MS, is_full=True)

        assert pace.slots >= SLOTS_MIN


# Dearness.


def learned(book: Dearness, shape: str, took_ms: int, *, times: int = 40) -> None:
    for _ in range(times):
        book.note("library", shape, took_ms * MS, now_ns=0)


def test_a_search_is_told_from_an_article() -> None:
    book = Dearness()
    learned(book, "/wiki/*", 20)
    learned(book, "/search?q", 400)

    assert book.is_dear("library", "/search?q")
    assert not book.is_dear("library", "/wiki/*")


def test_pages_that_wait_behind_dear_ones_stay_cheap() -> None:
    book = Dearness()
    learned(book, "/wiki/*", 20)
    learned(book, "/search?q", 900)
    learned(book, "/wiki/*", 400, times=100)

    assert not book.is_dear("library", "/wiki/*")


def test_a_name_in_a_query_that_nobody_has_seen_makes_no_page_cheap() -> None:
    book = Dearness()
    learned(book, "/wiki/*", 20)
    learned(book, "/search?q", 400)

    assert book.is_dear("library", "/search?q&x93")


def test_a_page_that_has_become_quick_is_dear_no_longer() -> None:
    book = Dearness()
    learned(book, "/wiki/*", 20)
    learned(book, "/search?q", 400)
    learned(book, "/search?q", 20)

    assert not book.is_dear("library", "/search?q")


# Small things.


def test_shapes_keep_what_code_is_asked_for_and_drop_what_it_is_asked_about() -> None:
    assert shape_of("/w/index.php", "title=A&diff=3") == "/w/index.php?diff&title"
    assert shape_of("/wiki/Ada_Lovelace") == "/wiki/*"
    assert shape_of("/cgit/linux/commit/mm", "id=9f") == "/cgit/*/commit/*?id"


@given(st.text(max_size=40), st.text(max_size=80))
def test_a_shape_is_never_long(path: str, query: str) -> None:
    assert len(shape_of("/" + path, query)) < 400


def test_networks_of_both_families() -> None:
    assert nets_of("198.51.100.7") == ("198.51.100.7", "198.51.100", "198.51")
    assert nets_of("::ffff:198.51.100.7") == nets_of("198.51.100.7")
    same = {nets_of("2001:db8::1")[0], nets_of("2001:db8::2")[0]}
    assert len(same) == 1
    assert nets_of("nowhere") == nets_of("1.2.3") == ("unknown",) * 3


def test_a_digest_needs_its_key_to_be_made_again() -> None:
    assert Pseudonyms(KEY).of("a") == Pseudonyms(KEY).of("a")
    assert Pseudonyms(KEY).of("a") != Pseudonyms(KEY + b"!").of("a")


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=60),
    st.integers(2, 20),
)
def test_a_count_is_never_older_than_its_window_and_never_too_high(
    steps: list[tuple[int, int]], entries_max: int
) -> None:
    rolling = Rolling(window_s=600, entries_max=entries_max)
    came: list[tuple[int, int]] = []
    now_ns = 0
    for who, later_s in steps:
        now_ns += later_s * NS_PER_S
        rolling.add(digest(who), 1, now_ns=now_ns)
        came.append((who, now_ns))
        recent = [w for w, at in came if now_ns - at <= 600 * NS_PER_S]

        assert rolling.units(digest(who), now_ns=now_ns) <= recent.count(who)
        assert len(rolling) <= entries_max + 2
