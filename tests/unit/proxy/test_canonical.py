"""gateway.proxy.canonical: keep, redirect, reject, as table and collection say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Redirect
from gateway.licensing.policy import PolicySet
from gateway.licensing.spellings import (
    CHOICES,
    SPELLINGS,
    Spelling,
    Spellings,
    Treatment,
)
from gateway.proxy.accept import Doorway, Wire, accept
from gateway.proxy.canonical import KINDS, canonical, policy_reading
from gateway.proxy.target import read_target

KEEP, REDIRECT, REJECT = Treatment.KEEP, Treatment.REDIRECT, Treatment.REJECT
CHOSEN = [(each, word) for each in CHOICES.values() for word in each.choices]
REDIRECTABLE = [
    name for name, each in CHOICES.items() if Treatment.REDIRECT in each.choices
]
ALL_REDIRECTED = dict.fromkeys(REDIRECTABLE, REDIRECT)


def policies(spellings: Spellings) -> PolicySet:
    everything = Collection("all", {}, "", "", "archive", spellings=spellings)
    closed = Collection("closed", {}, "", "", "archive", paths=("/closed/**",))
    return PolicySet("v", (everything, closed), {}, {})


def wired(target: str, method: str = "GET") -> Wire:
    host = Headers((("Host", "archive.example"),))
    return Wire("req_1", method, target, (1, 1), host, "", 0)


def asked(target: str, method: str = "GET") -> Request:
    request = accept(wired(target, method), Doorway())
    assert isinstance(request, Request), request
    return request


def reading(
    target: str, spellings: Spellings, method: str = "GET"
) -> Request | Redirect:
    where = policies(spellings)
    return policy_reading(
        asked(target, method), lambda one: where.collection_for(one.host, one.path)
    )


# ── the table is true ────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", SPELLINGS, ids=[each.name for each in SPELLINGS])
def test_each_row_is_treated_as_the_table_says(row: Spelling) -> None:
    found = accept(wired(row.example), Doorway())

    assert isinstance(found, Request) is (row.by_default is not REJECT), found
    if isinstance(found, Request):
        assert isinstance(reading(row.example, {}), Request)


def test_each_choice_is_recognised_and_nothing_else() -> None:
    assert KINDS.keys() == CHOICES.keys()
    for name, odd in KINDS.items():
        assert (odd.plainly is not None) is (REDIRECT in CHOICES[name].choices), name


@pytest.mark.parametrize("name", CHOICES)
def test_an_example_is_of_its_kind_alone(name: str) -> None:
    example = CHOICES[name].example

    assert [each for each, odd in KINDS.items() if odd.found.search(example)] == [name]


# ── what a collection chooses ────────────────────────────────────────────────
@pytest.mark.parametrize(("row", "chosen"), CHOSEN)
def test_each_choice_does_what_it_says_and_leaves_plain_pages_alone(
    row: Spelling, chosen: Treatment
) -> None:
    plain = reading("/plain/page?q=a%2Fb//c;d", {row.name: chosen})

    assert isinstance(plain, Request)
    if chosen is REJECT:
        with pytest.raises(InvalidValue, match=row.name):
            reading(row.example, {row.name: chosen})
        return
    found = reading(row.example, {row.name: chosen})
    assert isinstance(found, Redirect) is (chosen is REDIRECT)
    if isinstance(found, Redirect):
        assert row.name in found.ruling.reason
        assert found.ruling.collection == "all"


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/wiki/AC%2fDC", "/wiki/AC/DC"),
        ("//a///b/?x=//y%2Fz", "/a/b/?x=//y%2Fz"),
        ("/a;v=1/b;w", "/a/b"),
        ("/%7Euser/%41?%7E", "/~user/A?%7E"),
        ("/caf%c3%a9?%c3", "/caf%C3%A9?%c3"),
        ("/a%2F%2Fb;x%3By", "/a/b"),
        ("/%2Fevil.example/x", "/evil.example/x"),
        ("/a%2541", None),
        ("/%2541%3F", None),
        ("/caf%E9", None),
        ("/a%20b", None),
    ],
)
def test_the_plain_spelling_changes_the_path_and_never_the_query(
    target: str, location: str | None
) -> None:
    found = reading(target, ALL_REDIRECTED)

    assert (found.location if isinstance(found, Redirect) else None) == location


def test_only_reading_is_redirected() -> None:
    assert isinstance(reading("//a", ALL_REDIRECTED, "HEAD"), Redirect)
    with pytest.raises(InvalidValue, match="double-slash"):
        reading("//a", ALL_REDIRECTED, "POST")
    assert isinstance(reading("/a", ALL_REDIRECTED, "POST"), Request)


def test_nobody_is_redirected_to_what_is_refused() -> None:
    chosen = {"encoded-slash": REDIRECT, "double-slash": REJECT}

    assert isinstance(reading("/a%2Fb", chosen), Redirect)
    with pytest.raises(InvalidValue, match="double-slash"):
        reading("/a%2F%2Fb", chosen)


def test_a_refusal_sees_through_needless_encoding() -> None:
    with pytest.raises(InvalidValue, match="double-encoding"):
        reading("/a%25%32%46b", {"double-encoding": REJECT})
    assert isinstance(reading("/100%25", {"double-encoding": REJECT}), Request)


@pytest.mark.parametrize(
    "target", ["/closed%2Fletter", "//closed/letter", "/closed;x/letter"]
)
@pytest.mark.parametrize("chosen", [{}, ALL_REDIRECTED])
def test_between_two_collections_the_strictest_rules(
    target: str, chosen: Spellings
) -> None:
    with pytest.raises(InvalidValue, match="different collections"):
        reading(target, chosen)


def test_a_collection_speaks_for_its_own_pages_alone() -> None:
    kept = reading("/closed/AC%2FDC", ALL_REDIRECTED)

    assert isinstance(kept, Request)
    assert kept.target == "/closed/AC%2FDC"


# ── no loop, no way out ──────────────────────────────────────────────────────
PIECES = st.sampled_from(
    [
        *("closed", "a", "A", "~", "x.y", "%41", "%7e", "%2D", "%2E", ".", "..", "%e9"),
        *("/", "//", "%2F", "%2f", "%252f", "%25", "%25%32%46", "%5c", "%C3%A9", "%c3"),
        *(";", ";a=b", "%3B", "%3b", "%3F", "?", "?a=//b%2f;c", "evil.example", ":"),
    ]
)
TREATMENTS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(row.choices) for name, row in CHOICES.items()}
)


@settings(max_examples=2_000)
@given(parts=st.lists(PIECES, max_size=8), chosen=TREATMENTS)
def test_whoever_follows_a_redirect_is_not_redirected_again(
    parts: list[str], chosen: Spellings
) -> None:
    try:
        found = reading("/" + "".join(parts), chosen)
    except (InvalidValue, AssertionError):  # it has no one reading
        return
    if not isinstance(found, Redirect):
        return

    assert found.location.startswith("/")
    followed = reading(found.location, chosen)
    assert isinstance(followed, Request)
    assert followed.target == found.location


@settings(max_examples=2_000)
@given(parts=st.lists(PIECES, max_size=8), chosen=TREATMENTS)
def test_the_canonical_of_the_canonical_is_itself(
    parts: list[str], chosen: Spellings
) -> None:
    raw = ("/" + "".join(parts)).partition("?")[0]
    try:
        read_target(raw)
    except InvalidValue:
        return

    once = canonical(raw, chosen)

    assert canonical(once, chosen) == once
    assert len(once) <= len(raw)


@given(parts=st.lists(PIECES, max_size=8))
def test_what_is_kept_is_passed_on_byte_for_byte(parts: list[str]) -> None:
    target = "/" + "".join(parts)
    try:
        found = reading(target, {})
    except (InvalidValue, AssertionError):
        return

    assert isinstance(found, Request)
    assert found.target == target


def test_where_no_collection_is_nothing_is_respelled() -> None:
    nowhere = asked("//a%2Fb")

    assert policy_reading(nowhere, lambda _asked: None) is nowhere
