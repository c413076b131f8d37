"""Checkouts, and the events that were heard of them, in tables."""

from __future__ import annotations

from gateway.billing.card import Heard
from gateway.billing.checkout import Checkout, CheckoutState
from gateway.kernel.money import Money
from gateway.storage.database import Database, Row

STEP = """
INSERT INTO checkout_step (checkout_id, position, state, session, url, at_us)
SELECT :id, count(*) + 1, :state, :session, :url, :at_us
FROM checkout_step WHERE checkout_id = :id
"""
HEAR = """
INSERT INTO provider_event (provider, event_id, kind, sha256, heard_us)
VALUES (:provider, :event_id, :kind, :sha256, :at_us)
"""
LIVE = """
SELECT * FROM checkout_now
WHERE state IN ('unknown', 'open') AND (:target = '' OR target = :target) ORDER BY id
"""


class StoredCheckouts:
    """`gateway.billing.card.CheckoutStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, checkout: Checkout) -> None:
        """Keep a new one; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO checkout (id, target, currency, amount_minor, created_us,"
                " expires_us) VALUES (:id, :target, :currency, :amount_minor,"
                " :created_us, :expires_us)",
                {
                    "id": checkout.id,
                    "target": checkout.target,
                    "currency": checkout.amount.currency,
                    "amount_minor": checkout.amount.minor,
                    "created_us": checkout.created_us,
                    "expires_us": checkout.expires_us,
                },
            )
            tx.run(STEP, _step(checkout, checkout.created_us))

    def put(self, checkout: Checkout, *, at_us: int) -> None:
        """Keep how one stands now; see the port."""
        with self._db.transaction() as tx:
            tx.run(STEP, _step(checkout, at_us))

    def find(self, checkout_id: str) -> Checkout | None:
        """The checkout of that id."""
        row = self._db.row(
            "SELECT * FROM checkout_now WHERE id = :id", {"id": checkout_id}
        )
        return _checkout(row) if row else None

    def live(self, target: str = "") -> tuple[Checkout, ...]:
        """Those by which somebody may still pay, oldest first."""
        rows = self._db.rows(LIVE, {"target": target})
        return tuple(_checkout(row) for row in rows)

    def all(self) -> tuple[Checkout, ...]:
        """Every checkout, oldest first."""
        rows = self._db.rows("SELECT * FROM checkout_now ORDER BY id")
        return tuple(_checkout(row) for row in rows)

    def hear(self, heard: Heard, *, at_us: int) -> bool:
        """Keep that an event came; the table's key says whether it had before."""
        with self._db.transaction() as tx:
            added = tx.run(
                f"{HEAR} ON CONFLICT DO NOTHING",
                {
                    "provider": heard.provider,
                    "event_id": heard.id,
                    "kind": heard.kind,
                    "sha256": heard.sha256,
                    "at_us": at_us,
                },
            )
        return bool(added)

    def has_heard(self, provider: str, event_id: str) -> bool:
        """Did that event come before?"""
        return bool(
            self._db.row(
                "SELECT 1 FROM provider_event"
                " WHERE provider = :provider AND event_id = :event_id",
                {"provider": provider, "event_id": event_id},
            )
        )


def _step(checkout: Checkout, at_us: int) -> dict[str, str | int]:
    return {
        "id": checkout.id,
        "state": checkout.state.value,
        "session": checkout.session,
        "url": checkout.url,
        "at_us": at_us,
    }


def _checkout(row: Row) -> Checkout:
    return Checkout(
        id=row["id"],
        target=row["target"],
        amount=Money(row["amount_minor"], row["currency"]),
        created_us=row["created_us"],
        expires_us=row["expires_us"],
        state=CheckoutState(row["state"]),
        session=row["session"],
        url=row["url"],
    )
