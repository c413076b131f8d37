"""Usage events as billing reads them: terms in common, and numbers of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields

from gateway.billing.footing import Footings
from gateway.billing.taking import Passed, Taken, UsageTerms, cells_of
from gateway.billing.tally import Cell, Context
from gateway.metering.usage_event import UsageEvent
from tests.fakes.said import said_of


def usage_terms(event: UsageEvent) -> UsageTerms:
    """What an event has in common with others."""
    names = [each.name for each in fields(UsageTerms)]
    return UsageTerms(**{name: getattr(event, name) for name in names})


def tallied(pairs: Iterable[tuple[UsageEvent, Context]]) -> Counter[Cell]:
    """Quantities of events, by where they are added."""
    units, pairs = Counter[Cell](), tuple(pairs)
    people = {context.party.id: context.party for _, context in pairs}
    footings = Footings(people.values(), lambda name: said_of([(0, people[name])]))
    for event, context in pairs:
        taken = Taken(usage_terms(event), context.agreement, context.tariff)
        taken.take(passed(event))
        for _, cell, quantity in cells_of(taken, context.tariff, footings):
            units[cell] += quantity
    return units


def passed(event: UsageEvent, terms_id: int = 1) -> Passed:
    """An event as billing reads it."""
    sizes = (event.body_bytes, event.billable_bytes, event.billable_requests)
    return (event.id, terms_id, *sizes, int(event.is_repeat), event.occurred_us)
