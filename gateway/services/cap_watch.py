"""The watch over caps: looks beside requests, and has each threshold told once.

What is used is asked of the store, never of memory, so nothing is told of usage that
a crash could take back; and alert and notices are one transaction, so a crash tells
nothing twice and nothing half.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.identity.webhook import WebhookStore
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource
from gateway.kernel.letter import Letter
from gateway.kernel.money import Money
from gateway.kernel.outgoing import Outgoing, Way
from gateway.licensing.agreement import Agreement
from gateway.metering.alert import Alert, AlertStore, threshold_reached
from gateway.metering.cap_terms import Counted
from gateway.services.cap_desk import CapDesk, Taken
from gateway.services.outbox import letter_parcel

EVENT = "cap.threshold-reached"
Refusals = frozenset[tuple[str, str, str]]
"""Agreement, key and name of caps that refused something."""


@dataclass(frozen=True, slots=True)
class Notices:
    """Where alerts go.

    Attributes:
        alerts: Which were made.
        webhooks: Of whom.
        writes_letters: Whether mail is set up; letters that nobody could ever send
            are not written.
        find_party: A party by its id.
    """

    alerts: AlertStore
    webhooks: WebhookStore
    writes_letters: bool
    find_party: Callable[[str], Party | None]


class CapWatch:
    """Looks at caps and puts alerts in the outbox."""

    def __init__(
        self,
        books: Books,
        desk: CapDesk,
        notices: Notices,
        *,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._desk = desk
        self._notices = notices
        self._clock = clock
        self._ids = ids

    def look(self, refused: Refusals = frozenset()) -> int:
        """Look at every cap; blocking.

        Args:
            refused: Caps that refused something since the last look: they are used
                up, for what is left is too little for anything.

        Returns:
            How many alerts were made.
        """
        now_us = self._clock.now_us()
        made = 0
        for agreement_id in self._books.caps.capped():
            agreement = self._books.agreements.find(agreement_id)
            if agreement is None or not agreement.is_in_force(now_us):
                continue
            for taken in self._desk.taken(agreement_id):
                made += self._told(agreement, taken, refused)
        return made

    def _told(self, agreement: Agreement, taken: Taken, refused: Refusals) -> bool:
        terms, start_us = taken.terms, taken.period.start_us
        has_refused = (agreement.id, terms.key_id, terms.name) in refused
        percent = 100 if terms.is_hard and has_refused else taken.percent
        reached = threshold_reached(percent)
        alerts = self._notices.alerts
        if reached <= alerts.highest(terms, period_start_us=start_us):
            return False
        alert = Alert(terms, start_us, reached)
        parcels = tuple(self._parcels(agreement, taken, alert))
        return alerts.record(alert, parcels, at_us=self._clock.now_us())

    def _parcels(
        self, agreement: Agreement, taken: Taken, alert: Alert
    ) -> Iterable[Outgoing]:
        now_us = self._clock.now_us()
        party = self._notices.find_party(agreement.party_id)
        email = party.attributes.get("email") if party else None
        if self._notices.writes_letters and email is not None:
            letter = alert_letter(agreement, taken, alert, to=str(email.value))
            # An address that is none: the webhook and the books still tell it.
            with suppress(InvalidValue):
                yield letter_parcel(letter, ids=self._ids, now_us=now_us)
        for webhook in self._notices.webhooks.of_party(agreement.party_id):
            event = event_document(agreement, taken, alert, at_us=now_us)
            yield Outgoing(
                self._ids.new("msg"),
                Way.WEBHOOK,
                webhook.id,
                EVENT,
                json.dumps(event, ensure_ascii=False, separators=(",", ":")),
                f"webhook:{webhook.id}:{alert.once}",
                now_us,
                next_us=now_us,
            )


def event_document(
    agreement: Agreement, taken: Taken, alert: Alert, *, at_us: int
) -> Mapping[str, Any]:
    """An alert as a webhook's event: `{"type", "timestamp", "data"}`."""
    terms = taken.terms
    is_money = terms.counted is Counted.MONEY
    return {
        "type": EVENT,
        "timestamp": iso(at_us),
        "data": {
            "agreement_id": agreement.id,
            "party_id": agreement.party_id,
            "key_id": terms.key_id,
            "cap": terms.name,
            "counted": terms.counted.value,
            "per": terms.per.value,
            "strength": terms.strength.value,
            "threshold_percent": alert.threshold,
            "amount": terms.amount,
            "used": -(-taken.used.numerator // taken.used.denominator),
            **({"currency": agreement.currency} if is_money else {}),
            "period_starts_at": iso(taken.period.start_us),
        },
    }


def alert_letter(
    agreement: Agreement, taken: Taken, alert: Alert, *, to: str
) -> Letter:
    """An alert as a letter, in English and in French."""
    terms, percent = taken.terms, alert.threshold
    amount = _spelled(taken, agreement)
    key = f" ({terms.key_id})" if terms.key_id else ""
    day = iso(taken.period.start_us)[:10]
    return Letter(
        to,
        f"{percent} % of a cap is used / {percent} % d'un plafond est atteint",
        f"{percent} % of the cap {terms.name}{key} of agreement {agreement.id}\n"
        f"is used: {amount}, counted since {day} (UTC).\n"
        f"{_then(is_hard=terms.is_hard, percent=percent)}\n"
        "\n---\n\n"
        f"{percent} % du plafond {terms.name}{key} de l'accord {agreement.id}\n"
        f"est atteint : {amount}, compté depuis le {day} (UTC).\n"
        f"{_alors(is_hard=terms.is_hard, percent=percent)}\n",
        once=alert.once,
    )


def _then(*, is_hard: bool, percent: int) -> str:
    if not is_hard:
        return "Nothing is stopped: it is a soft cap."
    if percent >= 100:
        return (
            "What would pass it is answered 429 until the period ends or it is raised."
        )
    return "At 100 % further requests are answered 429."


def _alors(*, is_hard: bool, percent: int) -> str:
    if not is_hard:
        return "Rien n'est arrêté : c'est un plafond souple."
    if percent >= 100:
        return (
            "Ce qui le dépasserait reçoit la réponse 429 jusqu'à la fin de la période"
            " ou jusqu'à son relèvement."
        )
    return "À 100 %, les requêtes suivantes recevront la réponse 429."


def _spelled(taken: Taken, agreement: Agreement) -> str:
    whole = taken.terms.amount
    used = -(-taken.used.numerator // taken.used.denominator)
    if taken.terms.counted is Counted.MONEY:
        currency = agreement.currency
        return f"{Money(used, currency)} / {Money(whole, currency)}"
    return f"{used} / {whole} {taken.terms.counted.value}"
