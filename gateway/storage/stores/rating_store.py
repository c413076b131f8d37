"""Billing runs and what they rated, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from gateway.billing.ports import RatedEvent, Run, RunKind, UsageCounts
from gateway.billing.rating import RatedLine
from gateway.billing.tally import Ladder, Share
from gateway.kernel.period import Period
from gateway.licensing.tariff import Metered
from gateway.storage.database import Database, Row

ADD_LINE = """
INSERT INTO rated_line (run_id, position, owner_id, tariff, span_start_us,
  span_end_us, agreement_id, party_id, collection, month_start_us, month_end_us,
  tariff_version, bracket, quantity, metered, per_units, price_micros, currency,
  net_minor)
VALUES (:run_id, :position, :owner_id, :tariff, :span_start_us, :span_end_us,
  :agreement_id, :party_id, :collection, :month_start_us, :month_end_us,
  :tariff_version, :bracket, :quantity, :metered, :per_units, :price_micros,
  :currency, :net_minor)
"""


class StoredRatings:
    """`gateway.billing.ports.RatingStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_run(self, run: Run, lines: Sequence[RatedLine]) -> None:
        """Keep a run and its lines; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO billing_run (id, period_start_us, period_end_us, number,"
                " cut_us, kind, events, usage_sha256) VALUES (:id, :start_us,"
                " :end_us, :number, :cut_us, :kind, :events, :sha256)",
                {
                    "id": run.id,
                    "start_us": run.period.start_us,
                    "end_us": run.period.end_us,
                    "number": run.number,
                    "cut_us": run.cut_us,
                    "kind": run.kind.value,
                    "events": run.events,
                    "sha256": run.usage_sha256,
                },
            )
            if lines:
                numbered = enumerate(lines, start=1)
                tx.run_many(ADD_LINE, [_params(run.id, *each) for each in numbered])

    def add_events(self, run_id: str, events: Sequence[RatedEvent]) -> None:
        """Keep where events went; see the port."""
        if not events:
            return
        with self._db.transaction() as tx:
            tx.run_many(
                "INSERT INTO rated_event (event_id, run_id, units, excluded)"
                " VALUES (:event_id, :run_id, :units, :excluded)",
                [{**asdict(event), "run_id": run_id} for event in events],
            )

    def runs(self) -> tuple[Run, ...]:
        """Every run, by period and number."""
        rows = self._db.rows(
            "SELECT * FROM billing_run ORDER BY period_start_us, period_end_us, number"
        )
        return tuple(_run(row) for row in rows)

    def lines_of(self, run_id: str) -> tuple[RatedLine, ...]:
        """A run's lines, in their order."""
        sql = "SELECT * FROM rated_line WHERE run_id = :run_id ORDER BY position"
        return tuple(_line(row) for row in self._db.rows(sql, {"run_id": run_id}))

    def reached(self, *, kind: RunKind | None = None) -> Mapping[Ladder, int]:
        """Units already rated, by ladder; see the port."""
        rows = self._db.rows(
            "SELECT owner_id, tariff, span_start_us, span_end_us,"
            " sum(quantity) AS units FROM rated_line"
            " JOIN billing_run ON billing_run.id = rated_line.run_id"
            " WHERE :kind = '' OR billing_run.kind = :kind"
            " GROUP BY owner_id, tariff, span_start_us, span_end_us",
            {"kind": kind.value if kind else ""},
        )
        return {_ladder(row): row["units"] for row in rows}

    def usage(self) -> UsageCounts:
        """How the usage events stand."""
        events = self._number("SELECT count(*) AS n FROM usage_event")
        excluded = self._db.rows(
            "SELECT excluded, count(*) AS n FROM rated_event"
            " WHERE excluded IS NOT NULL GROUP BY excluded ORDER BY excluded"
        )
        return UsageCounts(
            events=events,
            duplicates=events
            - self._number("SELECT count(DISTINCT id) AS n FROM usage_event"),
            rated=self._number(
                "SELECT count(*) AS n FROM rated_event WHERE excluded IS NULL"
            ),
            excluded={row["excluded"]: row["n"] for row in excluded},
            unrated=self._number(
                "SELECT count(*) AS n FROM usage_event AS event WHERE NOT EXISTS"
                " (SELECT 1 FROM rated_event WHERE event_id = event.id)"
            ),
            units_rated=self._number(
                "SELECT coalesce(sum(units), 0) AS n FROM rated_event"
            ),
            units_on_lines=self._number(
                "SELECT coalesce(sum(quantity), 0) AS n FROM rated_line"
            ),
        )

    def _number(self, sql: str) -> int:
        row = self._db.row(sql)
        return int(row["n"]) if row else 0


def _params(run_id: str, position: int, line: RatedLine) -> dict[str, int | str]:
    return {
        "run_id": run_id,
        "position": position,
        "owner_id": line.ladder.owner_id,
        "tariff": line.ladder.tariff,
        "span_start_us": line.ladder.span.start_us,
        "span_end_us": line.ladder.span.end_us,
        "agreement_id": line.share.agreement_id,
        "party_id": line.share.party_id,
        "collection": line.share.collection,
        "month_start_us": line.share.month.start_us,
        "month_end_us": line.share.month.end_us,
        "tariff_version": line.tariff_version,
        "bracket": line.bracket,
        "quantity": line.quantity,
        "metered": line.metered.value,
        "per_units": line.per_units,
        "price_micros": line.price_micros,
        "currency": line.currency,
        "net_minor": line.net_minor,
    }


def _run(row: Row) -> Run:
    return Run(
        id=row["id"],
        period=Period(row["period_start_us"], row["period_end_us"]),
        number=row["number"],
        cut_us=row["cut_us"],
        kind=RunKind(row["kind"]),
        events=row["events"],
        usage_sha256=row["usage_sha256"],
    )


def _ladder(row: Row) -> Ladder:
    span = Period(row["span_start_us"], row["span_end_us"])
    return Ladder(row["owner_id"], row["tariff"], span)


def _line(row: Row) -> RatedLine:
    return RatedLine(
        ladder=_ladder(row),
        share=Share(
            row["agreement_id"],
            row["party_id"],
            row["collection"],
            Period(row["month_start_us"], row["month_end_us"]),
        ),
        tariff_version=row["tariff_version"],
        bracket=row["bracket"],
        quantity=row["quantity"],
        metered=Metered(row["metered"]),
        per_units=row["per_units"],
        price_micros=row["price_micros"],
        currency=row["currency"],
        net_minor=row["net_minor"],
    )
