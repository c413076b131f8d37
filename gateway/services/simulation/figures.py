"""From a tally to the figures of a report: exactly the keys that scripts rely on.

Nobody is billed by them. `list_price` says what the published tariff would come to for
what commercial automation took: under an agreement, by verified operators, and by
clients that only say who they are, which nobody can collect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.kernel.clock import iso
from gateway.kernel.money import minor_from_micros, rounded_half_up
from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Metered, Tariff
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.tally import HURT, Example, Row, Tally

TOP_TAKERS = 20
CAPTURING = 5
TOP_PAGES = 15
PEOPLE = frozenset(("person", "browser", "feed-reader"))
PROVEN = frozenset(("verified", "vouched"))
PRICES = ("agreed", "verified", "claimed")
REQUESTS, BYTES, COST, BUSY = range(4)


def figures(tally: Tally, policies: PolicySet) -> dict[str, Any]:
    """The document of a simulation, without its schema and switches.

    Args:
        tally: Of one replay.
        policies: Through which it went; their tariffs price what was taken.

    Returns:
        The keys of `copyfair simulate --json`. Counts are requests; `bytes`, `cost`
        and `load_shed` are totals in bytes, cost units and cost units.
    """
    total, shed = tally.total(), tally.total(passed=False)
    return {
        "lines": tally.lines,
        "parsed": tally.parsed,
        "skipped": tally.skipped,
        "period": period_of(tally),
        "by_kind": _counts((row.kind, sums) for row, sums in tally.rows.items()),
        "by_operator": _counts(
            (row.operator, sums) for row, sums in tally.rows.items()
        ),
        "by_decision": _counts(
            (row.decision, sums) for row, sums in tally.rows.items()
        ),
        "by_rule": _counts((row.rule, sums) for row, sums in tally.rows.items()),
        "hurt": {who: tally.hurt[who] for who in HURT},
        "bytes": total[BYTES],
        "cost": total[COST],
        "load_shed": shed[COST],
        "list_price": list_price(tally, policies),
        "unverified": unverified(tally.rows),
        "top_takers": list(top_takers(tally)),
        "capture_index": capture_index(tally),
        # Additions.
        "taken": list(taken(tally.rows)),
        "hours_saved": round(shed[BUSY] / 3_600_000_000, 2),
        "top_pages": list(top_pages(tally)),
        "examples": [example_of(each) for each in tally.examples],
        "exact": tally.takers.is_exact,
        "lanes": lanes_of(tally),
        "policy_version": policies.version,
    }


def lanes_of(tally: Tally) -> dict[str, Any] | None:
    """What lanes before expensive pages would have done; None where there were none."""
    waits = tally.waits
    if waits is None:
        return None
    return {
        "came": waits.came,
        "at_once": waits.at_once,
        "waited_over_2_s": waits.long,
        "asked_to_click": dict(sorted(waits.clicked.items())),
        "turned_away": dict(sorted(waits.turned_away.items())),
    }


def period_of(tally: Tally) -> dict[str, str | None]:
    """From the earliest request to the latest."""
    if not tally.parsed:
        return {"from": None, "to": None}
    return {"from": iso(tally.first_us), "to": iso(tally.last_us)}


def _counts(named: Iterable[tuple[str, Sums]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, sums in named:
        counts[name] = counts.get(name, 0) + sums[REQUESTS]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def taken(rows: Mapping[Row, Sums]) -> Iterator[dict[str, Any]]:
    """What each kind, operator and evidence level took, and how much was refused."""
    whole: dict[tuple[str, str, str, bool], tuple[Sums, Sums]] = {}
    for row, sums in rows.items():
        name = (row.kind, row.operator, row.level, row.is_denied)
        all_of, refused = whole.setdefault(name, (no_sums(), no_sums()))
        add(all_of, sums)
        if not row.is_passed:
            add(refused, sums)
    ranked = sorted(whole.items(), key=lambda it: (-it[1][0][COST], it[0]))
    for (kind, operator, level, is_denied), (all_of, refused) in ranked:
        yield {
            "kind": kind,
            "operator": operator,
            "level": level,
            "contradicted": is_denied,
            "requests": all_of[REQUESTS],
            "bytes": all_of[BYTES],
            "cost": all_of[COST],
            "refused": refused[REQUESTS],
        }


def top_takers(tally: Tally) -> Iterator[dict[str, Any]]:
    """The heaviest takers by bytes: operators by name, others by network."""
    whole = max(1, tally.takers.total(BYTES))
    for number, (name, sums) in enumerate(tally.takers.ranked(BYTES)):
        if number == TOP_TAKERS:
            return
        yield {
            "taker": name,
            "requests": sums[REQUESTS],
            "bytes": sums[BYTES],
            "cost": sums[COST],
            "share": round(sums[BYTES] / whole, 4),
        }


def capture_index(tally: Tally) -> float:
    """The share of all bytes that the five heaviest takers hold, 0 to 1."""
    whole = tally.takers.total(BYTES)
    held = 0
    for number, (_, sums) in enumerate(tally.takers.ranked(BYTES)):
        if number == CAPTURING:
            break
        held += sums[BYTES]
    return round(held / whole, 4) if whole else 0.0


def unverified(rows: Mapping[Row, Sums]) -> float:
    """The share of automation's requests whose sender nobody could verify, 0 to 1."""
    asked = proven = 0
    for row, sums in rows.items():
        if row.kind not in PEOPLE:
            asked += sums[REQUESTS]
            proven += sums[REQUESTS] if row.level in PROVEN else 0
    return round(1 - proven / asked, 4) if asked else 0.0


