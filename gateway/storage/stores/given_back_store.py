"""Whose income went back, in tables that only grow."""

from __future__ import annotations

from gateway.fund.given_back import GIVEN_BACK, GivenBack, Place
from gateway.fund.payer_rule import Receipt
from gateway.storage.database import Database, Row

ADD = """
INSERT INTO income_given_back (entry_id, currency, number, after, unnumbered, owner_id,
  net_minor)
SELECT :entry_id, (SELECT currency FROM journal_entry WHERE id = :entry_id), :number,
  :after, :unnumbered, :owner_id, :net_minor
"""
ADD_PART = """
INSERT INTO income_given_back_part (entry_id, currency, owner_id, month, net_minor,
  endowed_minor)
SELECT entry_id, currency, owner_id, :month, :net_minor, :endowed_minor
FROM income_given_back WHERE entry_id = :entry_id
"""
ALL = "SELECT * FROM income_given_back ORDER BY entry_id"
PARTS = "SELECT * FROM income_given_back_part ORDER BY entry_id, month DESC"
NEXT = """
SELECT coalesce(max(number), 0) + 1 AS number,
  (SELECT coalesce(max(number), 0) FROM waterfall_payer WHERE currency = :currency)
    AS after,
  coalesce(max(unnumbered), (SELECT count(*) FROM journal_entry
    WHERE kind = :kind AND currency = :currency)) AS unnumbered
FROM income_given_back WHERE currency = :currency
"""


def keep(db: Database, one: GivenBack) -> None:
    """Keep one; see `gateway.fund.ports.BasisStore.give_back`."""
    with db.transaction() as tx:
        place = {
            "number": one.place.number,
            "after": one.place.after,
            "unnumbered": one.place.unnumbered,
        }
        told = {"entry_id": one.entry_id, "net_minor": one.net_minor}
        tx.run(ADD, {**told, **place, "owner_id": one.owner})
        for part in one.parts:
            tx.run(
                ADD_PART,
                {
                    "entry_id": one.entry_id,
                    "month": part.month,
                    "net_minor": part.net_minor,
                    "endowed_minor": part.endowed_minor,
                },
            )


def every(db: Database) -> tuple[GivenBack, ...]:
    """Every one, by entry id."""
    parts: dict[str, list[Receipt]] = {}
    for row in db.rows(PARTS):
        parts.setdefault(row["entry_id"], []).append(_part(row))
    return tuple(
        GivenBack(
            entry_id=row["entry_id"],
            owner=row["owner_id"],
            net_minor=row["net_minor"],
            place=_place(row),
            parts=tuple(parts.get(row["entry_id"], ())),
        )
        for row in db.rows(ALL)
    )


def next_place(db: Database, currency: str) -> Place:
    """Where the next one stands; see `gateway.fund.ports.BasisStore`."""
    (row,) = db.rows(NEXT, {"currency": currency, "kind": GIVEN_BACK})
    return _place(row)


def _place(row: Row) -> Place:
    return Place(row["number"], row["after"], row["unnumbered"])


def _part(row: Row) -> Receipt:
    figures = row["month"], row["net_minor"], row["endowed_minor"]
    return Receipt(row["owner_id"], *figures)
