"""docs/reference/accuracy.md, computed from the labelled user agents.

`python -m tests.conformance.accuracy` renews it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from gateway.classification import signals
from gateway.classification.describe import described
from gateway.classification.known_agents import Agent, KnownAgents
from gateway.policy_files.agents import read_agents
from tests.conformance.archives_and_git import CLIENTS
from tests.conformance.labelled import (
    AI_KINDS,
    PEOPLE,
    ROOT,
    Row,
    labelled,
    operators,
)

PAGE = ROOT / "docs" / "reference" / "accuracy.md"
SHOWN_CHARS = 110
EXAMPLES = 15

INTRODUCTION = """\
# Accuracy

What the catalogue and the signals make of user agents that others labelled, and of
archives and git clients of our own list. This page is written by
`python -m tests.conformance.accuracy` from `../shared/data/ua` (sources and licences
stand in its SOURCES.md; the repository holds none of the rows); a test keeps it
fresh. The limits that must hold are tests too
(`tests/conformance/test_labelled_user_agents.py`).

Labels are other people's judgement, and some sources overlap with the lists that the
catalogue was made from: the first table says how well known clients are known, the
hold-out how unknown ones fare.
"""
HOLD_OUT = """\
## Hold-out: a family nobody had heard of

For each operator of an AI crawler, all its agents were taken out of the catalogue, and
its labelled user agents were read by the signals alone. None is ever invoiced for what
it is then called: that needs proof. What is called a person is treated as one, and can
only be held by what it does.
"""
BROWSERS = """\
## Machines that are called browsers

They send what a browser sends, and anybody can. An unverifiable browser is treated as
a person with a budget, never as commercial; what it does is counted all the same.
"""


def page() -> str:
    """The page, in Markdown."""
    catalogue = read_agents(ROOT / "policies")
    rows = labelled(catalogue)
    parts = (
        INTRODUCTION,
        _figures(rows, catalogue),
        _people(rows),
        _ai(rows),
        _hold_out(rows, catalogue),
        _browsers(rows),
    )
    return "\n".join(parts)


def _figures(rows: list[Row], catalogue: tuple[Agent, ...]) -> str:
    people = [row for row in rows if row.is_person]
    human = [row for row in rows if row.expected == "human"]
    wrong = [row for row in people if row.told["kind"] not in PEOPLE]
    total = sum((row.weight for row in human), Fraction(0))
    missed = sum((row.weight for row in human if _is_wrong(row)), Fraction(0))
    feeds = [row for row in rows if row.expected == "feed-reader"]
    ai = _declared_ai(rows)
    agents = KnownAgents(catalogue)
    own = [(each, described({"ua": each.user_agent}, agents)) for each in CLIENTS]
    lines = [
        ("people called anything but person or browser", len(wrong), len(people)),
        (
            "feed readers called anything else",
            sum(row.told["kind"] != "feed-reader" for row in feeds),
            len(feeds),
        ),
        (
            "archives and git clients called what may be made an offer",
            sum(told["kind"] not in each.kinds for each, told in own),
            len(own),
        ),
        *_ai_figures(ai),
    ]
    table = [f"| {what} | {n} of {of} | {_share(n, of)} |" for what, n, of in lines]
    weighted = f"{float(missed / total) * 100:.4f} %"
    return "\n".join(
        [
            "## Figures\n",
            "| what | how many | share |",
            "|---|---|---|",
            table[0],
            f"| the same, weighted by traffic where it is known | | {weighted} |",
            *table[1:],
            "",
        ]
    )


def _ai_figures(ai: list[Row]) -> list[tuple[str, int, int]]:
    """Crawlers of AI that are missed: by the target's words, and by stricter ones."""
    index = operators()
    agreed = [row for row in ai if not row.is_disputed]
    named = [row for row in ai if row.operator_in(index)]
    return [
        (
            "self-declared AI crawlers not recognised",
            sum(not row.is_recognised(index) for row in agreed),
            len(agreed),
        ),
        (
            "… with those for which another list states another purpose",
            sum(not row.is_recognised(index) for row in ai),
            len(ai),
        ),
        (
            "… of these, the operator is another than the index's, where it names one",
            sum(not row.is_recognised(index) for row in named),
            len(named),
        ),
        (
            "… of these, called anything but AI crawler or AI fetcher (strictest)",
            sum(row.told["kind"] not in AI_KINDS for row in ai),
            len(ai),
        ),
    ]


def _people(rows: list[Row]) -> str:
    """Every row labelled human that is called something else, disputed ones too."""
    wrong = [row for row in rows if row.expected == "human" and _is_wrong(row)]
    human = [row for row in rows if row.expected == "human"]
    words = signals.NOT_AUTOMATION
    told = sum(bool(signals.words_of(row.user_agent) & words) for row in human)
    listed = [
        f"| {row.told['kind']} | {'no' if row.is_person else 'yes'} | "
        f"{', '.join(sorted(row.sources))} | {_code(row)} |"
        for row in sorted(wrong, key=lambda row: row.user_agent)
    ]
    return "\n".join(
        [
            "## People who are called something else\n",
            "*Doubtful* rows are labelled human by one source and a misfit, library or",
            "feed reader by its own category.\n",
            "| called | doubtful | source | user agent |",
            "|---|---|---|---|",
            *listed,
            "",
            f"Without the {len(words)} words that only look like automation",
            f"({', '.join(sorted(words))}),",
            f"{told} more of {len(human)} would stand here: they were learnt",
            "from such rows.\n",
        ]
    )


