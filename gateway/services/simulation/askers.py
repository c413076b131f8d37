"""Askers: who a line names, and from where; each worked out once, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from gateway.classification.facts import Facts
from gateway.classification.known_agents import KnownAgents
from gateway.classification.published_ranges import PublishedRanges
from gateway.classification.testimony import Piece
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import PASSES
from gateway.metering.judged import Accounts, Settled
from gateway.services.paces import Paces
from gateway.services.simulation.counted import Counted
from gateway.services.simulation.rows import malformed_row, row_of
from gateway.services.simulation.tally import HURT_KINDS, Row

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_MAX = 65_536


class Taker(Counted):
    """The network of an address, what it took lately, and where its budgets are.

    Attributes:
        name: The network.
        cost: Cost units of what it took lately.
    """

    __slots__ = ("_accounts", "cost", "name")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.cost = 0
        self._accounts: Accounts | None = None

    @property
    def accounts(self) -> Accounts:
        """Made when it is first needed; most never are."""
        if self._accounts is None:
            self._accounts = Accounts()
        return self._accounts


class Lane(Counted):
    """Clients of the same facts at places of the same lot, in this hour.

    Attributes:
        settled: What all of them are answered; None where each is looked at by itself.
        is_let_in: They are let in, as long as their budget allows it.
        owes: A budget is drawn on, that acts under pressure alone.
        upstream: The number of whom they keep busy; below 0 for nobody.
        cost: Cost units of one of the places.
        usual_us: How long one keeps the archive busy, where the log does not say.
        row: Where they are added.
        is_unnamed: Nobody is known to run them.
    """

    __slots__ = (
        *("cost", "is_let_in", "is_unnamed", "owes"),
        *("row", "settled", "upstream", "usual_us"),
    )

    def __init__(self, settled: Settled | None, row: Row, *, upstream: int) -> None:
        super().__init__()
        self.settled = settled
        self.row = row
        self.is_unnamed = not row.is_named
        self.upstream = upstream
        self.cost = self.usual_us = 0
        self.is_let_in = self.owes = False
        if settled is not None:
            self.cost = settled.cost
            self.is_let_in = type(settled.decision) in PASSES
            self.owes = settled.terms is not None


def lane_of(
    settled: Settled | None, facts: Facts, numbers: Mapping[str, int], *, unit_us: int
) -> Lane:
    """A lane with what was settled.

    Args:
        settled: That; None where each line is looked at by itself.
        facts: What is known of whoever goes along it.
        numbers: Of upstreams.
        unit_us: How long one cost unit keeps the archive busy, microseconds.
    """
    if settled is None:
        return Lane(None, malformed_row(facts), upstream=-1)
    where = settled.collection
    upstream = numbers[where.upstream] if where is not None else -1
    lane = Lane(settled, row_of(facts, settled.decision), upstream=upstream)
    lane.usual_us = lane.cost * unit_us
    return lane


class Head(NamedTuple):
    """A user agent: its fields, what is known by them, and its lanes by lot.

    Attributes:
        headers: The fields.
        facts: What is known.
        lanes: By the number of the lot.
        is_looked_up: Published ranges say more about where it comes from.
        is_watched: It says its name, and how fast it asks may change what is known.
        hurt: Who would be hurt, were it refused: a word of `HURT`, or empty.
    """

    headers: Headers
    facts: Facts
    lanes: dict[int, Lane]
    is_looked_up: bool
    is_watched: bool
    hurt: str


Lanes = tuple[Facts, dict[int, Lane]]
"""Facts, held so that nothing else can take their identity, and their lanes by lot."""


class Askers:
    """Finds who asked.

    Args:
        known: What is known of strangers, whatever their pace.
        cut: Cuts an address to its network.
        paces: How fast machines ask that say their names.
        agents: The catalogue in force.
        ranges: The published ranges in force.
    """

    def __init__(
        self,
        known: Callable[[Request, KnownAgents], Facts],
        cut: Callable[[str], str],
        paces: Paces,
        *,
        agents: KnownAgents,
        ranges: PublishedRanges,
    ) -> None:
        self._known = known
        self._cut = cut
        self._paces = paces
        self._agents = agents
        self._ranges = ranges
        self._heads: dict[str, Head] = {}
        self._looked_up: dict[tuple[str, str, int], Head] = {}
        self._told_alike: dict[tuple[str, Piece | None], Head] = {}
        self._lanes: dict[int, Lanes] = {}
        self._takers: dict[str, Taker] = {}
        self._subjects: dict[tuple[str, str], bytes] = {}

    def heads(
        self, agents: Sequence[str], addresses: Sequence[str], instants: Sequence[int]
    ) -> list[Head]:
        """What is known of the sender of each request."""
        heads: list[Head] = []
        found = map(self._heads.get, agents)
        for number, each in enumerate(found):
            head = each or self._head(agents[number])
            if head.is_looked_up:
                at_us = instants[number] // 1_000
                head = self._from(agents[number], addresses[number], at_us)
            heads.append(head)
        return heads

    def paced(self, head: Head, address: str, now_ns: int) -> tuple[bytes, Head]:
        """Who is watched from there, and the sender with how fast they asked so far."""
        facts, paces = head.facts, self._paces
        subject = self._subjects.get((facts.word("client.agent"), address))
        if subject is None:
            subject = paces.subject_of(facts, address)
            _keep(self._subjects, (facts.word("client.agent"), address), subject)
        if not paces.is_fast(subject, now_ns=now_ns):
            return subject, head
        facts = paces.hurried(facts)
        return subject, head._replace(facts=facts, lanes=self._lanes_of(facts))

    def forget(self) -> None:
        """What was settled is so no more."""
        for _, lanes in self._lanes.values():
            lanes.clear()

    def takers(self, addresses: Sequence[str]) -> list[Taker]:
        """Whose network each request came from."""
        found = map(self._takers.get, addresses)
        return [
            taker or self._taker(addresses[number])
            for number, taker in enumerate(found)
        ]

    def _taker(self, address: str) -> Taker:
        taker = self._takers.get(address)
        if taker is None:
            taker = Taker(self._cut(address))
            _keep(self._takers, address, taker)
        return taker

    def _head(self, agent: str) -> Head:
        head = self._heads.get(agent)
        if head is None:
            asked = _anything(Headers((("User-Agent", agent),) if agent else ()))
            head = self._of(asked)
            _keep(self._heads, agent, head)
        return head

    def _from(self, agent: str, address: str, at_us: int) -> Head:
        """With what its address says, by the lists of that day."""
        key = (agent, address, at_us // US_PER_DAY)
        head = self._looked_up.get(key)
        if head is None:
            head = self._told(agent, address, at_us)
            _keep(self._looked_up, key, head)
        return head

    def _told(self, agent: str, address: str, at_us: int) -> Head:
        """Of all for whom the lists have the same word, one is looked at."""
        plain = self._head(agent)
        known = self._agents.named(plain.facts.word("client.agent"))
        word = self._ranges.says(known, address, at_us=at_us) if known else None
        head = self._told_alike.get((agent, word))
        if head is None:
            asked = _anything(plain.headers, address=address, at_us=at_us)
            head = self._of(asked)
            _keep(self._told_alike, (agent, word), head)
        return head

    def _of(self, asked: Request) -> Head:
        facts = self._known(asked, self._agents)
        lanes = self._lanes_of(facts)
        agent = self._agents.named(facts.word("client.agent"))
        has_list = agent is not None and self._ranges.knows(agent)
        hurt = HURT_KINDS.get(facts.word("client.kind"), "")
        watched = bool(self._paces.subject_of(facts, asked.client_ip))
        return Head(asked.headers, facts, lanes, has_list, watched, hurt)

    def _lanes_of(self, facts: Facts) -> dict[int, Lane]:
        if len(self._lanes) >= REMEMBERED_MAX:
            self._lanes.clear()
        return self._lanes.setdefault(id(facts), (facts, {}))[1]


def _keep(known: dict[K, V], key: K, value: V) -> None:
    """Keep what was worked out; when there is too much of it, begin anew."""
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[key] = value


def _anything(headers: Headers, *, address: str = "", at_us: int = 0) -> Request:
    """A request that nothing but its fields and its address say anything about."""
    return Request("", "GET", "https", "", "", "/", "/", "", headers, address, at_us)
