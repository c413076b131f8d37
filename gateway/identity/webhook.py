"""A webhook: an address of a party that is told what happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go.

    Attributes:
        id: `whk_…`.
        party_id: Whose.
        url: `https://…`.
        pepper_id: Its secret is derived from this pepper and its id; it is stored
            nowhere.
        made_us: Since when, microseconds UTC.
        ended_us: Until when; None while it holds.
    """

    id: str
    party_id: str
    url: str
    pepper_id: str
    made_us: int
    ended_us: int | None = None


class WebhookStore(Protocol):
    """Keeps webhooks."""

    def add(self, webhook: Webhook) -> None:
        """Keep a new one."""

    def find(self, webhook_id: str) -> Webhook | None:
        """The webhook of that id, ended or not."""

    def of_party(self, party_id: str = "") -> tuple[Webhook, ...]:
        """Those of a party that hold, or of everybody; oldest first."""

    def erase(self, party_id: str, *, at_us: int) -> tuple[str, ...]:
        """End a party's webhooks and forget where they led; their ids."""

    def end(self, webhook_id: str, *, at_us: int) -> bool:
        """End one; whether it held."""
