"""Facts: attributes of requester and use, each with how well it is known.

Names are dotted: `client.kind`, `party.entity`, `use.class`. The list in
`FACTS` is the vocabulary a policy can use; anything else is a typing error that
`copyfair policy check` reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.classification.testimony import NOTHING, Testimony
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use

FactValue = str | int | bool
FactType = frozenset[str] | type[str] | type[int] | type[bool]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS = _words(
    "person browser feed-reader search-crawler archive-crawler academic-crawler "
    "ai-crawler ai-fetcher seo monitor link-preview fediverse http-library git unknown"
)
"""Every kind of client. Public: add, never rename."""

ENTITIES = _words(
    "person informal nonprofit coop-worker coop-other sse public university glam "
    "purpose-company company data-broker unknown"
)
"""Every kind of party. Public: add, never rename."""

FACTS: Mapping[str, FactType] = MappingProxyType(
    {
        # Who: the party behind a credential. Attributes keep their own level.
        "credential.ours": bool,  # was a credential of ours shown?
        "credential.fault": str,  # why it does not hold; absent when it holds
        "party.id": str,
        "party.entity": ENTITIES,
        "party.surplus": _words("to-workers to-members locked to-shareholders unknown"),
        "party.size.staff": int,  # heads, subsidiaries looked through
        "party.size.revenue_eur": int,  # whole euros a year
        "party.size.mau": int,  # monthly active users
        "party.size.country_income": _words("LIC LMIC UMIC HIC unknown"),
        "party.size.controlled_by": str,  # a name, or `nobody`
        "party.country": str,  # ISO 3166-1 alpha-2
        "party.passes_on": _words("nobody members readers bulk unknown"),
        "party.mandate": _words("legal-deposit web-archive research none unknown"),
        "party.notice_days": int,  # since it was told that it counts as very large
        "party.standing": int,  # unspent credits
        "party.offset": bool,  # an accepted contribution stands against its debt
        "party.openness": _words("none weights weights+data unknown"),
        "party.share.permille": int,  # of 12 months' metered bytes, in thousandths
        "party.share.takers": int,  # among how many takers
        # What: the client, as its request shows it.
        "client.agent": str,  # id of the file in policies/agents
        "client.kind": KINDS,
        "client.operator": str,  # openai, google, commoncrawl …
        "client.acts_for_person": bool,  # fetches one page because somebody asked
        "client.obeys_robots": _words("yes no unknown"),
        "client.behaviour.rate": _words("human machine unknown"),
        # What for.
        "use.class": frozenset(use.value for use in Use),
        "use.commercial": frozenset(commercial.value for commercial in Commercial),
        "agreement.in_force": bool,
        "agreement.tariff_version": int,
        # On what: added by licensing, which knows the collection.
        "resource.collection": str,
        "resource.licence": str,  # SPDX id
        "resource.sensitivity": _words("open community restricted"),
        "resource.age_days": int,
        "resource.cost": int,  # cost units; an ordinary page is 1
    }
)
"""The vocabulary: name to its words, or `str`, `int`, `bool` (written `yes`, `no`)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of the requester or the use.

    Attributes:
        value: A word, a whole number or a flag (a flag is written `yes` or `no`).
        level: How well it is known.
        source: Where it comes from, for a reader: `user-agent`, `steward` …
        contradicted: Other evidence says otherwise; a flag beside the level.
    """

    value: FactValue
    level: Level = Level.UNKNOWN
    source: str = ""
    contradicted: bool = False

    @property
    def word(self) -> str:
        """The value as policies and JSON write it."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return str(self.value)


UNKNOWN_FACT = Fact("unknown")


class Facts(Mapping[str, Fact]):
    """Everything known about one request; what is not known reads `unknown`.

    Attributes:
        evidence: What the facts rest on, for whoever asks why; no rule reads it.
    """

    __slots__ = ("_facts", "evidence")

    def __init__(
        self, facts: Mapping[str, Fact], evidence: Testimony = NOTHING
    ) -> None:
        self._facts = dict(facts)
        self.evidence = evidence

    def __getitem__(self, name: str) -> Fact:
        return self._facts.get(name, UNKNOWN_FACT)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, name: object) -> bool:
        return name in self._facts

    def __hash__(self) -> int:
        return hash(frozenset(self._facts.items()))

    def word(self, name: str) -> str:
        """The value of a fact as text; `unknown` when nothing is known."""
        return self[name].word

    def level(self, name: str) -> Level:
        """How well a fact is known."""
        return self[name].level

    def with_(self, **changes: Fact) -> Facts:
        """A copy with some facts replaced; `__` in a name stands for the dot."""
        renamed = {name.replace("__", "."): fact for name, fact in changes.items()}
        return Facts({**self._facts, **renamed}, self.evidence)
