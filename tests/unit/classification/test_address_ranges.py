"""gateway.classification.address_ranges: the narrowest network, by bisection."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification.address_ranges import AddressRanges
from gateway.kernel.errors import InvalidValue

# Few bits, so that networks nest, touch and repeat.
v4 = st.builds(
    lambda number, bits: str(
        ip_network((IPv4Address(number << 24 | number), bits), strict=False)
    ),
    st.integers(0, 15),
    st.sampled_from([0, 4, 5, 6, 7, 8, 30, 32]),
)
v6 = st.builds(
    lambda number, bits: str(
        ip_network((IPv6Address(number << 120 | number), bits), strict=False)
    ),
    st.integers(0, 15),
    st.sampled_from([0, 4, 5, 8, 64, 126, 128]),
)
addresses = st.one_of(
    st.builds(
        lambda high, low: str(IPv4Address(high << 24 | low)),
        st.integers(0, 16),
        st.integers(0, 16),
    ),
    st.builds(
        lambda high, low: str(IPv6Address(high << 120 | low)),
        st.integers(0, 16),
        st.integers(0, 16),
    ),
)


@given(st.lists(st.one_of(v4, v6), max_size=20), st.lists(addresses, min_size=1))
def test_it_finds_what_going_through_the_list_finds(
    networks: list[str], asked: list[str]
) -> None:
    ranges = AddressRanges((network, network) for network in networks)

    for address in asked:
        number = ip_address(address)
        around = [
            network
            for network in map(ip_network, networks)
            if network.version == number.version and number in network
        ]
        narrowest = max(around, key=lambda one: one.prefixlen, default=None)
        expected = None if narrowest is None else str(narrowest)
        assert ranges.find(address) == expected


def test_an_ipv4_address_written_as_ipv6_is_the_ipv4_one() -> None:
    ranges = AddressRanges([("192.0.2.0/24", "crawler")])

    assert ranges.find("::ffff:192.0.2.7") == "crawler"
    assert ranges.find("::ffff:198.51.100.7") is None
    assert ranges.find("192.0.3.0") is None


def test_what_is_no_address_lies_nowhere() -> None:
    ranges = AddressRanges([("0.0.0.0/0", 1), ("::/0", 2)])

    assert ranges.find("no address") is None
    assert ranges.find("255.255.255.255") == 1
    assert ranges.find("fe80::1%eth0") == 2


@pytest.mark.parametrize("text", ["", "192.0.2.7/24", "archive.example", "::/129"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="is no network"):
        AddressRanges([(text, 1)])


def test_a_hundred_thousand_networks_are_found_again() -> None:
    networks = [
        (f"10.{n >> 8 & 255}.{n & 255}.{n >> 16 << 6}/26", n) for n in range(100_000)
    ]

    ranges = AddressRanges(networks)

    assert len(ranges) == 100_000
    assert ranges.find("10.1.2.3") == 0x0102
    assert ranges.find("10.1.2.67") == 0x10102
    assert ranges.find("11.0.0.1") is None
