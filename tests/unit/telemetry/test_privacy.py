"""Of an address, a prefix is written and a forgetful hash is kept."""

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.telemetry.legible import legible
from gateway.telemetry.privacy import DailyHash, truncated

SECRET = b"s" * 32


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "-"),
        ("cg_live_nonsense", "-"),
    ],
)
def test_an_address_is_written_as_its_prefix(address: str, prefix: str) -> None:
    assert truncated(address) == prefix


def test_a_host_may_keep_less() -> None:
    assert truncated("192.0.2.77", v4_bits=0) == "0.0.0.0/0"
    assert truncated("2001:db8::1", v6_bits=32) == "2001:db8::/32"


def test_a_hash_is_the_same_all_day_and_another_tomorrow() -> None:
    hashes = DailyHash(SECRET)

    today = hashes.of("192.0.2.7", 5)

    assert hashes.of("::ffff:192.0.2.7", US_PER_DAY - 1) == today
    assert hashes.of("192.0.2.8", 5) != today
    assert hashes.of("192.0.2.7", US_PER_DAY) != today
    assert hashes.of("192.0.2.7", 5) == today


def test_another_secret_is_another_hash() -> None:
    assert DailyHash(b"t" * 32).of("x", 5) != DailyHash(SECRET).of("x", 5)
    assert SECRET.decode() not in repr(DailyHash(SECRET))


def test_a_short_secret_hides_nothing() -> None:
    with pytest.raises(InvalidValue):
        DailyHash(b"short")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/registers/1742", "/registers/1742"),
        ("/été", "/été"),
        ("a\r\nb\x1b[2J", "a\\x0d\\x0ab\\x1b[2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("/cg_live_abcdef123/x", "/cg_live_…/x"),
        ("/CG_TEST_ABCDEF123", "/CG_TEST_…"),
        ("x=eyJhbGciOiJF.eyJzdWIi.c2ln&y", "x=eyJ…&y"),
        ("\ud800", "\\ud800"),
    ],
)
def test_text_from_strangers_is_made_legible(text: str, shown: str) -> None:
    assert legible(text) == shown


def test_what_is_too_long_is_cut_visibly() -> None:
    assert legible("x" * 600, chars_max=10) == "x" * 9 + "…"


def test_a_key_does_not_survive_at_the_cut() -> None:
    assert "secret" not in legible("x" * 500 + "cg_live_secretsecret" * 9)
