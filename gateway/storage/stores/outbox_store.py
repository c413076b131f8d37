"""The outbox, webhooks and alerts in tables."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.identity.webhook import Webhook
from gateway.kernel.outgoing import Outgoing, State, Waiting, Way
from gateway.metering.alert import Alert
from gateway.metering.cap_terms import CapTerms
from gateway.storage.database import Database, Row, Transaction

PUT = """
INSERT INTO outgoing (id, way, address, subject, body, once, made_us, tries, next_us,
  state, answer) VALUES (:id, :way, :address, :subject, :body, :once, :made_us, :tries,
  :next_us, :state, :answer) ON CONFLICT DO NOTHING
"""
DUE = """
SELECT * FROM outgoing WHERE seq IN (
  SELECT min(seq) FROM outgoing
  WHERE state = 'waiting' AND next_us <= :now_us AND way IN ({ways})
  GROUP BY way, address)
ORDER BY next_us, seq LIMIT :at_most
"""
STANDING = """
SELECT way, count(CASE WHEN state = 'waiting' THEN 1 END) AS waiting,
  count(CASE WHEN state = 'dead' THEN 1 END) AS dead,
  coalesce(min(CASE WHEN state = 'waiting' THEN made_us END), 0) AS oldest_us
FROM outgoing WHERE state <> 'delivered' GROUP BY way ORDER BY way
"""
CAP = """
agreement_id = :agreement_id AND key_id = :key_id AND name = :name
AND strength = :strength AND amount = :amount AND period_start_us = :period_start_us
"""


class StoredOutbox:
    """`gateway.kernel.outgoing.OutboxStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, parcels: Sequence[Outgoing]) -> int:
        """Keep what is new; see the port."""
        with self._db.transaction() as tx:
            return put_in(tx, parcels)

    def due(self, *, now_us: int, ways: Sequence[Way], at_most: int) -> list[Outgoing]:
        """What is to be tried now; see the port."""
        named = {f"way_{number}": way.value for number, way in enumerate(ways)}
        sql = DUE.format(ways=", ".join(f":{name}" for name in named))
        rows = self._db.rows(sql, {"now_us": now_us, "at_most": at_most, **named})
        return [_outgoing(row) for row in rows]

    def claim(self, parcel: Outgoing, *, until_us: int) -> bool:
        """Take it for one try; see the port."""
        with self._db.transaction() as tx:
            touched = tx.run(
                "UPDATE outgoing SET next_us = :until_us, tries = tries + 1"
                " WHERE id = :id AND state = 'waiting' AND next_us = :next_us",
                {"id": parcel.id, "next_us": parcel.next_us, "until_us": until_us},
            )
        return bool(touched)

    def keep(self, parcel: Outgoing, *, at_us: int) -> None:
        """Keep what became of a try; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "UPDATE outgoing SET state = :state, answer = :answer,"
                " next_us = :next_us, ended_us = :ended_us WHERE id = :id",
                {
                    "id": parcel.id,
                    "state": parcel.state.value,
                    "answer": parcel.answer,
                    "next_us": parcel.next_us,
                    "ended_us": None if parcel.state is State.WAITING else at_us,
                },
            )

    def listed(self, *, address: str = "", at_most: int = 100) -> list[Outgoing]:
        """The newest, newest first."""
        where = "WHERE address = :address" if address else ""
        sql = f"SELECT * FROM outgoing {where} ORDER BY seq DESC LIMIT :at_most"  # noqa: S608 - our constants
        rows = self._db.rows(sql, {"address": address, "at_most": at_most})
        return [_outgoing(row) for row in rows]

    def standing(self) -> tuple[Waiting, ...]:
        """How it stands; see the port."""
        return tuple(
            Waiting(
                Way(row["way"]),
                row["waiting"],
                row["dead"],
                row["oldest_us"],
                self._answer(row["way"]),
            )
            for row in self._db.rows(STANDING)
        )

    def drop(self, address: str, *, at_us: int) -> int:
        """Empty everything of a receiver; see the port."""
        with self._db.transaction() as tx:
            return tx.run(
                "UPDATE outgoing SET address = '', subject = '', body = '',"
                " ended_us = coalesce(ended_us, :at_us),"
                " state = CASE state WHEN 'waiting' THEN 'dead' ELSE state END"
                " WHERE address = :address AND address <> ''",
                {"address": address, "at_us": at_us},
            )

    def forget(self, *, before_us: int) -> int:
        """Empty what was ended before."""
        with self._db.transaction() as tx:
            return tx.run(
                "UPDATE outgoing SET address = '', subject = '', body = ''"
                " WHERE ended_us < :before_us AND body <> ''",
                {"before_us": before_us},
            )

    def _answer(self, way: str) -> str:
        row = self._db.row(
            "SELECT answer FROM outgoing WHERE way = :way AND state = 'waiting'"
            " ORDER BY seq LIMIT 1",
            {"way": way},
        )
        return row["answer"] if row else ""


class StoredAlerts:
    """`gateway.metering.alert.AlertStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def highest(self, terms: CapTerms, *, period_start_us: int) -> int:
        """The highest threshold that was told; see the port."""
        sql = f"SELECT max(threshold) AS threshold FROM cap_alert WHERE {CAP}"  # noqa: S608 - our constant
        row = self._db.row(sql, _cap(terms, period_start_us))
        return (row["threshold"] or 0) if row else 0

    def record(
        self, alert: Alert, parcels: tuple[Outgoing, ...], *, at_us: int
    ) -> bool:
        """Keep an alert and what tells it; see the port."""
        cap = _cap(alert.terms, alert.period_start_us)
        with self._db.transaction() as tx:
            is_new = tx.run(
                "INSERT INTO cap_alert (agreement_id, key_id, name, strength, amount,"
                " period_start_us, threshold, at_us) VALUES (:agreement_id, :key_id,"
                " :name, :strength, :amount, :period_start_us, :threshold, :at_us)"
                " ON CONFLICT DO NOTHING",
                {**cap, "threshold": alert.threshold, "at_us": at_us},
            )
            if is_new:
                put_in(tx, parcels)
        return bool(is_new)


