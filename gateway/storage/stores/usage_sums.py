"""Usage events added up by the database, for reports and for caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gateway.kernel.period import Period
from gateway.metering.ports import Usage
from gateway.metering.quantity import Quantity
from gateway.metering.summary import UsageSum, checked_dimensions
from gateway.storage.database import Database
from gateway.storage.stores.usage_store import chosen

SUMS = """
  count(*) AS events,
  coalesce(sum(body_bytes), 0) AS body_bytes,
  coalesce(sum(billable_requests), 0) AS billable_requests,
  coalesce(sum(billable_bytes), 0) AS billable_bytes,
  coalesce(sum(CASE WHEN is_repeat = 1 THEN billable_bytes ELSE 0 END), 0)
    AS repeat_bytes
"""
PRICED = """
SELECT tariff_version, floor_bracket,
  sum(billable_requests) AS requests, sum(billable_bytes) AS body_bytes
FROM usage_fact
WHERE billable_requests = 1 AND is_repeat = 0 AND priced_at_zero = 0 AND is_test = 0
  AND occurred_us >= :start_us AND occurred_us < :end_us
"""
COUNTED = """
SELECT coalesce(sum(billable_requests), 0) AS requests,
  coalesce(sum(billable_bytes), 0) AS body_bytes
FROM usage_fact
WHERE billable_requests = 1 AND occurred_us >= :start_us AND occurred_us < :end_us
  AND seq <= :up_to_seq
"""
IN_ORDER = (
    " GROUP BY tariff_version, floor_bracket ORDER BY tariff_version, floor_bracket"
)


@dataclass(frozen=True, slots=True)
class Span:
    """By when events occurred, by when they were recorded, and whether all count."""

    period: Period
    up_to_seq: int | None
    with_statements: bool


class SqlUsageSums:
    """Implements `UsageSums` of metering."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def usage_sums(
        self, by: Sequence[str], *, period: Period | None = None, agreement_id: str = ""
    ) -> tuple[UsageSum, ...]:
        """Events added up by dimensions of `summary.DIMENSIONS`."""
        names = checked_dimensions(by)
        where, params = chosen(period, agreement_id)
        columns = ", ".join((*names, SUMS))
        sql = f"SELECT {columns} FROM usage_fact {where}"  # noqa: S608 - names were checked
        if names:
            sql += f" GROUP BY {', '.join(names)} ORDER BY {', '.join(names)}"
        return tuple(
            UsageSum(
                group=MappingProxyType({name: row[name] for name in names}),
                events=int(row["events"]),
                body_bytes=int(row["body_bytes"]),
                billable_requests=int(row["billable_requests"]),
                billable_bytes=int(row["billable_bytes"]),
                repeat_bytes=int(row["repeat_bytes"]),
            )
            for row in self._db.rows(sql, params)
            if row["events"]
        )

    def priced_usage(
        self,
        *,
        tariff: str,
        party_ids: Sequence[str],
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
    ) -> tuple[Usage, ...]:
        """What parties took of a tariff in a period, by version and floor."""
        parties = {f"party_{number}": each for number, each in enumerate(party_ids)}
        named = ", ".join(f":{name}" for name in parties)
        where = f" AND tariff = :tariff AND party_id IN ({named})"
        params = {"tariff": tariff, **parties}
        span = Span(period, up_to_seq, with_statements)
        return self._priced(where, params, span)

    def agreement_usage(
        self,
        agreement_id: str,
        *,
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
        key_id: str = "",
    ) -> tuple[Usage, ...]:
        """What was taken under one agreement in a period, with one key or with all."""
        where, params = _whose(agreement_id, key_id)
        span = Span(period, up_to_seq, with_statements)
        return self._priced(where, params, span)

    def agreement_counted(
        self, agreement_id: str, *, period: Period, key_id: str = "", up_to_seq: int
    ) -> Quantity:
        """What passed under one agreement that is billable, priced or not."""
        where, params = _whose(agreement_id, key_id)
        row = self._db.row(
            COUNTED + where,
            {
                **params,
                "start_us": period.start_us,
                "end_us": period.end_us,
                "up_to_seq": up_to_seq,
            },
        )
        return Quantity(row["requests"], row["body_bytes"]) if row else Quantity()

    def collection_counted(
        self, collection: str, *, period: Period, up_to_seq: int
    ) -> Quantity:
        """What passed of one collection that is billable, priced or not."""
        row = self._db.row(
            f"{COUNTED} AND collection = :collection",
            {
                "collection": collection,
                "start_us": period.start_us,
                "end_us": period.end_us,
                "up_to_seq": up_to_seq,
            },
        )
        return Quantity(row["requests"], row["body_bytes"]) if row else Quantity()

    def _priced(
        self, where: str, params: Mapping[str, str], span: Span
    ) -> tuple[Usage, ...]:
        bounds: dict[str, int] = {
            "start_us": span.period.start_us,
            "end_us": span.period.end_us,
        }
        if not span.with_statements:
            where += " AND is_statement = 0"
        if span.up_to_seq is not None:
            where += " AND seq <= :up_to_seq"
            bounds["up_to_seq"] = span.up_to_seq
        rows = self._db.rows(PRICED + where + IN_ORDER, {**params, **bounds})
        return tuple(
            Usage(
                tariff_version=int(row["tariff_version"]),
                floor_bracket=int(row["floor_bracket"]),
                quantity=Quantity(int(row["requests"]), int(row["body_bytes"])),
            )
            for row in rows
        )


def _whose(agreement_id: str, key_id: str) -> tuple[str, dict[str, str]]:
    where = " AND agreement_id = :agreement_id"
    if not key_id:
        return where, {"agreement_id": agreement_id}
    of_key = {"agreement_id": agreement_id, "key_id": key_id}
    return f"{where} AND key_id = :key_id", of_key
