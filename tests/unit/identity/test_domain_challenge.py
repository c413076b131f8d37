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
    "domain", ["mapworks.example", "a.mapworks.example", "example"]
)
def test_a_domain_and_what_is_above_or_below_has_one_holder(domain: str) -> None:
    assert holder_of(domain, [holding("mapworks.example")]) is not None


def test_a_neighbour_and_a_mere_claim_hold_nothing() -> None:
    assert holder_of("notmapworks.example", [holding("mapworks.example")]) is None
    claimed = holding("mapworks.example", Level.CLAIMED)
    assert holder_of("mapworks.example", [claimed]) is None
    assert holder_of("mapworks.example", [Party("pty_2", "Nobody")]) is None
