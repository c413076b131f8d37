"""Bots: what is looked up about strangers, put together for a set-up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from gateway.bootstrap.house import House
from gateway.bootstrap.nobody import NobodyAsked, Unsigned
from gateway.credentials.agent_cards import AgentCard, card_in
from gateway.credentials.nonces import Nonces
from gateway.credentials.signature_agent import Place
from gateway.credentials.web_bot_auth import Terms, WebBotAuth
from gateway.credentials.web_keys import WebKey, keys_in
from gateway.fetch.document import Documents
from gateway.fetch.shelf import Shelf
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.policy import PolicySet
from gateway.resolver.reverse_names import ConfirmedNames
from gateway.services.corroboration import Corroboration
from gateway.services.paces import Paces
from gateway.settings import Evidence

LOOKED_AGAIN_S = 60


@dataclass(slots=True)
class Bots:
    """Witnesses that live as long as the process.

    Attributes:
        corroborate: What admission asks.
        directory: Keys of those who sign.
        names: Confirmed names of addresses.
        documents: Goes out to fetch.
    """

    corroborate: Corroboration
    directory: Directory
    names: ConfirmedNames
    documents: Documents

    async def settled(self, asked: Request) -> None:
        """Wait until what *asked* made us look up is there, or not to be had."""
        await self.names.settled(asked.client_ip)
        for url in self.directory.asked_for:
            await self.directory.shelf.settled(url)

    async def close(self) -> None:
        """End what is under way."""
        await self.directory.shelf.close()
        await self.names.close()
        await self.documents.close()


class Directory:
    """Finds a signer's key among what was fetched."""

    def __init__(
        self, shelf: Shelf[AgentCard], is_known: Callable[[str], bool]
    ) -> None:
        self.shelf = shelf
        self.asked_for: tuple[str, ...] = ()
        self._is_known = is_known

    def __call__(self, asked: Request, place: Place | None, keyid: str) -> WebKey | str:
        """The key, or why there is none; see `web_bot_auth.Keys`."""
        if place is None:
            return "signature-agent-absent"
        found = self._at(asked, place, place.url)
        if isinstance(found, AgentCard) and found.keys_url:
            found = self._at(asked, place, found.keys_url)
        if isinstance(found, str):
            return found
        return found.keys.get(keyid) or self._missing(asked, place)

    def _at(
        self, asked: Request, place: Place, url: str, *, older_s: int = 0
    ) -> AgentCard | str:
        self.asked_for = (place.url, url)
        whose, host = site_of(asked.client_ip), place.host
        return self.shelf.at_hand(
            url, whose=whose, is_known=self._is_known(host), older_s=older_s
        )

    def _missing(self, asked: Request, place: Place) -> str:
        """A new key may have been published since; look again, but not often."""
        self._at(asked, place, place.url, older_s=LOOKED_AGAIN_S)
        return "key-unknown"


def bots_of(
    house: House,
    policies: Callable[[], PolicySet],
    nonces: Nonces | None = None,
    *,
    paces: Paces | None = None,
) -> Bots:
    """Witnesses of a set-up, with the policies in force."""
    told: Evidence = house.settings.evidence
    documents = Documents(allows_loopback=told.loopback)
    shelf: Shelf[AgentCard] = Shelf(documents, read_keys, house.clock)

    def is_known(host: str) -> bool:
        return policies().agents.signing(host) is not None

    directory = Directory(shelf, is_known)
    names = ConfirmedNames(house.clock)
    terms = Terms(told.web_bot_auth, allows_http=told.loopback)
    judge = WebBotAuth(directory, terms, nonces=nonces or Nonces(), is_known=is_known)
    corroborate = Corroboration(
        judge if told.web_bot_auth else Unsigned(),
        names if told.reverse_dns else NobodyAsked(),
        lambda: policies().ranges,
        house.clock,
        paces,
    )
    return Bots(corroborate, directory, names, documents)


def read_keys(body: bytes, url: str) -> AgentCard:
    """A key set, one key, or a card, as it was fetched.

    Raises:
        InvalidValue: it is none of them.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidValue("what lies there is not JSON") from None
    if isinstance(document, dict) and "client_id" in document:
        return card_in(document, url)
    return AgentCard(keys_in(document), "")
