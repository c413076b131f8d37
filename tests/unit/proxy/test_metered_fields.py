"""proxy.metered_fields: what is left, as structured fields that parse."""

from __future__ import annotations

from dataclasses import replace

import http_sf
import pytest

from gateway.licensing.decision import Meter, Ruling
from gateway.metering.room import Room
from gateway.proxy.metered_fields import metered_fields, room_fields

METER = Meter(Ruling("any-other", "Metered."), "agr_1", "ai-2026", 1)


def parsed(value: str) -> object:
    return http_sf.parse(value.encode(), tltype="list")


def test_requests_are_told_by_the_draft() -> None:
    fields = dict(room_fields(Room("requests-per-day", "requests", 60, 12, 20, 86_400)))

    assert parsed(fields["RateLimit"]) == [("requests-per-day", {"r": 12, "t": 20})]
    assert parsed(fields["RateLimit-Policy"]) == [
        ("requests-per-day", {"q": 60, "w": 86_400})
    ]


def test_bytes_say_their_unit_and_a_life_has_no_window() -> None:
    fields = dict(room_fields(Room("bytes-per-life", "bytes", 2**30, 5)))

    assert parsed(fields["RateLimit"]) == [("bytes-per-life", {"r": 5})]
    assert parsed(fields["RateLimit-Policy"]) == [
        ("bytes-per-life", {"q": 2**30, "qu": "content-bytes"})
    ]


def test_money_is_told_in_minor_units_rounded_down() -> None:
    room = Room("monthly-cap", "money", 50_000_000, 41_239_999, 99, 5, "EUR")

    (field,) = room_fields(room)

    assert field[0] == "Copyfair-Cap"
    assert parsed(field[1]) == [
        ("monthly-cap", {"r": 4_123, "q": 5_000, "currency": "EUR", "t": 99})
    ]


@pytest.mark.parametrize(
    "room",
    [None, Room("monthly-cap", "money", 50_000_000, 41_239_999, 99, 5)],
    ids=["no cap", "money where nothing is sold"],
)
def test_nothing_is_told_where_nothing_is_to_be_told(room: Room | None) -> None:
    assert [name for name, _ in metered_fields(METER, room)] == ["Copyfair-Decision"]


def test_what_standing_pays_is_allowed_and_what_an_agreement_pays_is_metered() -> None:
    by_standing = replace(METER, agreement_id="", spends_standing=True)

    said = [metered_fields(each, None)[0][1] for each in (METER, by_standing)]

    assert [each.partition(",")[0] for each in said] == [
        "decision=meter",
        "decision=allow",
    ]
