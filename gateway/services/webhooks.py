"""Webhooks of parties: set, listed, ended, tried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.identity.pepper import Pepper, Peppers
from gateway.identity.secret import Secret
from gateway.identity.webhook import Webhook, WebhookStore
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.outgoing import OutboxStore, Outgoing, Way
from gateway.services.party_register import PartyRegister

TEST_EVENT = "webhook.test"
WEBHOOKS_MAX = 5
Derive = Callable[[Pepper, str], Secret]
"""From a pepper and a webhook's id to its secret."""


@dataclass(frozen=True, slots=True)
class SetWebhook:
    """A new webhook, with the secret that is shown this once."""

    webhook: Webhook
    secret: Secret


class Webhooks:
    """Everything that is done with webhooks."""

    def __init__(
        self,
        store: WebhookStore,
        outbox: OutboxStore,
        *,
        parties: PartyRegister,
        peppers: Peppers,
        derive: Derive,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._parties = parties
        self._peppers = peppers
        self._derive = derive
        self._clock = clock
        self._ids = ids

    def set(self, party_reference: str, url: str) -> SetWebhook:
        """Tell a party at *url* from now on.

        Raises:
            NotFound: no such party.
            Conflict: it is told there already, or at too many addresses.
        """
        party = self._parties.show(party_reference)
        known = self._store.of_party(party.id)
        if any(each.url == url for each in known) or len(known) >= WEBHOOKS_MAX:
            detail = f"{party.id} has this webhook, or {WEBHOOKS_MAX} others, already"
            raise Conflict(detail)
        pepper = self._peppers.current
        webhook = Webhook(
            self._ids.new("whk"), party.id, url, pepper.id, self._clock.now_us()
        )
        self._store.add(webhook)
        return SetWebhook(webhook, self._derive(pepper, webhook.id))

    def list(self, party_reference: str = "") -> tuple[Webhook, ...]:
        """Webhooks that hold, of a party or of everybody."""
        party_id = self._parties.show(party_reference).id if party_reference else ""
        return self._store.of_party(party_id)

    def show(self, webhook_id: str) -> Webhook:
        """The webhook of that id, ended or not.

        Raises:
            NotFound: there is none.
        """
        found = self._store.find(webhook_id)
        if found is None:
            detail = f"there is no webhook {webhook_id}; see `copyfair webhook list`"
            raise NotFound(detail)
        return found

    def end(self, webhook_id: str) -> Webhook:
        """Tell nothing there any more.

        Raises:
            NotFound: there is none.
        """
        self.show(webhook_id)
        self._store.end(webhook_id, at_us=self._clock.now_us())
        return self.show(webhook_id)

    def test_event(self, webhook_id: str) -> Outgoing:
        """Put an event in the outbox that says nothing, to see it arrive.

        Raises:
            NotFound: there is no such webhook.
            Conflict: it has ended.
        """
        webhook = self.show(webhook_id)
        if webhook.ended_us is not None:
            detail = f"webhook {webhook_id} has ended"
            raise Conflict(detail)
        now_us, new = self._clock.now_us(), self._ids.new("msg")
        event = {
            "type": TEST_EVENT,
            "timestamp": iso(now_us),
            "data": {"webhook_id": webhook.id, "party_id": webhook.party_id},
        }
        body = json.dumps(event, separators=(",", ":"))
        parcel = Outgoing(
            new, Way.WEBHOOK, webhook.id, TEST_EVENT, body, new, now_us, next_us=now_us
        )
        self._outbox.put([parcel])
        return parcel

    def deliveries(self, webhook_id: str, *, at_most: int = 20) -> Sequence[Outgoing]:
        """What went to a webhook, or waits for it; newest first.

        Raises:
            NotFound: there is no such webhook.
        """
        self.show(webhook_id)
        return self._outbox.listed(address=webhook_id, at_most=at_most)

    def secret_of(self, webhook: Webhook) -> Secret:
        """What signs for a webhook.

        Raises:
            NotFound: the pepper that it was derived from is gone.
        """
        for pepper in (self._peppers.current, *self._peppers.older):
            if pepper.id == webhook.pepper_id:
                return self._derive(pepper, webhook.id)
        detail = f"the pepper of webhook {webhook.id} is gone; set it again"
        raise NotFound(detail)
