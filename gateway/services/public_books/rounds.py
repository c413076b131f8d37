"""Where the money went: pots of the fund, rounds, and who got what in all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from gateway.fund.accounts import LABOUR_RESERVE, PAYABLE_PREFIX, POTS
from gateway.fund.gate import gate
from gateway.fund.payout import Allocation
from gateway.fund.public_ports import Flow
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.equation import equation
from gateway.fund.rounds.round import Round, Run, reference
from gateway.identity.public_name import Shown
from gateway.kernel.clock import iso
from gateway.services.public_books.figures import PPM, PotRow, RoundRow, ShareRow

BY_UNPAID_WORK = "unpaid-work"
NOT_ASKED = "none"  # the gate judges voice: work is paid by its weight
CONTRIBUTORS = "contributors"
PAYABLE = PAYABLE_PREFIX[:-1]


def pot_rows(flows: Iterable[Flow]) -> tuple[PotRow, ...]:
    """Every pot, in the waterfall's order; contributors last."""
    known = {(each.account, each.currency): each for each in flows}
    currencies = sorted({currency for _, currency in known})
    return tuple(
        _pot(known[account, currency])
        for currency in currencies
        for account in (*POTS, PAYABLE)
        if (account, currency) in known
    )


def _pot(flow: Flow) -> PotRow:
    is_payable = flow.account == PAYABLE
    name = CONTRIBUTORS if is_payable else flow.account.partition(":")[2]
    return PotRow(
        pot=name,
        currency=flow.currency,
        received_minor=flow.in_minor if is_payable else flow.poured_minor,
        spent_minor=(flow.in_minor if is_payable else flow.poured_minor)
        - flow.held_minor,
        held_minor=flow.held_minor,
    )


def round_rows(
    allocations: Iterable[Allocation],
    opened: Iterable[Round],
    runs: Iterable[Run],
) -> tuple[RoundRow, ...]:
    """Divisions by unpaid work and rounds by voice, the newest first."""
    parts: dict[tuple[str, str], list[Allocation]] = {}
    for each in allocations:
        parts.setdefault((each.key, each.amount.currency), []).append(each)
    known = {each.name: each for each in opened}
    told = []
    for run in runs:
        live = known[run.round]
        paid: list[Allocation] = []
        if run.outcome is not Outcome.FAILED:
            paid = parts.pop((reference(run.round), live.currency), [])
        told.append((run.at_us, _live(live, run, paid)))
    told += [(one[0].at_us, _by_unpaid_work(one)) for one in parts.values()]
    told.sort(key=lambda it: (-it[0], it[1].name, it[1].currency))
    return tuple(row for _, row in told)


def _live(opened: Round, run: Run, paid: list[Allocation]) -> RoundRow:
    """A round by voice; one that failed paid nothing, and its figures say why."""
    made = run.division()
    says = equation(run.inputs.terms, run.inputs.purse)
    labour = sum(one.amount.minor for one in paid if one.source == LABOUR_RESERVE)
    shared = sum(minor for _, minor in made.shares)
    return RoundRow(
        name=run.round if run.number == 1 else run.key,
        held_on=iso(run.at_us)[:10],
        rule=run.inputs.terms.rule,
        currency=opened.currency,
        labour_minor=labour,
        pool_minor=shared if made.is_paid else 0,
        recipients=len({who for one in paid for who, _ in one.shares})
        or made.gate.recipients,
        top_share_ppm=int(made.gate.figures.top_share * PPM),
        normalised_hhi_ppm=int(made.gate.figures.normalised_hhi * PPM),
        gate=made.gate.verdict.value,
        value_equation=says.en,
        value_equation_fr=says.fr,
    )


def _by_unpaid_work(parts: list[Allocation]) -> RoundRow:
    got: Counter[str] = Counter()
    for each in parts:
        got.update(dict(each.shares))
    judged = gate(got)
    labour = sum(one.amount.minor for one in parts if one.source == LABOUR_RESERVE)
    return RoundRow(
        name=parts[0].key,
        held_on=iso(parts[0].at_us)[:10],
        rule=BY_UNPAID_WORK,
        currency=parts[0].amount.currency,
        labour_minor=labour,
        pool_minor=sum(each.amount.minor for each in parts) - labour,
        recipients=judged.recipients,
        top_share_ppm=int(judged.figures.top_share * PPM),
        normalised_hhi_ppm=int(judged.figures.normalised_hhi * PPM),
        gate=NOT_ASKED,
    )


def received_by(allocations: Iterable[Allocation]) -> Counter[tuple[str, str]]:
    """What each contributor got, by id and currency."""
    got: Counter[tuple[str, str]] = Counter()
    for each in allocations:
        for who, minor in each.shares:
            got[who, each.amount.currency] += minor
    return got


def share_rows(
    got: Counter[tuple[str, str]], shown: Callable[[str], Shown]
) -> tuple[ShareRow, ...]:
    """Who got what: by name where it may be said, else together."""
    amounts: Counter[tuple[Shown, str]] = Counter()
    people: Counter[tuple[Shown, str]] = Counter()
    for (party_id, currency), minor in got.items():
        key = shown(party_id), currency
        amounts[key] += minor
        people[key] += 1
    ranked = sorted(amounts, key=lambda it: (not it[0].name, -amounts[it], it))
    return tuple(
        ShareRow(one.who, one.name, people[one, currency], currency, amounts[key])
        for key in ranked
        for one, currency in [key]
        if amounts[key]
    )
