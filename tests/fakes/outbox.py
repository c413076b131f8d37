"""The outbox, alerts and webhooks in memory; held to the contracts of the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.identity.webhook import Webhook
from gateway.kernel.outgoing import Outgoing, State, Waiting, Way
from gateway.metering.alert import Alert
from gateway.metering.cap_terms import CapTerms


class FakeOutbox:
    """`OutboxStore` over a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, Outgoing] = {}
        self.ended_us: dict[str, int] = {}

    def put(self, parcels: Sequence[Outgoing]) -> int:
        known = {each.once for each in self.rows.values()}
        new = {}
        for each in parcels:
            kept = replace(each, once=each.once or each.id)
            if kept.once not in known:
                new[each.id] = kept
                known.add(kept.once)
        self.rows |= new
        return len(new)

    def due(self, *, now_us: int, ways: Sequence[Way], at_most: int) -> list[Outgoing]:
        firsts: dict[tuple[Way, str], Outgoing] = {}
        for each in self.rows.values():
            is_due = each.state is State.WAITING and each.next_us <= now_us
            if is_due and each.way in ways:
                firsts.setdefault((each.way, each.address), each)
        return sorted(firsts.values(), key=lambda one: one.next_us)[:at_most]

    def claim(self, parcel: Outgoing, *, until_us: int) -> bool:
        known = self.rows[parcel.id]
        if known.state is not State.WAITING or known.next_us != parcel.next_us:
            return False
        self.rows[parcel.id] = replace(known, next_us=until_us, tries=known.tries + 1)
        return True

    def keep(self, parcel: Outgoing, *, at_us: int) -> None:
        known = self.rows[parcel.id]
        self.rows[parcel.id] = replace(
            known, state=parcel.state, answer=parcel.answer, next_us=parcel.next_us
        )
        if parcel.state is not State.WAITING:
            self.ended_us[parcel.id] = at_us

    def listed(self, *, address: str = "", at_most: int = 100) -> list[Outgoing]:
        found = [
            each
            for each in self.rows.values()
            if not address or each.address == address
        ]
        return found[::-1][:at_most]

    def standing(self) -> tuple[Waiting, ...]:
        found = []
        for way in Way:
            left = [
                each
                for each in self.rows.values()
                if each.way is way and each.state is not State.DELIVERED
            ]
            waiting = [each for each in left if each.state is State.WAITING]
            if left:
                found.append(
                    Waiting(
                        way,
                        len(waiting),
                        len(left) - len(waiting),
                        min((each.made_us for each in waiting), default=0),
                        waiting[0].answer if waiting else "",
                    )
                )
        return tuple(found)

    def drop(self, address: str, *, at_us: int) -> int:
        found = [each for each in self.rows.values() if each.address == address]
        for each in found:
            is_waiting = each.state is State.WAITING
            state = State.DEAD if is_waiting else each.state
            self.rows[each.id] = replace(
                each, address="", subject="", body="", state=state
            )
            self.ended_us.setdefault(each.id, at_us)
        return len(found)

    def forget(self, *, before_us: int) -> int:
        old = [
            key
            for key, ended_us in self.ended_us.items()
            if ended_us < before_us and self.rows[key].body
        ]
        for key in old:
            self.rows[key] = replace(self.rows[key], address="", subject="", body="")
        return len(old)


class FakeAlerts:
    """`AlertStore` beside a fake outbox."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self.outbox = outbox
        self.made: list[Alert] = []

    def highest(self, terms: CapTerms, *, period_start_us: int) -> int:
        return max(
            (
                each.threshold
                for each in self.made
                if (each.terms, each.period_start_us) == (terms, period_start_us)
            ),
            default=0,
        )

    def record(
        self, alert: Alert, parcels: tuple[Outgoing, ...], *, at_us: int
    ) -> bool:
        if alert in self.made:
            return False
        self.made.append(alert)
        self.outbox.put(parcels)
        return True


class FakeWebhooks:
    """`WebhookStore` over a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, Webhook] = {}

    def add(self, webhook: Webhook) -> None:
        self.rows[webhook.id] = webhook

    def find(self, webhook_id: str) -> Webhook | None:
        return self.rows.get(webhook_id)

    def of_party(self, party_id: str = "") -> tuple[Webhook, ...]:
        return tuple(
            each
            for each in self.rows.values()
            if each.ended_us is None and party_id in {"", each.party_id}
        )

    def erase(self, party_id: str, *, at_us: int) -> tuple[str, ...]:
        mine = [each for each in self.rows.values() if each.party_id == party_id]
        for each in mine:
            ended_us = at_us if each.ended_us is None else each.ended_us
            self.rows[each.id] = replace(each, url="erased", ended_us=ended_us)
        return tuple(sorted(each.id for each in mine))

    def end(self, webhook_id: str, *, at_us: int) -> bool:
        known = self.rows.get(webhook_id)
        if known is None or known.ended_us is not None:
            return False
        self.rows[webhook_id] = replace(known, ended_us=at_us)
        return True
