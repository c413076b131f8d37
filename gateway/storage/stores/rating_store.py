"""Billing runs and what they rated, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.billing.ports import Run, RunKind, UpTo, UsageCounts
from gateway.billing.rating import RatedLine, Reached
from gateway.billing.taking import Summed
from gateway.billing.tally import Excluded, Ladder, Share
from gateway.kernel.period import Period
from gateway.licensing.tariff import Metered
from gateway.storage.database import Database, Insert, Row
from gateway.storage.stores.usage_source import WAITING

ADD_LINE = """
INSERT INTO rated_line (run_id, position, owner_id, tariff, span_start_us,
  span_end_us, agreement_id, party_id, collection, month_start_us, month_end_us,
  tariff_version, bracket, quantity, metered, per_units, price_micros, currency,
  net_minor, is_unproven)
VALUES (:run_id, :position, :owner_id, :tariff, :span_start_us, :span_end_us,
  :agreement_id, :party_id, :collection, :month_start_us, :month_end_us,
  :tariff_version, :bracket, :quantity, :metered, :per_units, :price_micros,
  :currency, :net_minor, :is_unproven)
"""
INTO_RATED_TERMS = Insert(
    "rated_terms",
    ("terms_id", "run_id", "excluded", "events", "units", "upto_seq", "before_us"),
)


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

    def add_taken(self, run_id: str, sums: Sequence[Summed], upto: UpTo) -> None:
        """Keep what a run took up; see the port."""
        rows = [
            (
                *(each.terms_id, run_id, each.excluded.value if each.excluded else ""),
                *(each.events, each.units, *upto),
            )
            for each in sums
        ]
        with self._db.transaction() as tx:
            tx.insert_rows(INTO_RATED_TERMS, rows)

    def sums_of(self, run_id: str) -> tuple[Summed, ...]:
        """What became of what a run took up; see the port."""
        rows = self._db.rows(
            "SELECT terms_id, excluded, events, units FROM rated_terms"
            " WHERE run_id = :run_id ORDER BY terms_id, excluded",
            {"run_id": run_id},
        )
        return tuple(
            Summed(
                row["terms_id"],
                Excluded(row["excluded"]) if row["excluded"] else None,
                row["events"],
                row["units"],
            )
            for row in rows
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

    def reached(self, *, kind: RunKind | None = None) -> Mapping[Reached, int]:
        """Units that parties climbed; see the port."""
        rows = self._db.rows(
            "SELECT party_id, tariff, span_start_us, span_end_us,"
            " sum(quantity) AS units FROM rated_line"
            " JOIN billing_run ON billing_run.id = rated_line.run_id"
            " WHERE is_unproven = 0 AND (:kind = '' OR billing_run.kind = :kind)"
            " GROUP BY party_id, tariff, span_start_us, span_end_us",
            {"kind": kind.value if kind else ""},
        )
        return {
            (
                row["party_id"],
                row["tariff"],
                Period(row["span_start_us"], row["span_end_us"]),
            ): row["units"]
            for row in rows
        }

    def nets(self) -> Mapping[tuple[str, Period], int]:
        """What is owed for use, by agreement and month; see the port."""
        rows = self._db.rows(
            "SELECT agreement_id, month_start_us, month_end_us,"
            " sum(net_minor) AS net_minor FROM rated_line"
            " JOIN billing_run ON billing_run.id = rated_line.run_id"
            " WHERE billing_run.kind = 'invoice'"
            " GROUP BY agreement_id, month_start_us, month_end_us"
        )
        return {
            (
                row["agreement_id"],
                Period(row["month_start_us"], row["month_end_us"]),
            ): row["net_minor"]
            for row in rows
        }

    def at_zero(self) -> Mapping[str, frozenset[Period]]:
        """Periods in which use was priced at zero, by agreement; see the port."""
        rows = self._db.rows(
            "SELECT DISTINCT usage_terms.agreement_id, period_start_us, period_end_us"
            " FROM rated_terms"
            " JOIN usage_terms ON usage_terms.id = rated_terms.terms_id"
            " JOIN billing_run ON billing_run.id = rated_terms.run_id"
            " WHERE excluded = :zero AND kind = 'invoice'"
            " ORDER BY usage_terms.agreement_id, period_start_us",
            {"zero": Excluded.PRICED_AT_ZERO.value},
        )
        found: dict[str, frozenset[Period]] = {}
        for row in rows:
            period = Period(row["period_start_us"], row["period_end_us"])
            known = found.get(row["agreement_id"], frozenset())
            found[row["agreement_id"]] = known | {period}
        return found

    def usage(self) -> UsageCounts:
        """How the usage events stand."""
        fates = {
            row["excluded"]: row
            for row in self._db.rows(
                "SELECT excluded, sum(events) AS events, sum(units) AS units FROM"
                " (SELECT excluded, events, units FROM rated_terms UNION ALL"
                " SELECT coalesce(excluded, ''), 1, units FROM rated_event)"
                " GROUP BY excluded ORDER BY excluded"
            )
        }
        rated = fates.pop("", {"events": 0, "units": 0})
        return UsageCounts(
            events=self._number("SELECT count(*) AS n FROM usage_event"),
            duplicates=self._number(
                "SELECT coalesce(sum(more), 0) AS n FROM (SELECT count(*) - 1 AS more"
                " FROM usage_event GROUP BY id HAVING count(*) > 1)"
            ),
            rated=rated["events"],
            excluded={reason: row["events"] for reason, row in fates.items()},
            unrated=self._number(
                f"SELECT count(*) AS n FROM usage_event AS event WHERE {WAITING}"  # noqa: S608 - SQL of ours
            ),
            units_rated=rated["units"],
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
        "is_unproven": int(line.is_unproven),
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
        is_unproven=bool(row["is_unproven"]),
    )
