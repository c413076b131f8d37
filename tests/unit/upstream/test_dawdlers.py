"""gateway.upstream.dawdlers: what counts as one client."""

from __future__ import annotations

import pytest

from gateway.upstream.dawdlers import site_of


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_a_network_of_ipv6_is_one_client(
    one: str, other: str, *, are_same: bool
) -> None:
    assert (site_of(one) == site_of(other)) is are_same


def test_what_is_no_address_is_taken_as_it_is() -> None:
    assert site_of("unix:") == "unix:"
