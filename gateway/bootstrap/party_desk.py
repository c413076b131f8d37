"""What a party takes along, and how it goes: its export and its leaving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.bootstrap.house import House
from gateway.identity.webhook import Webhook
from gateway.kernel.outgoing import Outgoing
from gateway.licensing.application import Application
from gateway.services.leaving import Doors, Leaving
from gateway.services.party_export import PartyExport
from gateway.services.refunds import Refunds
from gateway.storage.stores.appeal_store import StoredAppeals

EVERYTHING = 1 << 31


class Kept:
    """What was said to and by parties beside their use, as it is stored."""

    def __init__(self, house: House) -> None:
        self._house = house

    def applications(self) -> tuple[Application, ...]:
        """Every application for individual terms."""
        return tuple(self._house.applications.list())

    def appeals(self) -> tuple[Mapping[str, Any], ...]:
        """Every appeal, as rows."""
        return tuple(StoredAppeals(self._house.store).all())

    def webhooks(self, party_id: str) -> tuple[Webhook, ...]:
        """The webhooks of a party."""
        return self._house.mailroom.webhook_store.of_party(party_id)

    def sent_to(self, address: str) -> tuple[Outgoing, ...]:
        """What was sent, or waits, to an address or a webhook."""
        outbox = self._house.mailroom.outbox
        return tuple(outbox.listed(address=address, at_most=EVERYTHING))

    def called(self, name: str) -> str | None:
        """The commitment that stands for something in the open books."""
        return self._house.log.called(name)


def export_of(house: House) -> PartyExport:
    """Everything that is held about a party."""
    return PartyExport(
        house.books, house.parties, house.usage_reports, correspondence=Kept(house)
    )


def refunds_of(house: House) -> Refunds:
    """Gives back what was paid ahead; `house` is one transaction."""
    return Refunds(
        house.books,
        waiting=leaving_of(house).waiting,
        clock=house.clock,
        ids=house.ids,
    )


def leaving_of(house: House) -> Leaving:
    """Lets parties go; `house` is one transaction, see `House.together`."""
    webhooks = house.mailroom.webhook_store
    return Leaving(
        house.books,
        house.parties,
        Doors(house.identities, webhooks, house.agreements),
        unbilled=house.unbilled,
        sells=house.settings.invoicing.seller != "none",
        clock=house.clock,
        ids=house.ids,
    )
