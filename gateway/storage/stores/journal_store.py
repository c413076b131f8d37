"""The journal and the allocations in tables.

An entry is written open, gets its postings and is sealed, all in one transaction;
the seal's triggers refuse what does not balance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gateway.billing.canonical import canonical_json
from gateway.fund.journal import Entry, Posting
from gateway.fund.payout import Allocation
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.storage.database import Database, Params, Reader, Row

ENTRIES = """
SELECT entry.id, entry.key, entry.kind, entry.ref, entry.currency,
  entry.effective_us, entry.reverses, posting.account, posting.amount_minor
FROM journal_entry AS entry JOIN posting ON posting.entry_id = entry.id
{where} ORDER BY entry.effective_us, entry.id, posting.position
"""


class StoredJournal:
    """`gateway.fund.ports.JournalStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def post(self, entry: Entry) -> None:
        """Keep an entry; see the port."""
        with self._db.transaction() as tx:
            if entry.reverses:
                assert_mirrors(entry, _one(tx, "entry.id", entry.reverses))
            tx.run(
                "INSERT INTO journal_entry (id, key, kind, ref, currency,"
                " effective_us, reverses) VALUES (:id, :key, :kind, :ref, :currency,"
                " :effective_us, :reverses)",
                {
                    "id": entry.id,
                    "key": entry.key,
                    "kind": entry.kind,
                    "ref": entry.ref,
                    "currency": entry.currency,
                    "effective_us": entry.effective_us,
                    "reverses": entry.reverses or None,
                },
            )
            tx.run_many(
                "INSERT INTO posting (entry_id, position, account, amount_minor)"
                " VALUES (:entry_id, :position, :account, :amount_minor)",
                [
                    {
                        "entry_id": entry.id,
                        "position": position,
                        "account": posting.account,
                        "amount_minor": posting.amount_minor,
                    }
                    for position, posting in enumerate(entry.postings, start=1)
                ],
            )
            tx.run(
                "UPDATE journal_entry SET is_sealed = 1 WHERE id = :id",
                {"id": entry.id},
            )

    def find(self, key: str) -> Entry | None:
        """The entry booked under an idempotency key."""
        return _one(self._db, "entry.key", key)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, by effective time and id."""
        return _entries(self._db.rows(ENTRIES.format(where="")))

    def of_ref(self, ref: str) -> tuple[Entry, ...]:
        """Every entry about something, by effective time and id."""
        sql = ENTRIES.format(where="WHERE entry.ref = :ref")
        return _entries(self._db.rows(sql, {"ref": ref}))

    def balance(self, account: str, currency: str) -> int:
        """Minor units on an account; debits are above 0."""
        row = self._db.row(
            "SELECT coalesce(sum(posting.amount_minor), 0) AS minor FROM posting"
            " JOIN journal_entry AS entry ON entry.id = posting.entry_id"
            " WHERE posting.account = :account AND entry.currency = :currency",
            {"account": account, "currency": currency},
        )
        return int(row["minor"]) if row else 0

    def balances(self) -> Mapping[tuple[str, str], int]:
        """Every account and currency that is not empty; debits are above 0."""
        rows = self._db.rows(
            "SELECT posting.account, entry.currency,"
            " sum(posting.amount_minor) AS minor FROM posting"
            " JOIN journal_entry AS entry ON entry.id = posting.entry_id"
            " GROUP BY posting.account, entry.currency"
            " HAVING sum(posting.amount_minor) <> 0"
            " ORDER BY posting.account, entry.currency"
        )
        return {(row["account"], row["currency"]): row["minor"] for row in rows}


class StoredAllocations:
    """`gateway.fund.ports.AllocationStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, allocation: Allocation) -> None:
        """Keep a run; see the port."""
        key = {
            "key": allocation.key,
            "source": allocation.source,
            "currency": allocation.amount.currency,
        }
        weights = dict(allocation.weights)
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO allocation (key, source, currency, amount_minor, at_us)"
                " VALUES (:key, :source, :currency, :amount_minor, :at_us)",
                {
                    **key,
                    "amount_minor": allocation.amount.minor,
                    "at_us": allocation.at_us,
                },
            )
            tx.run_many(
                "INSERT INTO allocation_share (key, source, currency,"
                " contributor_id, weight, amount_minor) VALUES (:key, :source,"
                " :currency, :who, :weight, :minor)",
                [
                    {**key, "who": who, "weight": weights[who], "minor": minor}
                    for who, minor in allocation.shares
                ],
            )
            if allocation.left_out is not None:
                tx.run(
                    "INSERT INTO allocation_left_out (key, source, currency, party_ids)"
                    " VALUES (:key, :source, :currency, :party_ids)",
                    {**key, "party_ids": canonical_json(allocation.left_out)},
                )

    def all(self) -> tuple[Allocation, ...]:
        """Every run, by key, source and currency."""
        rows = self._db.rows(
            "SELECT * FROM allocation LEFT JOIN allocation_left_out"
            " USING (key, source, currency) ORDER BY key, source, currency"
        )
        return tuple(self._allocation(row) for row in rows)

    def _allocation(self, row: Row) -> Allocation:
        shares = self._db.rows(
            "SELECT contributor_id, weight, amount_minor FROM allocation_share"
            " WHERE key = :key AND source = :source AND currency = :currency"
            " ORDER BY contributor_id",
            {name: row[name] for name in ("key", "source", "currency")},
        )
        return Allocation(
            key=row["key"],
            source=row["source"],
            amount=Money(row["amount_minor"], row["currency"]),
            weights=tuple((each["contributor_id"], each["weight"]) for each in shares),
            shares=tuple(
                (each["contributor_id"], each["amount_minor"]) for each in shares
            ),
            at_us=row["at_us"],
            left_out=_left_out(row),
        )


def _left_out(row: Row) -> tuple[str, ...] | None:
    told = row["party_ids"]
    return None if told is None else tuple(json.loads(told))


def assert_mirrors(entry: Entry, reversed_entry: Entry | None) -> None:
    """Refuse a reversal that is none.

    Raises:
        NotFound: there is nothing to reverse.
        InvalidValue: it does not mirror what it reverses.
    """
    if reversed_entry is None:
        detail = f"there is no entry {entry.reverses} to reverse"
        raise NotFound(detail)
    if not entry.mirrors(reversed_entry):
        raise InvalidValue("a reversal mirrors its entry, posting by posting")


def _one(reader: Reader, column: str, value: str) -> Entry | None:
    params: Params = {"value": value}
    rows = reader.rows(ENTRIES.format(where=f"WHERE {column} = :value"), params)
    return next(iter(_entries(rows)), None)


def _entries(rows: list[Row]) -> tuple[Entry, ...]:
    heads: dict[str, Row] = {}
    postings: dict[str, list[Posting]] = {}
    for row in rows:
        heads[row["id"]] = row
        posting = Posting(row["account"], row["amount_minor"])
        postings.setdefault(row["id"], []).append(posting)
    return tuple(
        Entry(
            id=head["id"],
            key=head["key"],
            kind=head["kind"],
            ref=head["ref"],
            currency=head["currency"],
            postings=tuple(postings[head["id"]]),
            effective_us=head["effective_us"],
            reverses=head["reverses"] or "",
        )
        for head in heads.values()
    )
