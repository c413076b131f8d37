"""What a domain proves, and for whom alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.domain_challenge import (
    answer_to,
    domain_of,
    holder_of,
    is_answered,
    page_of,
    record_of,
)
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level
from gateway.resolver.public_suffixes import PublicSuffixes

SECRET = b"a secret of ours"


def holding(domain: str, level: Level = Level.VERIFIED) -> Party:
    return Party("pty_1", "Mapworks", {"domain": Attribute(domain, level, "test")})


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Archive.Example", "archive.example"),
        ("archive.example.", "archive.example"),
        ("https://archive.example:8443/about", "archive.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_spelled_as_dns_does(text: str, domain: str) -> None:
    assert domain_of(text) == domain
    assert record_of(domain) == f"_copyfair.{domain}"
    assert page_of(domain) == f"https://{domain}/.well-known/copyfair-party.txt"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "192.0.2.1",
        "[2001:db8::1]",
        "a b.example",
        "-.example",
        "x" * 300,
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        domain_of(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_answer_is_for_one_party_and_one_domain(party: str, domain: str) -> None:
    answer = answer_to(SECRET, party, domain)

    assert is_answered(["v=spf1 -all", f"first\n {answer} \n"], answer)
    for other in (
        answer_to(SECRET, f"{party}x", domain),
        answer_to(SECRET, party, f"{domain}x"),
        answer_to(b"another", party, domain),
        answer[:-1],
        f"{answer}x",
    ):
        assert not is_answered([other], answer)
    assert not is_answered([], answer)


@pytest.mark.parametrize(
    ("domain", "held"),
    [
        ("mapworks.example", "mapworks.example"),
        ("a.mapworks.example", "mapworks.example"),
        ("mapworks.example", "a.mapworks.example"),
        ("a.mapworks.example", "b.mapworks.example"),
        ("maps.github.io", "maps.github.io"),
    ],
)
def test_what_one_registrant_has_has_one_holder(domain: str, held: str) -> None:
    assert holder_of(domain, [holding(held)], PublicSuffixes()) is not None


@pytest.mark.parametrize(
    ("domain", "held"),
    [
        ("notmapworks.example", "mapworks.example"),
        ("atlas.github.io", "maps.github.io"),
        ("atlas.co.uk", "maps.co.uk"),
        ("atlas.co.uk", "co.uk"),
    ],
)
def test_neighbours_below_a_public_suffix_hold_nothing_of_each_other(
    domain: str, held: str
) -> None:
    assert holder_of(domain, [holding(held)], PublicSuffixes()) is None


def test_a_mere_claim_holds_nothing() -> None:
    claimed = holding("mapworks.example", Level.CLAIMED)
    suffixes = PublicSuffixes()
    assert holder_of("mapworks.example", [claimed], suffixes) is None
    nobody = Party("pty_2", "Nobody")
    assert holder_of("mapworks.example", [nobody], suffixes) is None
