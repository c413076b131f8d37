"""gateway.kernel.site: what counts as one client, everywhere."""

from __future__ import annotations

import pytest

from gateway.kernel.site import site_of


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("198.18.4.7", "198.18.4.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.18.4.7", "198.18.4.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("198.18.4.07", "unknown"),
        ("no address", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_site_is_an_address_or_a_network_of_64_bits(address: str, site: str) -> None:
    assert site_of(address) == site


def test_moving_around_in_ones_own_network_gains_nothing() -> None:
    assert site_of("2001:db8::1") == site_of("2001:db8::ffff:2")
    assert site_of("2001:db8:0:1::1") != site_of("2001:db8::1")
    assert site_of("192.0.2.7") != site_of("192.0.2.8")
