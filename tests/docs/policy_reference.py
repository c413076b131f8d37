"""docs/reference/policy-files.md, written from the shapes that read the files."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.classification.facts import FactType
from gateway.licensing.vocabulary import DERIVED, LEADING, PAGE_CLASSES, VOCABULARY
from gateway.policy_files.agents import AGENT, Token
from gateway.policy_files.case_files import CASE, Supposed
from gateway.policy_files.condition_files import When
from gateway.policy_files.documents import COLLECTION, PACK, Title
from gateway.policy_files.fact_names import LEVELS
from gateway.policy_files.need_files import EQUIVALENCE, NEEDS
from gateway.policy_files.preset_files import PRESET
from gateway.policy_files.ranges import RANGES
from gateway.policy_files.rule_files import (
    ANSWER,
    BUDGET,
    RULE,
    Answer,
    Because,
    Cost,
)
from gateway.policy_files.shapes import (
    Line,
    ListOf,
    MapOf,
    Parsed,
    Record,
    Shape,
    Word,
)
from gateway.policy_files.tariff_files import TARIFF
from gateway.policy_files.when_full_files import WHEN_FULL, OffOr

INTRODUCTION = """\
# Policy files

<!-- Written by `python -m tests.docs.generated` from what reads the files. -->

Every key of every kind of file under `policies/`. How to write one:
[a policy in five minutes](../../policies/README.md). `copyfair policy check` names each
fault with `file:line:column`; `copyfair policy schema FOLDER` writes the same as JSON
Schemas, from which editors complete.

Files end in `.yaml`. Every scalar is text until a key gives it a type, so `no`, `1_000`
and `2026-11-23` mean what they say. Unknown and repeated keys are faults, and so are
anchors, tags and a second document. A key in **bold** must be there.
"""
FILES: tuple[tuple[str, str, Record], ...] = (
    ("collections", "What is served, and on which terms; one collection a file.",
     COLLECTION),
    ("packs", "Rules to extend; a collection's own rules come first.", PACK),
    ("presets", "What is known about one piece of software; collections include them.",
     PRESET),
    ("tariffs", "Price lists; a published version never changes.", TARIFF),
    ("needs", "What the commons asks for; only that settles in kind.", NEEDS),
    ("equivalence", "What units are worth in hours; one version a file, ratified.",
     EQUIVALENCE),
    ("agents", "Known clients; one of your own replaces the shipped one of its name.",
     AGENT),
    ("ranges", "An operator's networks as published on one day, at most /8 (IPv6 /19).",
     RANGES),
)  # fmt: skip
CASES = """\
## cases

A list of cases in `cases/NAME.yaml`. Where a case names no collection, it is about the
one the file is called after. `then` names one decision with its rule, and whatever else
must come out."""
PAGE_CLASSES_HEAD = """\
## Classes of pages

Beside its cost an entry of `costs` may say what kind of page it is, for lanes, reports
and front servers: `"/search**": {cost: 20, class: search}`. Without one the cost says
as much: `asset` at 0, `page` at 1, `dear` above.

| class | is |
|---|---|"""
WHEN_FULL_HEAD = """\
## When full

What is given instead of an expensive page while its lane is full, by its class (a page
that was found to be expensive is of the class `page`):

    when_full:
      search: {stale: 15 min, canonical: [q]}
      facet: {stale: 15 min, canonical: []}
      history: off

