"""Two hundred rounds of a commons among traders, with the real rules of the fund.

Twelve actors trade. Trade is a yard sale: two meet, a fifth of the poorer one's purse
is at stake, and who has more wins a little more often. Left alone, one ends up with
nearly everything (Chakraborti, 2002; Boghosian, 2014). Everybody earns the same wage,
and takes from the commons as much as their purse lets them use.

With the protocol, taking is paid by a progressive tariff, the money runs through the
waterfall, and comes back by unpaid work, by a vote on priorities and by voice. Every
mechanism is the gateway's own code and can be switched off. Whole numbers throughout,
and chance with a seed: the same game gives the same figures on every machine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from gateway.billing.division import divide
from gateway.fund.accounts import (
    ENDOWMENT,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RESERVE,
    ROUNDS,
)
from gateway.fund.allocation import proportional
from gateway.fund.basis import Basis
from gateway.fund.gate import Verdict, equal_split, gate
from gateway.fund.payer_rule import PayerBasis, Receipt, months_before, payer_basis
from gateway.fund.replay import Terms, replay
from gateway.fund.rules.sharing import Limits, shared
from gateway.fund.voting.ballot import ballot_of
from gateway.fund.voting.count import weights_of
from gateway.fund.voting.tally import Method
from gateway.fund.waterfall import Shares
from gateway.kernel.money import MICROS_PER_MAJOR, Money
from gateway.licensing.tariff import Bracket, Metered, Tariff

ROUNDS_PLAYED = 200
ACTORS = tuple(f"actor-{number:02}" for number in range(12))
BARON, CARER = ACTORS[0], ACTORS[-1]
AREAS = {"records": ACTORS[:4], "code": ACTORS[4:8], "care": ACTORS[8:]}
PURSE, BARONS_PURSE, WAGE = 100_000, 550_000, 300  # minor units
STAKE, EDGE_PERCENT = 5, 60  # a fifth; how often the richer one wins
UNITS_PER_MINOR = 10  # a unit is taken for every 10 minor units of a purse
CREDITS = 100
MINOR_MICROS = MICROS_PER_MAJOR // 100
PRICES = (0, 100_000, 300_000, 900_000)  # micros per 100 units
STEPS = (60_000, 150_000, 300_000)  # units in a calendar year
SHARES = Shares(operator_bp=500, reserve_bp=500, labour_bp=2_500, solidarity_bp=0)


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is switched on.

    Attributes:
        pays: Taking is paid for at all.
        brackets: By a progressive tariff; else at one price for all.
        payer_rule: What a payer gives above 30 % of income is set apart.
        labour: Unpaid work is paid first.
        voice: Credits earned by work decide; else money given.
        quadratic: Projects are matched by how many support them; else by how much.
        qv: Priorities are voted on quadratically; else a credit is a vote.
        cap_share: At most this share of a pool for one project.
        gate: A round that gives too much to few becomes an equal split.
        gift_percent: What the baron donates, in percent of its purse, each round.
    """

    pays: bool = True
    brackets: bool = True
    payer_rule: bool = True
    labour: bool = True
    voice: bool = True
    quadratic: bool = True
    qv: bool = True
    cap_share: Fraction = Fraction(1, 5)
    gate: bool = True
    gift_percent: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """What became of one round.

    Attributes:
        purses: Actor to minor units, afterwards.
        pool: What there was to divide, minor units.
        area_weights: What the vote on priorities came to.
        matched: Project to minor units from the pool.
        labour: Actor to minor units from the labour reserve.
        is_equal_split: The gate made it one.
        gate_holds: What was paid passes the gate, or is an equal split.
    """

    purses: Mapping[str, int]
    pool: int
    area_weights: Mapping[str, int]
    matched: Mapping[str, int]
    labour: Mapping[str, int]
    is_equal_split: bool
    gate_holds: bool

    @property
    def top_share(self) -> Fraction:
        """The share of the richest."""
        return Fraction(max(self.purses.values()), sum(self.purses.values()))


