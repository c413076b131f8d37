"""Very large takers: who takes how much, and who was told 30 days ahead.

A notice is a dated record; letter and webhooks stand in the outbox in the transaction
that keeps it. Without it the rule for the very largest answers nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from gateway.classification.behaviour import Share
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.identity.webhook import WebhookStore
from gateway.kernel.clock import US_PER_DAY, Clock, iso
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.ids import IdSource
from gateway.kernel.letter import Letter
from gateway.kernel.outgoing import OutboxStore, Outgoing, Way
from gateway.metering.taken import LARGE_PERMILLE, LARGE_TAKERS, is_very_large
from gateway.reciprocity.notice import AHEAD_DAYS, Notice, notice_days
from gateway.services.giving import Owners
from gateway.services.outbox import letter_parcel

EVENT = "taker.announced"
USERS_MAX = 700_000_000
NOTHING = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Telling:
    """How parties are told.

    Attributes:
        parties: Who they are.
        webhooks: Theirs.
        outbox: Keeps what is to be sent.
        writes_letters: Whether mail is set up.
    """

    parties: Owners
    webhooks: WebhookStore
    outbox: OutboxStore
    writes_letters: bool


@dataclass(frozen=True, slots=True)
class Taker:
    """A beneficial owner that takes.

    Attributes:
        owner_id: Which.
        share: Of what was taken in the last 12 months.
        notice_days: For how many days it has known; None where it was not told.
    """

    owner_id: str
    share: Share
    notice_days: int | None

    @property
    def is_very_large(self) -> bool:
        """Does it count as very large, told or not?"""
        return is_very_large(self.share)


class LargeTakers:
    """Everything that is done about very large takers."""

    def __init__(
        self,
        books: Books,
        shares: Callable[[], Mapping[str, Share]],
        telling: Telling,
        *,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._shares = shares
        self._telling = telling
        self._clock = clock
        self._ids = ids

    def list(self) -> tuple[Taker, ...]:
        """Every owner that took something or was told, the largest first."""
        found = dict(self._shares())
        for each in self._books.notices.all():
            found.setdefault(each.owner_id, NOTHING)
        takers = (Taker(who, share, self._days(who)) for who, share in found.items())
        return tuple(
            sorted(takers, key=lambda one: (-one.share.permille, one.owner_id))
        )

    def announce(self, party: Party, *, by: str) -> Notice:
        """Tell a party's owner that it counts as very large from 30 days on.

        Raises:
            Conflict: it was told already.
            InvalidValue: it does not count as very large, or nobody is named.
        """
        owner_id = party.beneficial_owner_id
        share = self._shares().get(owner_id, NOTHING)
        if not by.strip():
            raise InvalidValue("say who announces it")
        if not (is_very_large(share) or self._has_very_many_users(party)):
            detail = (
                f"{party.name} took {share.permille / 10:g} % among {share.takers}"
                f" takers; very large is above {LARGE_PERMILLE / 10:g} % among"
                f" {LARGE_TAKERS} or more,"
                f" or above {USERS_MAX} users a month"
            )
            raise InvalidValue(detail)
        if self._days(owner_id) is not None:
            detail = f"{party.name} was told already"
            raise Conflict(detail)
        notice = self._notice(owner_id, share, by)
        self._books.notices.add(notice)
        self._telling.outbox.put([*self._parcels(party, notice)])
        return notice

    def lift(self, party: Party, *, by: str) -> Notice:
        """Take a notice back.

        Raises:
            Conflict: none stands.
        """
        owner_id = party.beneficial_owner_id
        if self._days(owner_id) is None:
            detail = f"no notice to {party.name} stands"
            raise Conflict(detail)
        share = self._shares().get(owner_id, NOTHING)
        notice = self._notice(owner_id, share, by, is_lifted=True)
        self._books.notices.add(notice)
        return notice

    def _notice(
        self, owner_id: str, share: Share, by: str, *, is_lifted: bool = False
    ) -> Notice:
        return Notice(
            self._ids.new("ntc"),
            owner_id,
            share.permille,
            share.takers,
            by=by,
            told_us=self._clock.now_us(),
            is_lifted=is_lifted,
        )

    def _days(self, owner_id: str) -> int | None:
        told = self._books.notices.of_owner(owner_id)
        return notice_days(told, at_us=self._clock.now_us())

    @staticmethod
    def _has_very_many_users(party: Party) -> bool:
        known = party.attributes.get("mau")
        users = known.value if known else 0
        return isinstance(users, int) and users > USERS_MAX

    def _parcels(self, party: Party, notice: Notice) -> Iterator[Outgoing]:
        now_us = notice.told_us
        email = party.attributes.get("email")
        if self._telling.writes_letters and email is not None:
            # An address that is none: the webhook and the record still tell it.
            with suppress(InvalidValue):
                letter = notice_letter(notice, to=str(email.value))
                yield letter_parcel(letter, ids=self._ids, now_us=now_us)
        for webhook in self._telling.webhooks.of_party(party.id):
            yield Outgoing(
                self._ids.new("msg"),
                Way.WEBHOOK,
                webhook.id,
                EVENT,
                json.dumps(notice_event(notice), separators=(",", ":")),
                f"webhook:{webhook.id}:{notice.id}",
                now_us,
                next_us=now_us,
            )


def effective_us(notice: Notice) -> int:
    """From when on it has an effect."""
    return notice.told_us + AHEAD_DAYS * US_PER_DAY


def notice_event(notice: Notice) -> Mapping[str, object]:
    """A notice as a webhook's event: `{"type", "timestamp", "data"}`."""
    return {
        "type": EVENT,
        "timestamp": iso(notice.told_us),
        "data": {
            "share_permille": notice.permille,
            "takers": notice.takers,
            "effective_at": iso(effective_us(notice)),
        },
    }


def notice_letter(notice: Notice, *, to: str) -> Letter:
    """A notice as a letter, in English and in French."""
    share = f"{notice.permille // 10}.{notice.permille % 10} %"
    day = iso(effective_us(notice))[:10]
    return Letter(
        to,
        "You count as a very large taker / Vous comptez parmi les très gros preneurs",
        f"In the last 12 months {share} of what was metered went to you, among\n"
        f"{notice.takers} takers. From {day} (UTC) on, the top bracket of the tariff\n"
        "prices everything you take. Contributions still settle, and openness still\n"
        "lowers the price. You may answer this letter.\n"
        "\n---\n\n"
        f"Au cours des 12 derniers mois, {share} des volumes mesurés vous sont\n"
        f"revenus, parmi {notice.takers} preneurs. À partir du {day} (UTC), la\n"
        "tranche la plus haute du tarif s'applique à tout ce que vous prenez. Les\n"
        "contributions comptent toujours, et l'ouverture baisse toujours le prix.\n"
        "Vous pouvez répondre à cette lettre.\n",
        once=notice.id,
    )
