"""`/_copyfair/corrections`: a reader corrects a record, without an account."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from gateway.kernel.errors import Unavailable
from gateway.web.answer import Answer
from tests.unit.terms.builders import House, header

PLACE = "/_copyfair/corrections"
HTML = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
RIGHT = {"about": "/registers/1742?page=3", "text": "It is Müller."}


async def got(house: House, **changes: object) -> str:
    answer = await house.get(PLACE, **{"headers": HTML, **changes})
    assert answer is not None
    assert answer.status == 200
    return answer.body.decode()


async def sent(house: House, headers: object = FORM, **said: str) -> Answer:
    body = urlencode({**RIGHT, **said}).encode()
    return await house.post(PLACE, body, headers=headers)


async def test_the_form_names_the_record_it_was_opened_for() -> None:
    page = await got(House(), query="about=/registers/1742%3Fpage%3D3")

    assert 'value="/registers/1742?page=3"' in page
    assert 'action="/_copyfair/corrections"' in page
    assert "<script" not in page


async def test_a_plain_link_is_enough_the_page_it_stood_on_is_known() -> None:
    came_from = "https://archive.example/registers/1742?page=3"
    elsewhere = "https://other.example/registers/1742"

    page = await got(House(), headers={**HTML, "Referer": came_from})
    stranger = await got(House(), headers={**HTML, "Referer": elsewhere})
    ours = "https://archive.example/_copyfair/appeals"
    own = await got(House(), headers={**HTML, "Referer": ours})

    assert 'value="/registers/1742?page=3"' in page
    assert 'name="about" value=""' in stranger
    assert 'name="about" value=""' in own


@pytest.mark.parametrize(
    "about", ["https://evil.example/", "//evil.example", '/"><script>', "/_copyfair/x"]
)
async def test_what_is_no_record_is_not_shown(about: str) -> None:
    page = await got(House(), query=urlencode({"about": about}))

    assert "evil.example" not in page
    assert "<script" not in page


async def test_the_form_speaks_french() -> None:
    page = await got(House(), headers={**HTML, "Accept-Language": "fr"})

    assert '<html lang="fr">' in page
    assert "Corriger cette notice" in page


async def test_a_machine_is_told_what_to_send() -> None:
    answer = await House().get(PLACE)

    assert answer is not None
    fields = json.loads(answer.body)["send"]["fields"]
    assert set(fields) == {"about", "text", "name", "contact"}
    described = await House().get("/.well-known/copyfair")
    assert described is not None
    assert json.loads(described.body)["corrections"].endswith(PLACE)


async def test_a_correction_is_kept_without_an_address() -> None:
    house = House()

    answer = await sent(house, name="Ada  L.", contact="ada@example.org")

    assert answer.status == 201
    (kept,) = house.corrections.kept
    assert (kept.about, kept.text) == (RIGHT["about"], RIGHT["text"])
    assert (kept.name, kept.contact) == ("Ada L.", "ada@example.org")
    assert kept.archive == "https://archive.example"
    assert "192.0.2" not in repr(kept)
    assert f'href="{RIGHT["about"]}"' in answer.body.decode()
    assert kept.id in answer.body.decode()


async def test_nothing_has_to_be_left() -> None:
    house = House()
    body = json.dumps(RIGHT).encode()

    answer = await house.post(PLACE, body)

    assert json.loads(answer.body)["correction_id"] == house.corrections.kept[0].id
    assert house.corrections.kept[0].name == house.corrections.kept[0].contact == ""


@pytest.mark.parametrize(
    "fault",
    [
        {"text": " "},
        {"text": "x" * 4_001},
        {"about": ""},
        {"about": "registers/1742"},
        {"about": "https://evil.example/"},
        {"about": "//evil.example/"},
        {"about": "/\\evil.example"},
        {"about": "/a\nb"},
        {"about": "/_copyfair/portal/"},
        {"about": f"/{'x' * 2_048}"},
    ],
    ids=str,
)
async def test_a_correction_that_says_nothing_or_of_no_record_is_refused(
    fault: dict[str, str],
) -> None:
    house = House()

    answer = await sent(house, headers={**FORM, "Accept": "*/*"}, **fault)

    assert answer.status == 400
    assert set(json.loads(answer.body)["fields"]) >= {"about", "text"}
    assert house.corrections.kept == []


async def test_corrections_are_bounded_in_length_and_number() -> None:
    house = House()

    huge = await house.post(PLACE, b" " * 20_000)
    full = await sent(house, text="ä\r\n" * 1_300)
    statuses = [(await sent(house)).status for _ in range(5)]

    assert huge.status == 413
    assert full.status == 201
    assert statuses == [201] * 4 + [429]
    assert len(house.corrections.kept) == 5


async def test_many_addresses_do_not_make_the_box_overflow() -> None:
    house = House()
    body = urlencode(RIGHT).encode()

    statuses = [
        (
            await house.post(
                PLACE,
                body,
                headers=FORM,
                client_ip=f"198.51.{each // 250}.{each % 250}",
            )
        ).status
        for each in range(210)
    ]

    assert statuses == [201] * 200 + [429] * 10


async def test_control_characters_are_not_kept_and_letters_of_every_script_are() -> (
    None
):
    house = House()

    await sent(house, text="a\x1b[31m\x00b\n\tمی\u200cخواهم", name="Ami\x07na\x1b]0;x")

    (kept,) = house.corrections.kept
    assert kept.text == "a [31m b\n\tمی\u200cخواهم"
    assert kept.name == "Ami na ]0;x"


async def test_a_store_that_cannot_write_says_when_to_come_back() -> None:
    house = House()
    house.corrections.fails = Unavailable("the store is full")

    answer = await sent(house)

    assert answer.status == 503
    assert header(answer, "retry-after") == "30"


async def test_corrections_know_their_methods_and_are_never_framed() -> None:
    answer = await House().get(PLACE, method="PUT")
    page = await House().get(PLACE, headers=HTML)

    assert answer is not None
    assert page is not None
    assert answer.status == 405
    policy = header(page, "content-security-policy")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert header(page, "cache-control") == "no-store"
