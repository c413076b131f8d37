"""gateway.kernel.request: fields in order, names without case."""

import pytest

from gateway.kernel.errors import GatewayError
from gateway.kernel.evidence import Level
from gateway.kernel.request import Headers, Request


def test_a_field_is_found_whatever_its_case_and_the_first_one_wins() -> None:
    headers = Headers([("User-Agent", "one"), ("user-agent", "two")])

    assert headers.get("user-agent") == "one"
    assert headers.all("user-agent") == ("one", "two")
    assert "user-agent" in headers
    assert headers.get("accept") == ""


def test_what_is_shown_of_fields_is_their_names_and_never_a_credential() -> None:
    assert repr(Headers([("Authorization", "License cg_live_x")])) == (
        "Headers(Authorization)"
    )


def test_two_sets_of_fields_are_equal_when_they_say_the_same() -> None:
    assert Headers([("A", "1")]) == Headers([("A", "1")])
    assert hash(Headers([("A", "1")])) == hash(Headers([("A", "1")]))
    assert list(Headers([("A", "1")])) == [("A", "1")]


def test_a_request_knows_its_public_address() -> None:
    asked = Request(
        id="req",
        method="GET",
        scheme="https",
        host="archive.example",
        authority="archive.example:8443",
        target="/a?b=1",
        path="/a",
        query="b=1",
    )

    assert asked.url == "https://archive.example:8443/a?b=1"
    assert asked.user_agent == ""


def test_levels_are_ordered_and_have_words() -> None:
    assert Level.UNKNOWN < Level.CLAIMED < Level.VERIFIED < Level.VOUCHED
    assert Level.named("vouched").word == "vouched"


def test_the_root_of_the_errors_is_never_raised_itself() -> None:
    with pytest.raises(TypeError, match="member of the family"):
        GatewayError("anything")
