"""What was taken with standing, and by whom everything: the database adds it up."""

from __future__ import annotations

from gateway.kernel.period import Period
from gateway.metering.taken import Taken
from gateway.reciprocity.giving_ports import SpentSince
from gateway.reciprocity.spending import STANDING, Spent, party_of
from gateway.storage.database import Database
from gateway.storage.stores.usage_rows import last_seq

PREFIX = f"{STANDING}:"
# From the last place on: the order of the tables is the order they are read in.
SINCE = """
SELECT terms.agreement_id AS account, terms.tariff AS rate,
  event.occurred_us / 86400000000 AS day, sum(event.billable_requests) AS requests,
  sum(event.billable_bytes) AS body_bytes
FROM usage_event AS event CROSS JOIN usage_terms AS terms
WHERE terms.id = event.terms_id AND event.seq > :after AND event.seq <= :up_to
  AND substr(terms.agreement_id, 1, :letters) = :prefix
  AND event.is_repeat = 0 AND event.billable_requests = 1
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
EVER = SINCE.replace(
    "FROM usage_event AS event CROSS JOIN usage_terms AS terms",
    "FROM usage_terms AS terms CROSS JOIN usage_event AS event",
)
TAKEN = """
SELECT party_id, sum(billable_bytes) AS body_bytes FROM usage_fact
WHERE occurred_us >= :start_us AND occurred_us < :end_us AND billable_bytes > 0
  AND party_id <> ''
GROUP BY party_id ORDER BY party_id
"""


class StoredStandingUse:
    """Implements `StandingUse` of reciprocity and `Takings` of metering."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def since(self, seq: int) -> SpentSince:
        """What standing paid for that was recorded after a place; see the port."""
        up_to = last_seq(self._db)
        where = {"after": seq, "up_to": up_to, "letters": len(PREFIX), "prefix": PREFIX}
        rows = self._db.rows(SINCE if seq else EVER, where)
        spent = tuple(
            (
                party_of(row["account"]),
                Spent(
                    int(row["day"]),
                    row["rate"],
                    requests=int(row["requests"]),
                    body_bytes=int(row["body_bytes"]),
                ),
            )
            for row in rows
        )
        return SpentSince(up_to, spent)

    def takings(self, period: Period) -> tuple[Taken, ...]:
        """What each party took in a period; see the port."""
        bounds = {"start_us": period.start_us, "end_us": period.end_us}
        return tuple(
            Taken(row["party_id"], int(row["body_bytes"]))
            for row in self._db.rows(TAKEN, bounds)
        )