An earlier copy comes first, then the way (303) to the plainer page, then the button. A
collection's own lines stand before those of its presets, class by class; `off` takes
away what a preset allows. What is never kept, and to whom nothing of it is given, is
told in [Relief](../explanation/relief.md#when-there-is-no-place).
"""
CONDITIONS = """\
## when

A condition is a mapping. All of its facts must hold; a list of values means any of
them; a list of mappings means any of those. Beside facts it may ask for the address:
`path` and `query` (patterns), `method`; each one or a list.

Facts may be written dotted or nested: `client.kind: git`, `client: {kind: git}` and
`client: git` say the same.

| test | holds where the fact |
|---|---|
| `fact: value`, `is`, `in` | has that value, or one of a list |
| `not` | has none of these values; a fact nobody knows has none |
| `above`, `below`, `at_least`, `at_most` | is a number beyond, or up to, that |
| `level` | is known at least that well |
| `contradicted` | was contradicted (`yes`), or was not (`no`) |
"""
FACTS = """\
### Facts

`unknown` is a value of every fact. Those marked * follow from the collection and the
agreement.

| fact | values |
|---|---|"""


SUPPOSED = (
    "[facts](#facts), each with one value, and `collection`, `host`, `path`, `query`, "
    "`method`, `agreement`"
)
SHOWN_APART = (RULE, BUDGET, CASE, WHEN_FULL)
# Shapes of a kind of their own; one without words here is a KeyError.
SPELLED: dict[type, str] = {
    When: "[conditions](#when)",
    Because: "sentence, or sentences by language code, `en` among them",
    Answer: " ".join(f"`{word}`" for word in ANSWER.words) + ", or `redirect:` a URL",
    Title: "name, or names by language code",
    Token: "text",
    Cost: "whole number, or `cost` and `class`",
    Supposed: SUPPOSED,
    OffOr: "`off`, or [what is given](#when-full)",
}


def page() -> str:
    """The whole page."""
    sections = [INTRODUCTION]
    for folder, about, record in FILES:
        sections.append(f"## {folder}\n\n{about}\n\n{table(record)}\n")
    sections.append(f"{CASES}\n\n{table(CASE)}\n")
    sections.append(f"## A rule\n\nRead from top to bottom; the first that "
                    f"matches answers.\n\n{table(RULE)}\n")  # fmt: skip
    sections.append(f"## A budget\n\n{table(BUDGET)}\n")
    sections.append(PAGE_CLASSES_HEAD)
    sections.append(
        "\n".join(f"| `{one}` | {PAGE_CLASSES[one]} |" for one in PAGE_CLASSES)
    )
    sections.append("")
    sections.append(f"{WHEN_FULL_HEAD}\n{table(WHEN_FULL)}\n")
    sections.append(CONDITIONS)
    levels = " < ".join(f"`{level}`" for level in LEVELS)
    sections.append(f"Levels: {levels}.\n")
    sections.append("\n".join((FACTS, *facts())) + "\n")
    return "\n".join(sections)


def table(record: Record) -> str:
    """A record's keys, those of records within it among them."""
    rows = "\n".join(rows_of(record))
    return f"| key | holds | means |\n|---|---|---|\n{rows}"


def rows_of(record: Record, within: str = "") -> Iterator[str]:
    """One row per key."""
    for name, key in record.keys.items():
        path = f"{within}{name}"
        spelled = f"**`{path}`**" if key.required else f"`{path}`"
        yield f"| {spelled} | {holds(key.shape)} | {key.doc} |"
        inner, suffix = _inner(key.shape)
        if inner is not None and inner not in SHOWN_APART:
            yield from rows_of(inner, f"{path}{suffix}.")


def _inner(shape: Shape) -> tuple[Record | None, str]:
    if isinstance(shape, Record):
        return shape, ""
    if isinstance(shape, ListOf) and isinstance(shape.item, Record):
        return shape.item, "[]"
    return None, ""


def holds(shape: Shape) -> str:
    """What a key holds, in words."""
    match shape:
        case Word(words=words):
            return " ".join(f"`{word}`" for word in words)
        case Line(what=what) | Parsed(what=what):
            return "`yes` `no`" if what == "flag" else what
        case ListOf(item=item, or_single=is_short):
            return f"{'one or a list of' if is_short else 'list of'} {holds(item)}"
        case MapOf(key=key, value=value):
            return f"mapping of {holds(key)} to {holds(value)}"
        case Record():
            return _named(shape)
        case _:
            return SPELLED[type(shape)]


def _named(record: Record) -> str:
    if record is RULE:
        return "[rules](#a-rule)"
    if record is CASE:
        return "[cases](#cases)"
    return "[budget](#a-budget)" if record is BUDGET else "mapping"


def facts() -> Iterator[str]:
    """One row per fact."""
    short = {fact: section for section, fact in LEADING.items()}
    for fact in sorted(VOCABULARY):
        also = f" (`{short[fact]}`)" if fact in short else ""
        derived = " *" if fact in DERIVED else ""
        yield f"| `{fact}`{also}{derived} | {values(VOCABULARY[fact])} |"


def values(kind: FactType) -> str:
    """The values of a fact, in words."""
    if isinstance(kind, frozenset):
        return " ".join(f"`{word}`" for word in sorted(kind - {"unknown"}))
    return {bool: "`yes` `no`", int: "whole number", str: "text"}[kind]
