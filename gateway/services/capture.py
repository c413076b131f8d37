"""The capture index of takers, live: from what was metered in twelve months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.fund.capture import CaptureIndex, capture_index
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.period import Period
from gateway.licensing.agreement import Settling
from gateway.licensing.ports import AgreementStore
from gateway.metering.summary import UsageSum

CAPTURE_DAYS = 365


class Sums(Protocol):
    """Adds usage up."""

    def usage_sums(
        self, by: Sequence[str], *, period: Period | None = None, agreement_id: str = ""
    ) -> tuple[UsageSum, ...]:
        """Events added up by dimensions; see `metering.ports.UsageSums`."""


class Parties(Protocol):
    """Who the parties are."""

    def all_parties(self) -> tuple[Party, ...]:
        """Every party."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What one beneficial owner took in twelve months.

    Attributes:
        owner_id: The owner: a party's id, or the key of a name.
        party_ids: Its parties that took anything, by id.
        taken_bytes: Body bytes delivered.
        requests: Metered requests.
    """

    owner_id: str
    party_ids: tuple[str, ...]
    taken_bytes: int
    requests: int


@dataclass(frozen=True, slots=True)
class Capture:
    """The capture index and what it rests on.

    Attributes:
        period: The last 365 days.
        index: The figures; public, they name nobody.
        takings: By owner, the heaviest first; whoever shows them decides whether
            an owner may be named (only on verified evidence, see the laws).
    """

    period: Period
    index: CaptureIndex
    takings: tuple[Taking, ...]


class Captures:
    """Looks at who takes; changes nothing.

    `house.capture.look()` is what pages, `copyfair usage capture`, the metric and
    `doctor` show: one reading, so that they never disagree.
    """

    def __init__(
        self, sums: Sums, agreements: AgreementStore, *, parties: Parties, clock: Clock
    ) -> None:
        self._sums = sums
        self._agreements = agreements
        self._parties = parties
        self._clock = clock

    def look(self) -> Capture:
        """The capture index of the last 365 days; blocking.

        Test agreements take nothing. Everything else that was metered counts with
        the bytes delivered, whether or not it was priced or invoiced.

        Raises:
            Unavailable: the store does not answer.
        """
        now_us = self._clock.now_us()
        period = Period(now_us - CAPTURE_DAYS * US_PER_DAY, now_us + 1)
        owners = {
            each.id: each.beneficial_owner_id for each in self._parties.all_parties()
        }
        taken: Counter[str] = Counter()
        requests: Counter[str] = Counter()
        whose: dict[str, set[str]] = {}
        for one in self._sums.usage_sums(["agreement_id", "party_id"], period=period):
            if self._is_test(str(one.group["agreement_id"])):
                continue
            party_id = str(one.group["party_id"])
            owner = owners.get(party_id, party_id)
            taken[owner] += one.body_bytes
            requests[owner] += one.events
            whose.setdefault(owner, set()).add(party_id)
        takings = (
            Taking(owner, tuple(sorted(whose[owner])), taken[owner], requests[owner])
            for owner in taken
        )
        ranked = sorted(takings, key=lambda one: (-one.taken_bytes, one.owner_id))
        return Capture(period, capture_index(taken), tuple(ranked))

    def _is_test(self, agreement_id: str) -> bool:
        agreement = self._agreements.find(agreement_id)
        return agreement is not None and agreement.settling is Settling.TEST