def top_pages(tally: Tally) -> Iterator[dict[str, Any]]:
    """The shapes of address that keep the archive busiest, and what was refused."""
    refused = tally.refused_pages.of
    for number, (page, sums) in enumerate(tally.pages.ranked(BUSY)):
        if number == TOP_PAGES:
            return
        yield {
            "page": page,
            "requests": sums[REQUESTS],
            "cost": sums[COST],
            "busy_s": round(sums[BUSY] / 1e6, 1),
            "refused": refused.get(page, no_sums())[REQUESTS],
        }


def example_of(example: Example) -> dict[str, str]:
    """Somebody who would have been hurt, as JSON."""
    return {
        "who": example.who,
        "at": iso(example.at_us),
        "network": example.network,
        "page": example.page,
        "decision": example.decision,
        "rule": example.rule,
        "reason": example.reason,
    }


def list_price(
    tally: Tally, policies: PolicySet, *, operator: str = ""
) -> dict[str, Any]:
    """What the tariff comes to, by how well the taker is known; minor units.

    Each operator is priced by itself from the first bracket that costs something, a
    cautious figure: who stays unverified would pay the last price. Unnamed clients are
    not priced, nor those whose name its owner's published addresses deny.
    Where nothing has a tariff every amount is 0 and the currency is None; amounts of
    currencies that cannot be added up are left out, and `left_out` names these.

    Args:
        tally: Of one replay.
        policies: Whose tariffs count.
        operator: Price this one alone; empty for everybody.
    """
    currencies = list(dict.fromkeys(each.currency for each in _tariffs(policies)))
    priced: dict[str, dict[tuple[str, str], Sums]] = {word: {} for word in PRICES}
    left_out = set()
    for row, sums in tally.rows.items():
        tariff = policies.tariffs.get(row.tariff)
        if tariff is None or not row.is_named or operator not in {"", row.operator}:
            continue
        if tariff.currency != currencies[0]:
            left_out.add(tariff.currency)
            continue
        word = "agreed" if row.decision == "meter" else "claimed"
        if row.decision == "offer" and row.level in PROVEN:
            word = "verified"
        name = (row.operator, row.tariff)
        add(priced[word].setdefault(name, no_sums()), sums)
    return {
        **{f"{word}_minor": _priced(policies, of) for word, of in priced.items()},
        "currency": currencies[0] if currencies else None,
        **({"left_out": sorted(left_out)} if left_out else {}),
    }


def _tariffs(policies: PolicySet) -> Iterator[Tariff]:
    """Those that a collection has, in the order of collections."""
    for collection in policies.collections:
        if (tariff := policies.tariffs.get(collection.tariff)) is not None:
            yield tariff


def _priced(policies: PolicySet, takers: Mapping[tuple[str, str], Sums]) -> int:
    minor = 0
    for (_, name), sums in takers.items():
        tariff = policies.tariffs[name]
        place = BYTES if tariff.metered is Metered.BYTES else REQUESTS
        first = tariff.first_priced()
        micros = tariff.charge_micros(0, sums[place], floor_bracket=first)
        minor += rounded_half_up(minor_from_micros(micros, tariff.currency))
    return minor
