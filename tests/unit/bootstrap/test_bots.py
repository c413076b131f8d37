"""bootstrap.bots: a signer's key is found at its place, or there is a reason."""

import json
from dataclasses import dataclass, field

import pytest

from gateway.bootstrap.bots import Directory, read_keys
from gateway.credentials.signature_agent import Place, Shape
from gateway.credentials.web_keys import WebKey
from gateway.fetch.document import Fetched
from gateway.fetch.pinned import Refused
from gateway.fetch.shelf import Shelf
from gateway.kernel.errors import InvalidValue
from tests.fakes.time_and_chance import HandClock
from tests.unit.credentials.signers import AGENT_URL, Signer

SIGNER = Signer()
CARD_URL = "https://bot.example/card"
KEYS = json.dumps({"keys": [SIGNER.jwk]})
CARD = json.dumps({"client_id": CARD_URL, "jwks_uri": AGENT_URL})


@dataclass
class Web:
    pages: dict[str, str]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self.pages:
            raise Refused("directory-unreachable")
        return Fetched(self.pages[url].encode(), None)


async def found(
    web: Web, clock: HandClock, place: Place | None, keyid: str = SIGNER.keyid
) -> list[WebKey | str]:
    """What is said before and after each fetch."""
    shelf = Shelf(web.fetch, read_keys, clock)
    directory = Directory(shelf, lambda _host: False)
    said = []
    for _ in range(3):
        said.append(directory(SIGNER.request(), place, keyid))
        for url in directory.asked_for:
            await shelf.settled(url)
    return said


async def test_a_key_is_found_once_its_set_is_there() -> None:
    web = Web({AGENT_URL: KEYS})

    said = await found(web, HandClock(), Place(AGENT_URL, Shape.JWKS))

    assert said[0] == "directory-pending"
    assert isinstance(said[1], WebKey)
    assert said[1].thumbprint == SIGNER.keyid


async def test_a_card_leads_to_its_set() -> None:
    web = Web({CARD_URL: CARD, AGENT_URL: KEYS})

    said = await found(web, HandClock(), Place(CARD_URL, Shape.CARD))

    assert said[:2] == ["directory-pending", "directory-pending"]
    assert isinstance(said[2], WebKey)
    assert web.asked == [CARD_URL, AGENT_URL]


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ({}, "directory-unreachable"),
        ({AGENT_URL: "no JSON"}, "directory-unreadable"),
        ({AGENT_URL: "[]"}, "directory-unreadable"),
        ({AGENT_URL: '{"keys":[]}'}, "key-unknown"),
        ({AGENT_URL: CARD}, "directory-unreadable"),
    ],
)
async def test_what_is_not_there_has_a_reason(
    pages: dict[str, str], reason: str
) -> None:
    said = await found(Web(pages), HandClock(), Place(AGENT_URL, Shape.JWKS))

    assert said[2] == reason


async def test_nothing_is_fetched_where_no_place_is_named() -> None:
    web = Web({AGENT_URL: KEYS})

    said = await found(web, HandClock(), None)

    assert said == ["signature-agent-absent"] * 3
    assert web.asked == []


def test_a_bottomless_document_is_refused() -> None:
    with pytest.raises(InvalidValue):
        read_keys(b"[" * 100_000, AGENT_URL)
