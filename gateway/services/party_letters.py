"""What was written to a party and by it: letters, webhooks, applications, appeals.

Letters lie under an address, and anybody may say that an address is theirs. What lies
under one is a party's own only once the address is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gateway.identity.party import Party, folded
from gateway.identity.webhook import Webhook
from gateway.kernel.clock import iso
from gateway.kernel.evidence import Level
from gateway.kernel.outgoing import Outgoing
from gateway.licensing.application import Application

Told = Callable[[Any], Any]
"""A value as JSON has it."""


class Correspondence(Protocol):
    """What was said to and by a party beside its use."""

    def applications(self) -> tuple[Application, ...]:
        """Every application for individual terms."""

    def appeals(self) -> tuple[Mapping[str, Any], ...]:
        """Every appeal, as rows."""

    def webhooks(self, party_id: str) -> tuple[Webhook, ...]:
        """The webhooks of a party."""

    def sent_to(self, address: str) -> tuple[Outgoing, ...]:
        """What was sent, or waits, to an address or webhook."""

    def called(self, name: str) -> str | None:
        """The commitment that stands for something in the open books."""


def proven_address(party: Party) -> str:
    """The party's address, if it is proven that it is theirs; else empty."""
    if party.level_of("email") < Level.VERIFIED:
        return ""
    return str(party.attributes["email"].value)


def letters_of(said: Correspondence, party: Party, told: Told) -> dict[str, Any]:
    """What was written to a party and by it.

    Args:
        said: Where it lies.
        party: Whose.
        told: How a value is told.

    Returns:
        `address_is_proven` says whether what lies under the party's address is among
        it; None where no address is known.
    """
    address = proven_address(party)
    webhooks = said.webhooks(party.id)
    receivers = [*(each.id for each in webhooks), *([address] if address else [])]
    return {
        "address_is_proven": bool(address) if "email" in party.attributes else None,
        "webhooks": [
            {
                "webhook_id": each.id,
                "url": each.url,
                "made_at": iso(each.made_us),
                "ended_at": iso(each.ended_us) if each.ended_us else None,
            }
            for each in webhooks
        ],
        "sent": [
            told(each) for receiver in receivers for each in said.sent_to(receiver)
        ],
        "applications": [
            told(each)
            for each in said.applications()
            if address and folded(each.email) == folded(address)
        ],
        "appeals": [
            told(each)
            for each in said.appeals()
            if address and folded(str(each["contact"])) == folded(address)
        ],
        "open_books": {
            what: said.called(f"{what}:{party.id}")
            for what in ("party", "payer", "papers")
        },
    }