class StoredWebhooks:
    """`gateway.identity.webhook.WebhookStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, webhook: Webhook) -> None:
        """Keep a new one."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO webhook (id, party_id, url, pepper_id, made_us) VALUES"
                " (:id, :party_id, :url, :pepper_id, :made_us)",
                {
                    "id": webhook.id,
                    "party_id": webhook.party_id,
                    "url": webhook.url,
                    "pepper_id": webhook.pepper_id,
                    "made_us": webhook.made_us,
                },
            )

    def find(self, webhook_id: str) -> Webhook | None:
        """The webhook of that id."""
        row = self._db.row("SELECT * FROM webhook WHERE id = :id", {"id": webhook_id})
        return Webhook(**row) if row else None

    def of_party(self, party_id: str = "") -> tuple[Webhook, ...]:
        """Those that hold, of a party or of everybody."""
        rows = self._db.rows(
            "SELECT * FROM webhook WHERE ended_us IS NULL"
            " AND (party_id = :party_id OR :party_id = '') ORDER BY made_us, id",
            {"party_id": party_id},
        )
        return tuple(Webhook(**row) for row in rows)

    def erase(self, party_id: str, *, at_us: int) -> tuple[str, ...]:
        """End a party's webhooks and forget where they led."""
        with self._db.transaction() as tx:
            rows = tx.rows(
                "SELECT id FROM webhook WHERE party_id = :party_id ORDER BY id",
                {"party_id": party_id},
            )
            tx.run(
                "UPDATE webhook SET url = 'erased',"
                " ended_us = coalesce(ended_us, :at_us) WHERE party_id = :party_id",
                {"party_id": party_id, "at_us": at_us},
            )
        return tuple(row["id"] for row in rows)

    def end(self, webhook_id: str, *, at_us: int) -> bool:
        """End one."""
        with self._db.transaction() as tx:
            touched = tx.run(
                "UPDATE webhook SET ended_us = :at_us"
                " WHERE id = :id AND ended_us IS NULL",
                {"id": webhook_id, "at_us": at_us},
            )
        return bool(touched)


def put_in(tx: Transaction, parcels: Sequence[Outgoing]) -> int:
    """Keep what is new, in a transaction that others began."""
    return sum(
        tx.run(
            PUT,
            {
                "id": each.id,
                "way": each.way.value,
                "address": each.address,
                "subject": each.subject,
                "body": each.body,
                "once": each.once or each.id,
                "made_us": each.made_us,
                "tries": each.tries,
                "next_us": each.next_us,
                "state": each.state.value,
                "answer": each.answer,
            },
        )
        for each in parcels
    )


def _outgoing(row: Row) -> Outgoing:
    names = ("id", "address", "subject", "body", "once", "made_us", "tries", "next_us")
    kept = {name: row[name] for name in names}
    way, state = Way(row["way"]), State(row["state"])
    return Outgoing(**kept, way=way, state=state, answer=row["answer"])


def _cap(terms: CapTerms, period_start_us: int) -> dict[str, str | int]:
    return {
        "agreement_id": terms.agreement_id,
        "key_id": terms.key_id,
        "name": terms.name,
        "strength": terms.strength.value,
        "amount": terms.amount,
        "period_start_us": period_start_us,
    }
