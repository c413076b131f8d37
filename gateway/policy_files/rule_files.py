"""A rule as files write it, and budgets, which packs and collections share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.licensing.collection import BudgetTerms
from gateway.licensing.prices import PathCost
from gateway.licensing.rules import Outcome, Rule, Then
from gateway.licensing.vocabulary import CLASSES, DUTIES, LANES, PAGE_CLASSES, RUNGS
from gateway.policy_files.condition_files import When
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.reader import Node
from gateway.policy_files.scalars import (
    ID,
    LANGUAGE,
    SENTENCE,
    SPAN,
    SPENDING,
    TARGET,
    URL,
    WHOLE,
)
from gateway.policy_files.shapes import (
    Json,
    Key,
    ListOf,
    MapOf,
    Notes,
    Record,
    Word,
)

REDIRECT = Record("redirect", {"redirect": Key(URL, "Where it leads.", required=True)})
ANSWER = Word("answer", tuple(Then))


class Answer:
    """`then: allow`, or `then: {redirect: URL}`; reads to a pair."""

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, Keys):
            read = REDIRECT.read(node, notes)
            return (Then.REDIRECT, read["redirect"]) if isinstance(read, dict) else read
        read = ANSWER.read(node, notes)
        return (Then(read), "") if isinstance(read, str) else read

    def schema(self) -> Json:
        return {"anyOf": [ANSWER.schema(), REDIRECT.schema()]}


PASSES = frozenset({Then.ALLOW, Then.METER})
METERS = frozenset({Then.METER})
# Which answers an option makes sense for; a rule that names another is a slip.
OPTIONS: Mapping[str, frozenset[Then]] = MappingProxyType(
    {
        "duties": PASSES,
        "budget": PASSES | {Then.OFFER, Then.THROTTLE},
        "lane": PASSES | {Then.OFFER},
        "rung": PASSES,
        "redistributors": PASSES,
        "spends": frozenset({Then.ALLOW}),
        "price": METERS,
        "floor": METERS,
        "rebate": METERS,
    }
)


class Because:
    """A sentence: plain, or by language; reads to one by language.

    English must be there: it is what a reader of another language falls back to.
    """

    _by_language = MapOf(LANGUAGE, SENTENCE)

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Keys):
            sentence = SENTENCE.read(node, notes)
            return {"en": sentence} if isinstance(sentence, str) else sentence
        read = self._by_language.read(node, notes)
        if isinstance(read, dict) and "en" not in read:
            return notes.fault(node.mark, '"en" is missing here', "en: One sentence.")
        return read

    def schema(self) -> Json:
        several = {**self._by_language.schema(), "required": ["en"]}
        return {"anyOf": [SENTENCE.schema(), several]}


def _rule(values: dict[str, Any], node: Keys, notes: Notes) -> Any:
    then, location = values["then"]
    for key in node:
        allowed = OPTIONS.get(key)
        if allowed is not None and then not in allowed:
            words = ", ".join(sorted(allowed))
            detail = f'"{key}" means nothing where the answer is {then.value}'
            notes.fault(key.mark, detail, f"it goes with: {words}")
    outcome = Outcome(
        then,
        klass=values.get("class", "unknown"),
        duties=values.get("duties", ()),
        budget=values.get("budget", ""),
        lane=values.get("lane", ""),
        rung=values.get("rung", "full"),
        limits_redistributors=values.get("redistributors") == "limited",
        spends_standing="spends" in values,
        priced_at_zero="price" in values,
        floor_is_top="floor" in values,
        rebate=values.get("rebate", ""),
        location=location,
    )
    return Rule(
        values["id"],
        outcome,
        values["because"]["en"],
        values.get("when", ()),
        node.mark.file,
        node.mark.line,
        values["because"],
    )


RULE = Record(
    "rule",
    {
        "id": Key(ID, "Public, kebab-case; refusals name it.", required=True),
        "when": Key(When(), "What must hold; without it the rule always answers."),
        "then": Key(Answer(), "The answer.", required=True),
        "because": Key(
            Because(),
            "One sentence for who is answered.",
            required=True,
        ),
        "class": Key(Word("class", CLASSES), "What the requester is called."),
        "duties": Key(
            ListOf(Word("duty", DUTIES), or_single=True), "Owed besides money."
        ),
        "budget": Key(ID, "Which budget is drawn on."),
        "lane": Key(Word("lane", tuple(LANES)), "Which lane leads to expensive pages."),
        "rung": Key(Word("rung", RUNGS), "Graduated access; full by default."),
        "redistributors": Key(
            Word("treatment", ("same", "limited")),
            "limited: who passes whole copies on gets the collection's rung for it.",
        ),
        "spends": Key(Word("currency", ("standing",)), "Each unit spends standing."),
        "price": Key(Word("price", ("zero",)), "Metered at no charge."),
        "floor": Key(Word("floor", ("top",)), "The last bracket prices everything."),
        "rebate": Key(Word("rebate", ("openness", "in-kind")), "How it is settled."),
    },
    _rule,
)
RULES = ListOf(RULE)


def _budget(values: dict[str, Any], _node: Keys, _notes: Notes) -> BudgetTerms:
    return BudgetTerms(
        "",
        values["cost"],
        values["per"],
        values.get("burst", values["cost"]),
        values.get("only_under") == "pressure",
    )


BUDGET = Record(
    "budget",
    {
        "cost": Key(
            WHOLE, "Cost units per span; an ordinary page is 1.", required=True
        ),
        "per": Key(SPAN, "The span, such as 1h.", required=True),
        "burst": Key(WHOLE, "Cost units that may be spent at once."),
        "only_under": Key(
            Word("condition", ("pressure",)), "Acts only while the upstream struggles."
        ),
    },
    _budget,
)
BUDGETS = MapOf(ID, BUDGET)


STANDING = Record(
    "standing",
    {"credit": Key(SPENDING, "What one credit buys: 10 GiB.", required=True)},
    lambda values, _node, _notes: values["credit"],
)


class Cost:
    """What a pattern costs: a number, or `{cost: 20, class: search}`; to a pair."""

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, Keys):
            read = PRICED.read(node, notes)
            return (
                (read["cost"], read.get("class", ""))
                if isinstance(read, dict)
                else read
            )
        cost = WHOLE.read(node, notes)
        return (cost, "") if isinstance(cost, int) else cost

    def schema(self) -> Json:
        return {"anyOf": [WHOLE.schema(), PRICED.schema()]}


PRICED = Record(
    "cost",
    {
        "cost": Key(WHOLE, "Cost units; an ordinary page is 1.", required=True),
        "class": Key(Word("class of page", tuple(PAGE_CLASSES)), "Its kind of page."),
    },
)
COSTS = MapOf(TARGET, Cost())


def path_costs(read: Mapping[str, tuple[int, str]]) -> tuple[PathCost, ...]:
    """Costs as collections hold them, in the order in which they are written."""
    return tuple(PathCost(pattern, *priced) for pattern, priced in read.items())


def named(budgets: Mapping[str, BudgetTerms]) -> dict[str, BudgetTerms]:
    """Budgets that know their own names."""
    return {
        name: BudgetTerms(
            name,
            terms.cost,
            terms.window_s,
            terms.burst,
            terms.only_under_pressure,
        )
        for name, terms in budgets.items()
    }
