"""Charges beside use, and the turnovers they rest on, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.billing.charge_ports import Stretch
from gateway.billing.span_charge import ChargedFor, Declaration, SpanCharge
from gateway.kernel.period import Period
from gateway.storage.database import Database, Row

ADD_CHARGE = """
INSERT INTO span_charge (run_id, position, charged_for, agreement_id, party_id, tariff,
  tariff_version, span_start_us, span_end_us, currency, basis_minor, due_minor,
  net_minor)
VALUES (:run_id, :position, :charged_for, :agreement_id, :party_id, :tariff,
  :tariff_version, :span_start_us, :span_end_us, :currency, :basis_minor, :due_minor,
  :net_minor)
"""
ADD_DECLARATION = """
INSERT INTO declaration (id, agreement_id, span_start_us, span_end_us, currency,
  turnover_minor, evidence, declared_on, declared_by, recorded_us)
VALUES (:id, :agreement_id, :span_start_us, :span_end_us, :currency, :turnover_minor,
  :evidence, :declared_on, :declared_by, :recorded_us)
"""


class StoredSpanCharges:
    """`gateway.billing.charge_ports.SpanChargeStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, run_id: str, charges: Sequence[SpanCharge]) -> None:
        """Keep what a run charged; see the port."""
        with self._db.transaction() as tx:
            for position, charge in enumerate(charges, start=1):
                tx.run(ADD_CHARGE, _charge_params(run_id, position, charge))

    def charged(self, charged_for: ChargedFor) -> Mapping[Stretch, int]:
        """Minor units charged so far; see the port."""
        rows = self._db.rows(
            "SELECT agreement_id, span_start_us, span_end_us,"
            " sum(net_minor) AS net_minor FROM span_charge"
            " WHERE charged_for = :charged_for"
            " GROUP BY agreement_id, span_start_us, span_end_us",
            {"charged_for": charged_for.value},
        )
        return {(row["agreement_id"], _span(row)): row["net_minor"] for row in rows}

    def of_run(self, run_id: str) -> tuple[SpanCharge, ...]:
        """What a run charged, in the order it was added."""
        sql = "SELECT * FROM span_charge WHERE run_id = :run_id ORDER BY position"
        return tuple(_charge(row) for row in self._db.rows(sql, {"run_id": run_id}))

    def all(self) -> tuple[SpanCharge, ...]:
        """Every step; see the port."""
        rows = self._db.rows(
            "SELECT * FROM span_charge"
            " ORDER BY span_start_us, span_end_us, agreement_id, run_id, position"
        )
        return tuple(_charge(row) for row in rows)


class StoredDeclarations:
    """`gateway.billing.charge_ports.DeclarationStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, declaration: Declaration) -> None:
        """Keep a declaration; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD_DECLARATION,
                {
                    "id": declaration.id,
                    "agreement_id": declaration.agreement_id,
                    "span_start_us": declaration.span.start_us,
                    "span_end_us": declaration.span.end_us,
                    "currency": declaration.currency,
                    "turnover_minor": declaration.turnover_minor,
                    "evidence": declaration.evidence,
                    "declared_on": declaration.declared_on,
                    "declared_by": declaration.declared_by,
                    "recorded_us": declaration.recorded_us,
                },
            )

    def all(self) -> tuple[Declaration, ...]:
        """Every declaration, in the order they were entered."""
        rows = self._db.rows("SELECT * FROM declaration ORDER BY recorded_us, id")
        return tuple(
            Declaration(
                id=row["id"],
                agreement_id=row["agreement_id"],
                span=_span(row),
                currency=row["currency"],
                turnover_minor=row["turnover_minor"],
                evidence=row["evidence"],
                declared_on=row["declared_on"],
                declared_by=row["declared_by"],
                recorded_us=row["recorded_us"],
            )
            for row in rows
        )


def _charge_params(
    run_id: str, position: int, charge: SpanCharge
) -> dict[str, int | str]:
    return {
        "run_id": run_id,
        "position": position,
        "charged_for": charge.charged_for.value,
        "agreement_id": charge.agreement_id,
        "party_id": charge.party_id,
        "tariff": charge.tariff,
        "tariff_version": charge.tariff_version,
        "span_start_us": charge.span.start_us,
        "span_end_us": charge.span.end_us,
        "currency": charge.currency,
        "basis_minor": charge.basis_minor,
        "due_minor": charge.due_minor,
        "net_minor": charge.net_minor,
    }


def _charge(row: Row) -> SpanCharge:
    return SpanCharge(
        charged_for=ChargedFor(row["charged_for"]),
        agreement_id=row["agreement_id"],
        party_id=row["party_id"],
        tariff=row["tariff"],
        tariff_version=row["tariff_version"],
        span=_span(row),
        currency=row["currency"],
        basis_minor=row["basis_minor"],
        due_minor=row["due_minor"],
        net_minor=row["net_minor"],
    )


def _span(row: Row) -> Period:
    return Period(row["span_start_us"], row["span_end_us"])