def tariff(*, is_progressive: bool) -> Tariff:
    """A price list per 100 units, or the one price that would earn as much at first."""
    brackets: tuple[Bracket, ...] = (Bracket(None, PRICES[1]),)
    if is_progressive:
        ends = (*STEPS, None)
        brackets = tuple(map(Bracket, ends, PRICES))
    return Tariff("game", 1, "EUR", Metered.REQUESTS, 100, "100 requests", brackets)


@dataclass(slots=True)
class Game:
    """A commons as it is played."""

    protocol: Protocol
    seed: int = 1
    purses: Counter[str] = field(default_factory=Counter)
    pots: Counter[str] = field(default_factory=Counter)
    paid_in: int = 0
    paid_out: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    receipts: list[Receipt] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    chance: Random = field(init=False)
    price: Tariff = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.price = tariff(is_progressive=self.protocol.brackets)
        self.purses.update({**dict.fromkeys(ACTORS, PURSE), BARON: BARONS_PURSE})

    def play(self, rounds: int = ROUNDS_PLAYED) -> Game:
        """Play on."""
        for number in range(rounds):
            self._trade()
            if number % 12 == 0:
                self.taken.clear()  # brackets are over the calendar year
            if self.protocol.pays:
                for actor in ACTORS:
                    self._take(actor, month=number)
            self.rounds.append(self._shared_out())
        return self

    def top_share_from(self, number: int = 0) -> Fraction:
        """The share of the richest after a round; before the first without one."""
        if not number:
            whole = BARONS_PURSE + PURSE * (len(ACTORS) - 1)
            return Fraction(BARONS_PURSE, whole)
        return self.rounds[number - 1].top_share

    def late_top_share(self) -> Fraction:
        """The mean share of the richest over the last hundred rounds."""
        late = self.rounds[-100:]
        return Fraction(sum(each.top_share for each in late), len(late))

    def spendable_share(self, owner: str, month: int) -> Fraction:
        """What ran on of an owner's twelve months, as a share of all income."""
        window = [each for each in self.receipts if each.month in months_before(month)]
        whole = sum(each.net_minor for each in window)
        own = sum(
            each.net_minor - each.endowed_minor
            for each in window
            if each.owner == owner
        )
        return Fraction(own, max(1, whole))

    def _trade(self) -> None:
        order = list(ACTORS)
        self.chance.shuffle(order)
        for one, other in zip(order[::2], order[1::2], strict=True):
            richer, poorer = sorted((one, other), key=self.purses.__getitem__)[::-1]
            stake = self.purses[poorer] // STAKE
            if self.chance.randrange(100) >= EDGE_PERCENT:
                stake = -stake
            self.purses[richer] += stake
            self.purses[poorer] -= stake
        for actor in ACTORS:
            self.purses[actor] += WAGE

    def _take(self, actor: str, *, month: int) -> None:
        """Take for a month, and pay what the tariff says."""
        units = self.purses[actor] // UNITS_PER_MINOR
        micros = self.price.charge_micros(self.taken[actor], units)
        self.taken[actor] += units
        net = min(int(micros / MINOR_MICROS), self.purses[actor])
        payer: PayerBasis | None = None
        if self.protocol.payer_rule:
            payer = payer_basis(
                actor,
                net_minor=net,
                month=month,
                number=len(self.receipts) + 1,
                booked=self.receipts[-len(ACTORS) * 12 :],
            )
        labour = SHARES.labour_bp if self.protocol.labour else 0
        shares = Shares(SHARES.operator_bp, SHARES.reserve_bp, labour, 0)
        basis = Basis("ent", net, shares, 0, None, payer)
        self.receipts.append(Receipt(actor, month, net, basis.endowed_minor))
        self.pots.update(basis.pots())
        self.purses[actor] -= net
        self.paid_in += net

    def _shared_out(self) -> Round:
        labour = self._paid_for_work()
        gifts = self._gifts()
        voices = self._voices(gifts)
        weights = self._voted()
        matched: Counter[str] = Counter()
        pool = self.pots[ROUNDS]
        for area, part in divide(pool, weights).items():
            ballots = {who: voices[who] for who in AREAS[area]}
            rule = "quadratic" if self.protocol.quadratic else "proportional"
            made = replay(ballots, rule=rule, terms=Terms(part))
            matched.update(made.paid)
        paid, is_equal = self._held(pool, matched)
        self.pots[ROUNDS] -= sum(paid.values())
        self.purses.update(paid)
        self.paid_out += sum(paid.values())
        verdict = gate(paid).verdict
        holds = verdict is Verdict.PASS or is_equal or not any(paid.values())
        return Round(dict(self.purses), pool, weights, paid, labour, is_equal, holds)

    def _held(
        self, pool: int, matched: Mapping[str, int]
    ) -> tuple[dict[str, int], bool]:
        """What cap and gate make of it."""
        limits = Limits(cap_share=self.protocol.cap_share)
        paid = dict(shared(pool, matched, limits).paid)
        if self.protocol.gate and gate(paid).verdict is not Verdict.PASS:
            receivers = frozenset(who for who, units in matched.items() if units)
            if receivers:
                return equal_split(pool, receivers), True
        return paid, False

    def _paid_for_work(self) -> dict[str, int]:
        """The labour reserve, to everybody whose work nobody paid for."""
        pot = self.pots[LABOUR_RESERVE]
        if not pot:
            return {}
        hours = {actor: 1_000 for actor in ACTORS if actor != BARON}
        paid = proportional(Money(pot, "EUR"), hours)
        minor = {who: each.minor for who, each in paid.items()}
        self.pots[LABOUR_RESERVE] -= pot
        self.purses.update(minor)
        self.paid_out += pot
        return minor

    def _gifts(self) -> dict[str, int]:
        """Donations: into the reserve, and nothing follows from them."""
        gift = self.purses[BARON] * self.protocol.gift_percent // 100
        self.purses[BARON] -= gift
        self.paid_in += gift
        self.pots[RESERVE] += gift
        return {BARON: gift}

    def _voices(self, gifts: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Who supports which project, and by how much.

        Everybody supports a neighbour, so that each project has three supporters; a
        ring of four stands behind the baron's, and nobody but the carer behind the
        carer's. The baron supports itself with all it has.
        """
        given: dict[str, dict[str, int]] = defaultdict(dict)
        for place, actor in enumerate(ACTORS):
            for further in range(1, 4):
                supporter = ACTORS[(place + further) % len(ACTORS)]
                given[actor][supporter] = CREDITS // 4
        for follower in ACTORS[1:5]:
            given[BARON][follower] = CREDITS // 2
        given[BARON][BARON] = CREDITS
        given[CARER] = {CARER: CREDITS}
        if not self.protocol.voice:
            given[BARON][BARON] = CREDITS + gifts[BARON]
        return dict(given)

    def _voted(self) -> dict[str, int]:
        """The vote on priorities: the baron's third puts everything on one area."""
        names = tuple(AREAS)
        half = {"code": 7, "care": 7}
        ballots = [
            ballot_of(
                {"records": 10} if actor in AREAS["records"] else half,
                names,
                credits_max=CREDITS,
            )
            for actor in ACTORS
        ]
        if self.protocol.qv:
            return dict(weights_of(names, ballots, Method.QUADRATIC))
        spent: Counter[str] = Counter(dict.fromkeys(names, 0))
        for ballot in ballots:
            whole = sum(votes for _, votes in ballot)
            for name, votes in ballot:
                spent[name] += CREDITS * votes // whole
        return dict(spent)

    def conserved(self) -> bool:
        """Is everything that was paid in paid out, or in a pot?"""
        pots = (OPERATOR_FEE, RESERVE, ENDOWMENT, LABOUR_RESERVE, ROUNDS)
        return self.paid_in == self.paid_out + sum(self.pots[each] for each in pots)
