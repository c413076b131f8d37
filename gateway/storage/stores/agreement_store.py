"""Published tariffs, agreements, and the offers they rest on, in tables."""

from __future__ import annotations

import json
from typing import Any

from gateway.billing.canonical import canonical_json, sha256_of
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.use import Commercial, Use
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.ports import AcceptedOffer, PublishedBody
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Bracket, Metered, Minimum, Tariff
from gateway.storage.database import Database, Row


class StoredTariffs:
    """`gateway.licensing.ports.TariffStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def publish(self, tariff: Tariff, *, at_us: int) -> bool:
        """Keep a version; see the port."""
        body = canonical_json(tariff)
        with self._db.transaction() as tx:
            is_new = tx.run(
                "INSERT INTO tariff_version (tariff, version, currency, body_json,"
                " body_sha256, published_us) VALUES (:tariff, :version, :currency,"
                " :body, :sha256, :at_us) ON CONFLICT DO NOTHING",
                {
                    "tariff": tariff.id,
                    "version": tariff.version,
                    "currency": tariff.currency,
                    "body": body,
                    "sha256": sha256_of(body),
                    "at_us": at_us,
                },
            )
            kept = tx.row(
                "SELECT body_json FROM tariff_version"
                " WHERE tariff = :tariff AND version = :version",
                {"tariff": tariff.id, "version": tariff.version},
            )
        assert_same_terms(_tariff(kept) if kept else None, tariff)
        return bool(is_new)

    def find(self, tariff: str, version: int) -> Tariff | None:
        """A published version."""
        row = self._db.row(
            "SELECT body_json FROM tariff_version"
            " WHERE tariff = :tariff AND version = :version",
            {"tariff": tariff, "version": version},
        )
        return _tariff(row) if row else None

    def all(self) -> tuple[Tariff, ...]:
        """Every published version, by id and version."""
        sql = "SELECT body_json FROM tariff_version ORDER BY tariff, version"
        return tuple(_tariff(row) for row in self._db.rows(sql))

    def bodies(self) -> tuple[PublishedBody, ...]:
        """What was kept of every published version, by id and version."""
        rows = self._db.rows(
            "SELECT tariff, version, body_json AS body, body_sha256 AS sha256,"
            " published_us"
            " FROM tariff_version ORDER BY tariff, version"
        )
        return tuple(PublishedBody(**row) for row in rows)


class StoredAgreements:
    """`gateway.licensing.ports.AgreementStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, agreement: Agreement, offer: AcceptedOffer | None = None) -> None:
        """Keep a new agreement; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO agreement (id, party_id, tariff, tariff_version,"
                " currency, settling, uses_json, commercial, collections_json,"
                " starts_us, ends_us, cap_minor, terms_sha256, is_barter) VALUES (:id,"
                " :party_id, :tariff, :tariff_version, :currency, :settling, :uses,"
                " :commercial, :collections, :starts_us, :ends_us, :cap_minor,"
                " :terms_sha256, :is_barter)",
                {
                    "id": agreement.id,
                    "party_id": agreement.party_id,
                    "tariff": agreement.tariff,
                    "tariff_version": agreement.tariff_version,
                    "currency": agreement.currency,
                    "settling": agreement.settling.value,
                    "uses": canonical_json(agreement.uses),
                    "commercial": agreement.commercial.value,
                    "collections": canonical_json(agreement.collections),
                    "starts_us": agreement.starts_us,
                    "ends_us": agreement.ends_us,
                    "cap_minor": agreement.cap_minor,
                    "terms_sha256": agreement.terms_sha256,
                    "is_barter": int(agreement.is_barter),
                },
            )
            if offer is not None:
                tx.run(
                    "INSERT INTO accepted_offer (agreement_id, offer_id, document,"
                    " accepted_us, key_sha256) VALUES (:agreement_id, :offer_id,"
                    " :document, :accepted_us, :key_sha256)",
                    {
                        "agreement_id": offer.agreement_id,
                        "offer_id": offer.offer_id,
                        "document": offer.document,
                        "accepted_us": offer.accepted_us,
                        "key_sha256": offer.key_sha256,
                    },
                )

    def find(self, agreement_id: str) -> Agreement | None:
        """The agreement of that id."""
        sql = "SELECT * FROM agreement WHERE id = :id"
        row = self._db.row(sql, {"id": agreement_id})
        return _agreement(row) if row else None

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        """Every agreement of a party, oldest start first."""
        rows = self._db.rows(
            "SELECT * FROM agreement WHERE party_id = :party_id ORDER BY starts_us, id",
            {"party_id": party_id},
        )
        return tuple(_agreement(row) for row in rows)

    def all(self) -> tuple[Agreement, ...]:
        """Every agreement, by id."""
        rows = self._db.rows("SELECT * FROM agreement ORDER BY id")
        return tuple(_agreement(row) for row in rows)

    def end(self, agreement_id: str, *, at_us: int) -> None:
        """Set when it ends; see the port."""
        with self._db.transaction() as tx:
            touched = tx.run(
                "UPDATE agreement SET ends_us = :at_us WHERE id = :id",
                {"id": agreement_id, "at_us": at_us},
            )
        if not touched:
            detail = f"there is no agreement {agreement_id}"
            raise NotFound(detail)

    def offer_of(self, agreement_id: str) -> AcceptedOffer | None:
        """The offer that was accepted."""
        sql = "SELECT * FROM accepted_offer WHERE agreement_id = :id"
        row = self._db.row(sql, {"id": agreement_id})
        return AcceptedOffer(**row) if row else None

    def offer_with_key(self, key_sha256: str) -> AcceptedOffer | None:
        """The offer that was accepted under a key; see the port."""
        sql = "SELECT * FROM accepted_offer WHERE key_sha256 = :key AND :key <> ''"
        row = self._db.row(sql, {"key": key_sha256})
        return AcceptedOffer(**row) if row else None


def assert_same_terms(kept: Tariff | None, tariff: Tariff) -> None:
    """Refuse another body under a published version.

    Raises:
        Conflict: that version was published with another body.
    """
    if kept != tariff:
        detail = (
            f"tariff {tariff.id} version {tariff.version} is published with other"
            " terms; raise the version to change it"
        )
        raise Conflict(detail)


def _tariff(row: Row) -> Tariff:
    body = json.loads(row["body_json"])
    brackets = tuple(Bracket(**each) for each in body["brackets"])
    return Tariff(
        **{
            **body,
            "metered": Metered(body["metered"]),
            "brackets": brackets,
            "brackets_over": BracketsOver(body["brackets_over"]),
            "derivation": tuple((label, value) for label, value in body["derivation"]),
            "minimum": _minimum(body.get("minimum")),
            "royalties": _royalties(body.get("royalties")),
            "shares": tuple((name, weight) for name, weight in body.get("shares", ())),
        }
    )


def _minimum(told: dict[str, Any] | None) -> Minimum | None:
    return Minimum(BracketsOver(told["per"]), told["minor"]) if told else None


def _royalties(told: dict[str, Any] | None) -> Royalties | None:
    if told is None:
        return None
    brackets = tuple(RoyaltyBracket(**each) for each in told["brackets"])
    return Royalties(BracketsOver(told["over"]), brackets)


def _agreement(row: Row) -> Agreement:
    return Agreement(
        id=row["id"],
        party_id=row["party_id"],
        tariff=row["tariff"],
        tariff_version=row["tariff_version"],
        currency=row["currency"],
        settling=Settling(row["settling"]),
        uses=frozenset(Use(each) for each in json.loads(row["uses_json"])),
        commercial=Commercial(row["commercial"]),
        collections=frozenset(json.loads(row["collections_json"])),
        starts_us=row["starts_us"],
        ends_us=row["ends_us"],
        cap_minor=row["cap_minor"],
        terms_sha256=row["terms_sha256"],
        is_barter=bool(row["is_barter"]),
    )
