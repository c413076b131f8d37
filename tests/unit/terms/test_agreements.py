"""/_copyfair/agreements: a customer sees and caps its own with its own key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.identity.party import Party
from gateway.identity.principal import Principal
from gateway.kernel.errors import Conflict, NotFound, Unavailable
from gateway.metering.cap_terms import CapTerms, Counted, Per, Strength
from tests.unit.terms.builders import Caps, Doorkeeper, House

OWN = "/_copyfair/agreements"
CAPS = f"{OWN}/agr_1/caps"
COMPANY = Doorkeeper(Principal(Party("pty_1", "Mapworks"), "key_1"))


def cap(**said: Any) -> bytes:
    return json.dumps({"counted": "requests", "amount": 5} | said).encode()


async def test_a_party_sees_its_agreements() -> None:
    answer = await House(door=COMPANY).get(OWN)

    assert answer is not None
    told = json.loads(answer.body)
    assert told["party_id"] == "pty_1"
    assert told["agreements"] == [{"agreement_id": "agr_1", "of": "pty_1"}]


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (cap(), (CapTerms("agr_1", Counted.REQUESTS, Per.MONTH, 5), False)),
        (
            cap(counted="bytes", per="day", strength="soft", key_id="key_2"),
            (
                CapTerms("agr_1", Counted.BYTES, Per.DAY, 5, Strength.SOFT, "key_2"),
                False,
            ),
        ),
        (cap(amount=None), (CapTerms("agr_1", Counted.REQUESTS, Per.MONTH, 0), True)),
        (cap(amount=0), (CapTerms("agr_1", Counted.REQUESTS, Per.MONTH, 0), False)),
    ],
    ids=["in short", "in full", "lifted", "nothing more"],
)
async def test_a_cap_is_set_or_lifted(
    body: bytes, change: tuple[CapTerms, bool]
) -> None:
    house = House(door=COMPANY)

    answer = await house.post(CAPS, body)

    assert answer.status == 200
    assert house.caps.changes == [change]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"counted": "requests"}',
        cap(amount=-1),
        cap(amount=True),
        cap(amount="5"),
        cap(amount=10**16),
        cap(counted="songs"),
        cap(per="week"),
        cap(per=["day"]),
        cap(strength="iron"),
        cap(key_id=7),
        cap(price=1),
        b" " * 20_000,
    ],
    ids=[
        "empty",
        "no object",
        "no amount",
        "below nothing",
        "a truth",
        "a text",
        "too much",
        "of songs",
        "per week",
        "per list",
        "of iron",
        "key of number",
        "unknown field",
        "too long",
    ],
)
async def test_a_faulty_cap_changes_nothing(body: bytes) -> None:
    house = House(door=COMPANY)

    answer = await house.post(CAPS, body)

    assert answer.status == 400
    assert house.caps.changes == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [(NotFound("no"), 404), (Conflict("no"), 409), (Unavailable("no"), 503)],
    ids=["not theirs", "ended", "away"],
)
async def test_a_no_of_the_desk_is_told(fault: Any, status: int) -> None:
    house = House(door=COMPANY, caps=Caps(fails=fault))

    assert (await house.post(CAPS, cap())).status == status


async def test_nobody_without_a_key_sees_or_sets_anything() -> None:
    house = House()

    answer = await house.get(OWN)

    assert answer is not None
    assert answer.status == 401
    assert (await house.post(CAPS, cap())).status == 401
    assert house.caps.changes == []


async def test_other_methods_and_addresses_are_refused() -> None:
    house = House(door=COMPANY)
    got = await house.get(CAPS)

    assert got is not None
    assert got.status == 405
    assert (await house.post(OWN, cap())).status == 405
    assert (await house.post(f"{OWN}/agr_1/price", cap())).status == 404
