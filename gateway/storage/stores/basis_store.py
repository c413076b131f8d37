"""On what the splits of the waterfall rested, in tables that only grow."""

from __future__ import annotations

from gateway.fund.basis import Basis, Booking
from gateway.fund.given_back import GivenBack, Place
from gateway.fund.payer_rule import PayerBasis, Receipt
from gateway.fund.waterfall import Shares
from gateway.storage.database import Database, Row
from gateway.storage.stores import given_back_store

SHARES = ("operator_bp", "reserve_bp", "labour_bp", "solidarity_bp")
PAYER = ("number", "month", "paid_minor", "income_minor", "payers", "endowed_minor")
ADD = """
INSERT INTO waterfall_basis (entry_id, net_minor, operator_bp, reserve_bp, labour_bp,
  solidarity_bp, unpaid_bp, reserve_room_minor)
VALUES (:entry_id, :net_minor, :operator_bp, :reserve_bp, :labour_bp, :solidarity_bp,
  :unpaid_bp, :reserve_room_minor)
"""
ADD_PAYER = """
INSERT INTO waterfall_payer (entry_id, currency, number, owner_id, month, paid_minor,
  income_minor, payers, endowed_minor, limit_bp, set_apart_minor)
SELECT :entry_id, currency, :number, :owner_id, :month, :paid_minor, :income_minor,
  :payers, :endowed_minor, :limit_bp, :set_apart_minor
FROM journal_entry WHERE id = :entry_id
"""
ADD_BOOKING = """
INSERT INTO waterfall_booking (entry_id, currency, booked_us, unnumbered)
SELECT :entry_id, currency, :booked_us, :unnumbered
FROM journal_entry WHERE id = :entry_id
"""
LAST_BOOKING = """
WITH last AS (
  SELECT booked_us, unnumbered FROM waterfall_booking WHERE currency = :currency
  ORDER BY booked_us DESC, unnumbered DESC LIMIT 1
)
SELECT (SELECT booked_us FROM last) AS booked_us,
  coalesce((SELECT unnumbered FROM last),
    (SELECT count(*) FROM journal_entry WHERE kind = 'waterfall'
      AND currency = :currency
      AND id NOT IN (SELECT entry_id FROM waterfall_payer))) AS unnumbered
"""
ALL = """
SELECT * FROM waterfall_basis LEFT JOIN waterfall_payer USING (entry_id)
LEFT JOIN (SELECT entry_id, booked_us, unnumbered FROM waterfall_booking)
  USING (entry_id)
ORDER BY entry_id
"""
RECEIPTS = """
SELECT owner_id, month, sum(net_minor) AS net_minor,
  sum(set_apart_minor) AS set_apart_minor
FROM (
  SELECT currency, owner_id, month, net_minor, set_apart_minor
  FROM waterfall_payer JOIN waterfall_basis USING (entry_id)
  UNION ALL
  SELECT currency, owner_id, month, -net_minor, -endowed_minor
  FROM income_given_back_part
)
WHERE currency = :currency AND month BETWEEN :first AND :last
GROUP BY owner_id, month HAVING sum(net_minor) > 0 ORDER BY owner_id, month
"""
OWNER = "SELECT owner_id FROM waterfall_payer WHERE entry_id = :entry_id"
LAST = "SELECT max(number) AS number FROM waterfall_payer WHERE currency = :currency"


class StoredBases:
    """`gateway.fund.ports.BasisStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, basis: Basis) -> None:
        """Keep it; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD,
                {
                    "entry_id": basis.entry_id,
                    "net_minor": basis.net_minor,
                    **{name: getattr(basis.shares, name) for name in SHARES},
                    "unpaid_bp": basis.unpaid_bp,
                    "reserve_room_minor": basis.reserve_room_minor,
                },
            )
            if basis.payer is not None:
                tx.run(
                    ADD_PAYER,
                    {
                        "entry_id": basis.entry_id,
                        "owner_id": basis.payer.owner,
                        **{name: getattr(basis.payer, name) for name in PAYER},
                        "limit_bp": basis.payer.limit_bp,
                        "set_apart_minor": basis.endowed_minor,
                    },
                )

            if basis.booking is not None:
                tx.run(
                    ADD_BOOKING,
                    {
                        "entry_id": basis.entry_id,
                        "booked_us": basis.booking.booked_us,
                        "unnumbered": basis.booking.unnumbered,
                    },
                )

    def all(self) -> tuple[Basis, ...]:
        """Every basis, by entry id."""
        return tuple(
            Basis(
                entry_id=row["entry_id"],
                net_minor=row["net_minor"],
                shares=Shares(**{name: row[name] for name in SHARES}),
                unpaid_bp=row["unpaid_bp"],
                reserve_room_minor=row["reserve_room_minor"],
                payer=_payer(row),
                booking=_booking(row),
            )
            for row in self._db.rows(ALL)
        )

    def receipts(self, currency: str, *, months: range) -> tuple[Receipt, ...]:
        """What owners paid in some months; see the port."""
        span = {"currency": currency, "first": months[0], "last": months[-1]}
        return tuple(
            Receipt(
                owner=row["owner_id"],
                month=row["month"],
                net_minor=row["net_minor"],
                endowed_minor=row["set_apart_minor"],
            )
            for row in self._db.rows(RECEIPTS, span)
        )

    def owner_of(self, entry_id: str) -> str | None:
        """Who paid what a split handed on; None where that was not kept."""
        row = self._db.row(OWNER, {"entry_id": entry_id})
        return str(row["owner_id"]) if row else None

    def give_back(self, given_back: GivenBack) -> None:
        """Keep whose income went back; see the port."""
        given_back_store.keep(self._db, given_back)

    def given_back(self) -> tuple[GivenBack, ...]:
        """Every time income went back, by entry id; months the last one first."""
        return given_back_store.every(self._db)

    def next_place(self, currency: str) -> Place:
        """Where income of a currency goes back next."""
        return given_back_store.next_place(self._db, currency)

    def last_number(self, currency: str) -> int:
        """The number of the last receipt; 0 where there is none."""
        row = self._db.row(LAST, {"currency": currency})
        return int(row["number"] or 0) if row else 0

    def last_booking(self, currency: str) -> Booking:
        """When the last split was booked; see the port."""
        (row,) = self._db.rows(LAST_BOOKING, {"currency": currency})
        return Booking(int(row["booked_us"] or 0), int(row["unnumbered"]))


def _booking(row: Row) -> Booking | None:
    if row["booked_us"] is None:
        return None
    return Booking(row["booked_us"], row["unnumbered"])


def _payer(row: Row) -> PayerBasis | None:
    if row["owner_id"] is None:
        return None
    figures = {name: row[name] for name in (*PAYER, "limit_bp")}
    return PayerBasis(owner=row["owner_id"], **figures)
