"""Payout files, their orders and what became of them, in tables that only grow."""

from __future__ import annotations

from gateway.fund.payout_order import Order, OrderState, PayoutFile
from gateway.kernel.money import Money
from gateway.storage.database import Database, Row

ADD_ORDER = """
INSERT INTO payout_order (end_to_end, file_id, contributor_id, currency, amount_minor)
VALUES (:end_to_end, :file_id, :contributor_id, :currency, :amount_minor)
"""
ORDERS = """
SELECT orders.*, (SELECT state FROM payout_end AS ended
  WHERE ended.end_to_end = orders.end_to_end
  ORDER BY state = 'returned' DESC, state = 'paid' DESC LIMIT 1) AS state
FROM payout_order AS orders {where} ORDER BY orders.end_to_end
"""


class StoredPayouts:
    """`gateway.fund.payout_ports.PayoutStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, made: PayoutFile) -> None:
        """Keep a file with its orders."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO payout_file (id, execution_on, made_us)"
                " VALUES (:id, :execution_on, :made_us)",
                {
                    "id": made.id,
                    "execution_on": made.execution_on,
                    "made_us": made.made_us,
                },
            )
            tx.run_many(
                ADD_ORDER,
                [
                    {
                        "end_to_end": one.end_to_end,
                        "file_id": made.id,
                        "contributor_id": one.contributor_id,
                        "currency": one.amount.currency,
                        "amount_minor": one.amount.minor,
                    }
                    for one in made.orders
                ],
            )

    def find(self, file_id: str) -> PayoutFile | None:
        """A file by its message id."""
        sql = "SELECT * FROM payout_file WHERE id = :id"
        row = self._db.row(sql, {"id": file_id})
        return self._file(row) if row else None

    def all(self) -> tuple[PayoutFile, ...]:
        """Every file, by when it was made and id."""
        rows = self._db.rows("SELECT * FROM payout_file ORDER BY made_us, id")
        return tuple(map(self._file, rows))

    def order(self, end_to_end: str) -> Order | None:
        """An order by its end-to-end id."""
        sql = ORDERS.format(where="WHERE orders.end_to_end = :id")
        row = self._db.row(sql, {"id": end_to_end})
        return _order(row) if row else None

    def end(self, end_to_end: str, state: OrderState, *, at_us: int) -> None:
        """Keep what became of an order; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO payout_end (end_to_end, state, at_us)"
                " VALUES (:end_to_end, :state, :at_us)",
                {"end_to_end": end_to_end, "state": state.value, "at_us": at_us},
            )

    def _file(self, row: Row) -> PayoutFile:
        sql = ORDERS.format(where="WHERE orders.file_id = :id")
        orders = self._db.rows(sql, {"id": row["id"]})
        return PayoutFile(**row, orders=tuple(map(_order, orders)))


def _order(row: Row) -> Order:
    return Order(
        end_to_end=row["end_to_end"],
        file_id=row["file_id"],
        contributor_id=row["contributor_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        state=OrderState(row["state"] or OrderState.IN_FLIGHT),
    )
