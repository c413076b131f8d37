"""Packs and collections: what each kind of file may hold."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.licensing.collection import (
    Basis,
    Collection,
    DatedPath,
    Rights,
    Sensitivity,
)
from gateway.licensing.publish_checks import (
    Key as KeyPath,
)
from gateway.licensing.publish_checks import collection_faults
from gateway.licensing.rules import Pack, Rule
from gateway.licensing.spellings import CHOICES, Treatment
from gateway.licensing.switches import LicenceMode, Protect
from gateway.licensing.vocabulary import RUNGS
from gateway.policy_files.capacity_files import CAPACITY
from gateway.policy_files.faults import Mark
from gateway.policy_files.reader import Listing, Node, Text
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.rule_files import (
    BUDGETS,
    COSTS,
    RULES,
    STANDING,
    named,
    path_costs,
)
from gateway.policy_files.scalars import (
    DATE,
    DAYS,
    HOST,
    ID,
    LANGUAGE,
    LICENCE,
    NAME,
    PATH,
    SENTENCE,
    URL,
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
from gateway.policy_files.when_full_files import BY_CLASS


@dataclass(frozen=True, slots=True)
class Written:
    """A collection with what only the files know.

    Attributes:
        collection: Without the budgets of its pack.
        rules: Its own.
        node: Where all of it stands.
    """

    collection: Collection
    rules: tuple[Rule, ...]
    node: Keys


class Title:
    """A title: plain, or by language."""

    _by_language = MapOf(LANGUAGE, NAME)

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, Text):
            title = NAME.read(node, notes)
            return {"en": title} if isinstance(title, str) else title
        return self._by_language.read(node, notes)

    def schema(self) -> Json:
        return {"anyOf": [NAME.schema(), self._by_language.schema()]}


def mark_at(node: Node, key: KeyPath) -> Mark:
    """Where the value at a path of keys stands, or the nearest that is there."""
    for step in key:
        if isinstance(node, Keys) and step in node:
            node = node[Text(step)]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            break
    return node.mark


# ── packs ────────────────────────────────────────────────────────────────────
def _pack(values: dict[str, Any], node: Keys, _notes: Notes) -> Pack:
    budgets = named(values.get("budgets", {}))
    return Pack(
        values["pack"],
        values.get("title", values["pack"]),
        values["rules"],
        MappingProxyType(budgets),
        node.mark.file,
        values.get("standing"),
    )


PACK = Record(
    "pack",
    {
        "pack": Key(ID, "As the file is called.", required=True),
        "title": Key(SENTENCE, "What it is, in one line."),
        "budgets": Key(BUDGETS, "Starting figures; collections override them."),
        "standing": Key(STANDING, "What spent standing buys; collections override."),
        "rules": Key(RULES, "Read from top to bottom.", required=True),
    },
    _pack,
)


# ── collections ──────────────────────────────────────────────────────────────
def _collection(values: dict[str, Any], node: Keys, notes: Notes) -> Written:
    match = values["match"]
    protect, mode = values.get("protect"), values.get("licence_mode")
    costs, dated = values.get("costs", {}), values.get("dated", {})
    spelled = values.get("paths", {})
    collection = Collection(
        id=values["collection"],
        title=MappingProxyType(values["title"]),
        steward=values["steward"],
        contact=values["contact"],
        upstream=values["upstream"],
        hosts=match.get("hosts", ()),
        paths=match.get("paths", ("/**",)),
        licence=values["licence"],
        rights=Rights(values.get("rights", Rights.OWN)),
        basis=Basis(values.get("basis", Basis.SERVICE)),
        sensitivity=Sensitivity(values.get("sensitivity", Sensitivity.OPEN)),
        protect=Protect(protect) if protect else None,
        licence_mode=LicenceMode.named(mode) if mode else None,
        extends=values.get("extends", "copyfair"),
        tariff=values.get("tariff", ""),
        costs=path_costs(costs),
        presets=_presets(values, node, notes),
        when_full=MappingProxyType(values.get("when_full", {})),
        budgets=MappingProxyType(named(values.get("budgets", {}))),
        rungs=MappingProxyType(values.get("rungs", {})),
        redistributor_rung=values.get("redistributors", "metadata"),
        release_age_days=values.get("release_age"),
        dated=tuple(DatedPath(path, on) for path, on in dated.items()),
        dump=values.get("dump", ""),
        grants=frozenset(values.get("grants", ())),
        capacity=values.get("capacity"),
        spellings=MappingProxyType(_spellings(spelled)),
        ignores_case=spelled.get(CASE) == IGNORED,
        standing=values.get("standing"),
        file=node.mark.file,
    )
    for finding in collection_faults(collection):
        notes.fault(mark_at(node, finding.key), finding.message, finding.suggestion)
    return Written(collection, values.get("rules", ()), node)


PRESETS = ListOf(ID, or_single=True)


def _presets(values: dict[str, Any], node: Keys, notes: Notes) -> tuple[str, ...]:
    """The presets it includes, in order."""
    told: tuple[str, ...] = (*values.get("preset", ()), *values.get("presets", ()))
    if "preset" in values and "presets" in values:
        detail = '"preset" and "presets" say the same'
        notes.fault(mark_at(node, ("preset",)), detail, "write presets: [a, b]")
    for number, name in enumerate(told):
        if name in told[:number]:
            detail = f'the preset "{name}" is included already'
            notes.fault(mark_at(node, ("presets",)), detail, "name it once")
    return told


def _judge_collection(sound: dict[str, Any], node: Keys, notes: Notes) -> None:
    """Say of a faulty collection what its sound keys are enough for."""
    nameless = dict.fromkeys(("collection", "steward", "contact", "upstream"), "")
    stand_ins = {**nameless, "title": {}, "match": {}, "licence": ""}
    _collection({**stand_ins, **sound}, node, notes)


MATCH = Record(
    "match",
    {
        "hosts": Key(ListOf(HOST), "Public host names; without them every host."),
        "paths": Key(ListOf(PATH), "Path patterns; without them everything."),
    },
)
CASE, HEEDED, IGNORED = "case", "sensitive", "insensitive"
PATHS = Record(
    "paths",
    {
        name: Key(
            Word(f"treatment of {name}", each.choices), f"As in `{each.example}`."
        )
        for name, each in CHOICES.items()
    }
    | {CASE: Key(Word(CASE, (HEEDED, IGNORED)), "Does the upstream tell A from a?")},
)


def _spellings(words: dict[str, str]) -> dict[str, Treatment]:
    """What differs from the defaults."""
    chosen = {name: Treatment(words[name]) for name in words if name != CASE}
    return {
        name: treatment
        for name, treatment in chosen.items()
        if treatment is not CHOICES[name].by_default
    }


COLLECTION = Record(
    "collection",
    {
        "collection": Key(ID, "As the file is called.", required=True),
        "title": Key(Title(), "Plain, or by language.", required=True),
        "steward": Key(NAME, "Who answers for it.", required=True),
        "contact": Key(NAME, "Where to ask and to appeal.", required=True),
        "upstream": Key(ID, "As gateway.yaml names it.", required=True),
        "match": Key(MATCH, "Which pages belong to it.", required=True),
        "paths": Key(PATHS, "What becomes of odd spellings; the first word is usual."),
        "licence": Key(LICENCE, "SPDX id or LicenseRef-….", required=True),
        "rights": Key(Word("rights", tuple(Rights)), "On whose authority."),
        "basis": Key(Word("basis", tuple(Basis)), "What is charged."),
        "sensitivity": Key(Word("sensitivity", tuple(Sensitivity)), "Who may see it."),
        "protect": Key(
            Word("protect", tuple(Protect)), "Overrides the gateway's switch."
        ),
        "licence_mode": Key(
            Word("licence mode", tuple(mode.word for mode in LicenceMode)),
            "Overrides the gateway's switch.",
        ),
        "extends": Key(ID, "The pack whose rules follow its own."),
        "tariff": Key(ID, "Its price list."),
        "preset": Key(
            PRESETS, "What is known about its software; the same as presets."
        ),
        "presets": Key(PRESETS, "By name; its own lines stand before theirs."),
        "costs": Key(COSTS, "Pattern to cost units; first match."),
        "when_full": Key(
            BY_CLASS, "Class of page to what is given instead while its lane is full."
        ),
        "budgets": Key(BUDGETS, "Override those of the pack, by name."),
        "standing": Key(STANDING, "What spent standing buys, if not as the pack says."),
        "rungs": Key(
            MapOf(Word("rung", RUNGS), URL), "Rung to upstream path, graduated access."
        ),
        "redistributors": Key(
            Word("rung", RUNGS),
            "What parties that pass whole copies on get.",
        ),
        "release_age": Key(DAYS, "Records older than this are released."),
        "dated": Key(
            MapOf(PATH, DATE), "Pattern to the day its records are of; first match."
        ),
        "dump": Key(URL, "The cheaper door: a dump or a feed."),
        "capacity": Key(
            CAPACITY, "What all metered use of it may take; nothing buys more."
        ),
        "grants": Key(ListOf(NAME), "Parties that may see restricted material."),
        "rules": Key(RULES, "Its own rules, before those of the pack."),
    },
    _collection,
    _judge_collection,
)
