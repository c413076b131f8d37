"""fetch.public_address: the public internet and nothing else."""

import pytest

from gateway.fetch.public_address import is_loopback, is_public


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "1.1.1.1", "[2a00:1450::1]"]
)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1",
        "0.0.0.0",  # noqa: S104 refused, not listened on
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "::a9fe:a9fe",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2130706433",
        "0x7f.1",
        "localhost",
        "",
    ],
)
def test_any_other_address_may_not(address: str) -> None:
    assert not is_public(address)


def test_this_machine_is_known_as_such() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
