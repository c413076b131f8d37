"""The mailroom of a set-up: the outbox, and the webhooks of its parties."""

from __future__ import annotations

from functools import cached_property

from gateway.bootstrap.keys import peppers_of
from gateway.credentials.webhook_signature import derived_secret
from gateway.identity.party import Party
from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.letter import Postbox
from gateway.services.outbox import Outbox
from gateway.services.parties import Parties
from gateway.services.webhooks import Webhooks
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.stores.outbox_store import (
    StoredAlerts,
    StoredOutbox,
    StoredWebhooks,
)


class Mailroom:
    """What waits to be sent, and where it goes."""

    def __init__(
        self,
        settings: Settings,
        store: Database,
        parties: Parties,
        *,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._settings = settings
        self._parties = parties
        self._clock = clock
        self._ids = ids
        self.outbox = StoredOutbox(store)
        self.alerts = StoredAlerts(store)
        self.webhook_store = StoredWebhooks(store)

    @cached_property
    def postbox(self) -> Postbox:
        """Takes letters and keeps them until the mail server has them."""
        return Outbox(self.outbox, clock=self._clock, ids=self._ids)

    def erase(self, party: Party) -> None:
        """Send a party nothing more, and forget where it was told."""
        now_us = self._clock.now_us()
        receivers = [*self.webhook_store.erase(party.id, at_us=now_us)]
        address = _address_of(party)
        others = (one for one in self._parties.list() if one.id != party.id)
        if address and all(_address_of(one) != address for one in others):
            receivers.append(address)
        for receiver in receivers:
            self.outbox.drop(receiver, at_us=now_us)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Webhooks of parties."""
        return Webhooks(
            self.webhook_store,
            self.outbox,
            parties=self._parties,
            peppers=peppers_of(self._settings),
            derive=derived_secret,
            clock=self._clock,
            ids=self._ids,
        )


def _address_of(party: Party) -> str:
    email = party.attributes.get("email")
    return str(email.value) if email is not None else ""
