"""Budgets of readers as a front server can keep them: buckets by cost.

A front server counts requests and knows no weights. So each cost has a bucket of its
own, as many requests as the collection's budget would pay for; pages that cost nothing
have none. What that leaves out is said, in words for whoever runs the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.costs import ASSET_SUFFIXES, PAGE_COST
from gateway.licensing.globs import glob
from gateway.licensing.policy import PolicySet
from gateway.services.front_maps import PlaceClass

BUDGET = "anonymous"
NOT_EXPRESSED = (
    "Pressure: these budgets act at all times, also on a quiet night.",
    "One budget for all pages: each cost has a bucket of its own.",
    "Who is asking: credentials, agreements and proven crawlers have no more than all.",
    "Address ranges of operators: what is proven by an address is not looked at.",
    "Spellings: paths and names of parameters count as this server reads them.",
)


@dataclass(frozen=True, slots=True)
class PricedPlace:
    """What a page of one shape costs.

    Attributes:
        path: A path glob.
        query: A query glob, or empty for any.
        bucket: Its bucket's number; None where it costs nothing.
        ignores_case: Upper and lower case are the same there.
    """

    path: str
    query: str
    bucket: int | None
    ignores_case: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one address may ask for, of one cost.

    Attributes:
        number: From 1.
        cost: What each request costs.
        requests: As many in a window.
        window_s: The window, seconds.
        burst: As many at once.
        part: The collection's number.
        name: The collection.
    """

    number: int
    cost: int
    requests: int
    window_s: int
    burst: int
    part: int
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """One collection.

    Attributes:
        number: From 1.
        name: Its id.
        priced: The first that fits counts.
        page_bucket: Of pages that nothing is said about.
    """

    number: int
    name: str
    priced: tuple[PricedPlace, ...]
    page_bucket: int


@dataclass(frozen=True, slots=True)
class FrontBudgets:
    """Everything that a native configuration needs.

    Attributes:
        places: Where pages belong, the most specific first; named by part number.
        parts: Collections.
        buckets: In the order of their numbers.
        asset_suffixes: What costs nothing where nothing is said about it.
        not_expressed: One sentence each.
    """

    places: tuple[PlaceClass, ...]
    parts: tuple[Part, ...]
    buckets: tuple[Bucket, ...]
    asset_suffixes: tuple[str, ...]
    not_expressed: tuple[str, ...]


def front_budgets(policies: PolicySet) -> FrontBudgets:
    """Read the budgets of readers off a set of policies."""
    parts: list[Part] = []
    buckets: list[Bucket] = []
    places: list[PlaceClass] = []
    left_out: list[str] = []
    for number, collection in enumerate(policies.collections, 1):
        places += [_place(collection, path, number) for path in collection.paths]
        terms = collection.budgets.get(BUDGET)
        if terms is None:
            left_out.append(f"{collection.id}: it has no budget {BUDGET}.")
            continue
        own = tuple(_buckets(collection, terms, part=number, before=len(buckets)))
        by_cost = {each.cost: each.number for each in own}
        buckets += own
        priced = tuple(_priced(collection, by_cost))
        parts.append(Part(number, collection.id, priced, by_cost[PAGE_COST]))
    places.sort(
        key=lambda one: (not one.hosts, -len(glob(one.path).prefix), -len(one.path))
    )
    return FrontBudgets(
        tuple(places),
        tuple(parts),
        tuple(buckets),
        tuple(sorted(ASSET_SUFFIXES)),
        (*NOT_EXPRESSED, *left_out),
    )


def _place(collection: Collection, path: str, number: int) -> PlaceClass:
    ignores = collection.ignores_case
    return PlaceClass(
        collection.hosts, path, str(number), is_one_page=False, ignores_case=ignores
    )


def _buckets(
    collection: Collection, terms: BudgetTerms, *, part: int, before: int
) -> Iterator[Bucket]:
    costs = {PAGE_COST, *(each.cost for each in collection.costs if each.cost)}
    for number, cost in enumerate(sorted(costs), before + 1):
        yield Bucket(
            number=number,
            cost=cost,
            requests=max(1, terms.cost // cost),
            window_s=terms.window_s,
            burst=max(1, terms.burst // cost),
            part=part,
            name=collection.id,
        )


def _priced(collection: Collection, by_cost: dict[int, int]) -> Iterator[PricedPlace]:
    for each in collection.costs:
        path, _, query = each.pattern.partition("?")
        bucket = by_cost.get(each.cost)
        yield PricedPlace(path, query, bucket, collection.ignores_case)