def _disputes(ai: list[Row]) -> list[str]:
    """The literal figure, and why it is not made a better one."""
    index = operators()
    missed = [row for row in ai if not row.is_recognised(index)]
    known = len(ai) - len(missed)
    lists = {
        name for row in missed for name in row.sources if _says_ai(row.sources[name])
    }
    by = ", ".join(f"`{name}`" for name in sorted(lists))
    kinds = ", ".join(sorted({row.told["kind"] for row in missed}))
    share = f"{known} of {len(ai)} are recognised ({known / len(ai):.1%})"
    return [
        f"**Counted literally, {share}.**",
        f"The {len(missed)} others are called AI by {by} alone.",
        "`ai-crawler-index.json`,",
        "each record of which was held against the operator's own documentation, and",
        "ai.robots.txt list none of them, and another of the labelled lists states",
        "another purpose for each, the one that they are taken for here",
        f"({kinds}).",
        "To call them AI would raise the figure and make offers to what draws cards",
        "below links, finds papers or looks after a site's own pages; so they stay",
        "what their operators say, and the figure stays what it is.",
        "",
    ]


def _says_ai(source: dict[str, str]) -> bool:
    return "ai" in source["category"].split(",")


def _ai(rows: list[Row]) -> str:
    missed = [row for row in _declared_ai(rows) if row.told["kind"] not in AI_KINDS]
    listed = [
        f"| {row.told['kind']} | {row.told['operator']} | {_code(row)} |"
        for row in sorted(missed, key=lambda row: row.user_agent)
    ]
    return "\n".join(
        [
            "## AI crawlers by some list that are called something else\n",
            "An AI crawler is *recognised* where its operator is the one that",
            "`ai-crawler-index.json` names; where that names none, by being called an",
            "AI crawler or an AI fetcher. The target (98 %) is held over those for",
            "which no list states another purpose, as people are counted where no list",
            "calls them a misfit; the figures above say what it comes to with the",
            "others. These here are called something else, and all but two",
            "are not in the index. Each is what its operator says it is: cards below",
            "shared links, a free index of research, a framework that anybody runs,",
            "search optimisation. No statement of their operators was found that they",
            "gather for AI; with one, the use it states would stand in their file.\n",
            *_disputes(_declared_ai(rows)),
            "| called | operator | user agent |",
            "|---|---|---|",
            *listed,
            "",
        ]
    )


def _hold_out(rows: list[Row], catalogue: tuple[Agent, ...]) -> str:
    """Each AI operator's rows, read without any of its agents."""
    families = _families(rows)
    lines, sums = [], Counter[str]()
    for operator, family in sorted(families.items()):
        agents = KnownAgents(each for each in catalogue if each.operator != operator)
        told = [described({"ua": row.user_agent}, agents) for row in family]
        people = sum(each["class"] == "person" for each in told)
        machine = sum(each["class"] in {"automation", "search"} for each in told)
        sums.update(rows=len(family), machine=machine, people=people)
        rest = len(family) - machine - people
        if machine != len(family):
            lines.append(
                f"| {operator} | {len(family)} | {machine} | {people} | {rest} |"
            )
    rest = sums["rows"] - sums["machine"] - sums["people"]
    every = (
        f"| **all {len(families)} operators** | {sums['rows']} | {sums['machine']} "
        f"({_share(sums['machine'], sums['rows'])}) | {sums['people']} | {rest} |"
    )
    return "\n".join(
        [
            HOLD_OUT,
            "| operator taken out | user agents | automation | person | unknown |",
            "|---|---|---|---|---|",
            every,
            *lines,
            "",
            "Operators all of whose user agents are still called automation are not",
            "listed one by one.\n",
        ]
    )


def _families(rows: list[Row]) -> dict[str, list[Row]]:
    families: dict[str, list[Row]] = {}
    for row in _declared_ai(rows):
        operator = row.told["operator"]
        if row.told["kind"] in AI_KINDS and operator != "unknown":
            families.setdefault(operator, []).append(row)
    return families


def _browsers(rows: list[Row]) -> str:
    bots = [row for row in rows if row.expected == "bot"]
    shaped = [row for row in bots if row.told["kind"] in PEOPLE]
    by_source = Counter(source for row in shaped for source in row.sources)
    counted = [f"| {source} | {n} |" for source, n in sorted(by_source.items())]
    examples = sorted({row.user_agent for row in shaped})
    step = max(len(examples) // EXAMPLES, 1)
    shown = [f"- {_quoted(text)}" for text in examples[::step][:EXAMPLES]]
    return "\n".join(
        [
            BROWSERS,
            f"{len(shaped)} of {len(bots)} ({_share(len(shaped), len(bots))}).",
            "By the list that labels them (some stand in several):\n",
            "| source | user agents |",
            "|---|---|",
            *counted,
            "",
            "Some of them:\n",
            *shown,
            "",
        ]
    )


def _declared_ai(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.is_declared_ai]


def _is_wrong(row: Row) -> bool:
    return row.told["kind"] not in PEOPLE


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %"


def _code(row: Row) -> str:
    return _quoted(row.user_agent)


def _quoted(text: str) -> str:
    plain = text[:SHOWN_CHARS].replace("`", "'").replace("|", "\\|").strip()
    return f"`{plain or ' '}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
