"""Usage statements in a table, and the sums that they are made of."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.kernel.period import Period
from gateway.metering.usage_statement import (
    HOUR_US,
    Ended,
    Portion,
    TakenObject,
    UsageStatement,
    Window,
)
from gateway.storage.database import Database, Row

ADD = """
INSERT INTO usage_statement (id, agreement_id, start_us, end_us, number, after_seq,
  upto_seq, events, body_bytes, issued_us, jws, sha256)
VALUES (:id, :agreement_id, :start_us, :end_us, :number, :after_seq, :upto_seq,
  :events, :body_bytes, :issued_us, :jws, :sha256)
"""
IN_PERIOD = "event.occurred_us >= :start_us AND event.occurred_us < :end_us"
# By the index over terms and time; the place in the order of recording is part of it.
IN_WINDOW = f"""
FROM usage_event AS event JOIN usage_terms AS terms ON terms.id = event.terms_id
WHERE terms.agreement_id = :agreement_id AND {IN_PERIOD}
  AND event.seq > :after_seq AND event.seq <= :upto_seq
"""
COUNTS = "event.is_repeat = 0 AND terms.priced_at_zero = 0 AND terms.is_test = 0"
PORTIONS = f"""
SELECT terms.collection, terms.tariff, terms.tariff_version, terms.use,
  terms.policy_version, count(*) AS events, sum(event.body_bytes) AS body_bytes,
  sum(CASE WHEN {COUNTS} THEN event.billable_requests ELSE 0 END) AS counted_requests,
  sum(CASE WHEN {COUNTS} THEN event.billable_bytes ELSE 0 END) AS counted_bytes,
  sum(event.is_repeat) AS repeats,
  sum(CASE WHEN event.is_repeat = 1 THEN event.body_bytes ELSE 0 END) AS repeat_bytes,
  count(DISTINCT nullif(event.object_sha256, '')) AS objects,
  min(event.occurred_us) AS first_us, max(event.occurred_us) AS last_us
{IN_WINDOW}
GROUP BY terms.collection, terms.tariff, terms.tariff_version, terms.use,
  terms.policy_version
ORDER BY terms.collection, terms.tariff, terms.tariff_version, terms.use,
  terms.policy_version
"""
OBJECTS = f"""
SELECT event.object_sha256, count(*), sum(event.body_bytes)
{IN_WINDOW} AND event.object_sha256 <> ''
GROUP BY event.object_sha256 ORDER BY event.object_sha256
"""
AGREEMENTS = f"""
SELECT DISTINCT terms.agreement_id FROM usage_terms AS terms
WHERE EXISTS (SELECT 1 FROM usage_event AS event
  WHERE event.terms_id = terms.id AND {IN_PERIOD})
ORDER BY terms.agreement_id
"""  # noqa: S608 - SQL of ours
ENDED = """
SELECT coalesce(sum(state = 'orphaned'), 0) AS orphaned,
  coalesce(sum(state = 'released'), 0) AS released
FROM intent WHERE agreement_id = :agreement_id
  AND opened_us >= :start_us AND opened_us < :end_us
"""


class StoredStatements:
    """`gateway.metering.statement_ports.StatementStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, statement: UsageStatement) -> None:
        """Keep an issued statement; see the port."""
        params = {
            "id": statement.id,
            "number": statement.number,
            "events": statement.events,
            "body_bytes": statement.body_bytes,
            "issued_us": statement.issued_us,
            "jws": statement.jws,
            "sha256": statement.sha256,
            **_params(statement.window),
        }
        with self._db.transaction() as tx:
            tx.run(ADD, params)

    def find(self, statement_id: str) -> UsageStatement | None:
        """The statement of that id."""
        sql = "SELECT * FROM usage_statement WHERE id = :id"
        row = self._db.row(sql, {"id": statement_id})
        return _statement(row) if row else None

    def of_month(self, agreement_id: str, period: Period) -> tuple[UsageStatement, ...]:
        """The statements of a month, by number."""
        rows = self._db.rows(
            "SELECT * FROM usage_statement WHERE agreement_id = :agreement_id"
            " AND start_us = :start_us ORDER BY number",
            {"agreement_id": agreement_id, "start_us": period.start_us},
        )
        return tuple(_statement(row) for row in rows)

    def all(self, *, agreement_id: str = "") -> tuple[UsageStatement, ...]:
        """Every statement, by month, agreement and number."""
        rows = self._db.rows(
            "SELECT * FROM usage_statement"
            " WHERE :agreement_id = '' OR agreement_id = :agreement_id"
            " ORDER BY start_us, agreement_id, number",
            {"agreement_id": agreement_id},
        )
        return tuple(_statement(row) for row in rows)

    def agreements_in(self, period: Period) -> tuple[str, ...]:
        """Agreements under which something occurred in a period, by id."""
        rows = self._db.rows(AGREEMENTS, _bounds(period))
        return tuple(row["agreement_id"] for row in rows)

    def portions(self, window: Window) -> tuple[Portion, ...]:
        """The usage of a window added up, by what it was taken on."""
        return tuple(Portion(**row) for row in self._db.rows(PORTIONS, _params(window)))

    def objects(self, window: Window) -> Iterator[TakenObject]:
        """Object versions of a window by digest, in constant memory."""
        return map(TakenObject._make, self._db.answers(OBJECTS, _params(window)))

    def events_in(self, window: Window) -> int:
        """How many usage events a window has."""
        sql = f"SELECT count(*) AS n {IN_WINDOW}"
        row = self._db.row(sql, _params(window))
        return int(row["n"]) if row else 0

    def ended(self, agreement_id: str, period: Period) -> Ended:
        """What became of requests that began in a period and have no event."""
        row = self._db.row(ENDED, {"agreement_id": agreement_id, **_bounds(period)})
        return Ended(**row) if row else Ended()

    def heard(self, period: Period) -> tuple[tuple[str, int], ...]:
        """Nodes, and the hours of a period in which each was heard."""
        first_us = period.start_us - period.start_us % HOUR_US
        rows = self._db.rows(
            "SELECT node, hour_us FROM heartbeat"
            " WHERE hour_us >= :start_us AND hour_us < :end_us ORDER BY node, hour_us",
            {"start_us": first_us, "end_us": period.end_us},
        )
        return tuple((row["node"], int(row["hour_us"])) for row in rows)


def _bounds(period: Period) -> dict[str, int]:
    return {"start_us": period.start_us, "end_us": period.end_us}


def _params(window: Window) -> dict[str, int | str]:
    return {
        "agreement_id": window.agreement_id,
        "after_seq": window.after_seq,
        "upto_seq": window.upto_seq,
        **_bounds(window.period),
    }


def _statement(row: Row) -> UsageStatement:
    return UsageStatement(
        id=row["id"],
        window=Window(
            agreement_id=row["agreement_id"],
            period=Period(row["start_us"], row["end_us"]),
            after_seq=row["after_seq"],
            upto_seq=row["upto_seq"],
        ),
        number=row["number"],
        events=row["events"],
        body_bytes=row["body_bytes"],
        issued_us=row["issued_us"],
        jws=row["jws"],
        sha256=row["sha256"],
    )
