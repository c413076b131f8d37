"""Gifts and donations, in a table."""

from __future__ import annotations

from gateway.fund.gift import Gift
from gateway.kernel.money import Money
from gateway.storage.database import Database, Row


class StoredGifts:
    """`gateway.fund.ports.GiftStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, gift: Gift) -> None:
        """Keep one; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO gift (id, to_party_id, from_party_id, currency,"
                " amount_minor, reference, memo, received_us) VALUES (:id,"
                " :to_party_id, :from_party_id, :currency, :amount_minor, :reference,"
                " :memo, :received_us)",
                {
                    "id": gift.id,
                    "to_party_id": gift.to_party_id,
                    "from_party_id": gift.from_party_id,
                    "currency": gift.amount.currency,
                    "amount_minor": gift.amount.minor,
                    "reference": gift.reference,
                    "memo": gift.memo,
                    "received_us": gift.received_us,
                },
            )

    def find(self, name: str) -> Gift | None:
        """The one of that id or reference."""
        sql = "SELECT * FROM gift WHERE id = :name OR reference = :name"
        row = self._db.row(sql, {"name": name})
        return _gift(row) if row else None

    def all(self) -> tuple[Gift, ...]:
        """Every one, oldest first."""
        sql = "SELECT * FROM gift ORDER BY received_us, id"
        return tuple(map(_gift, self._db.rows(sql)))


def _gift(row: Row) -> Gift:
    return Gift(
        row["id"],
        row["to_party_id"],
        row["from_party_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        reference=row["reference"],
        memo=row["memo"],
        received_us=row["received_us"],
    )
