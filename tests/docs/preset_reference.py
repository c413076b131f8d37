"""docs/reference/presets.md, written from the presets themselves."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.licensing.prices import PathCost
from gateway.policy_files.preset_files import Preset
from gateway.policy_files.preset_folder import read_presets
from tests.docs.pages import ROOT

INTRODUCTION = """\
# Presets

<!-- Written by `python -m tests.docs.generated` from policies/presets/. -->

A preset says which pages of a piece of software are dear and which cost nothing, and
where it is meant to, who is let in beside the usual. A collection includes it by name:

```yaml
presets: [mediawiki, feeds]        # or: preset: mediawiki
```

`copyfair init my-archive … --preset mediawiki --preset feeds` writes that line and
copies the files into `policies/presets/`, so that an upgrade never changes what your
gateway answers; a file of your own there stands before the shipped one of its name.
`copyfair policy presets` lists them, and `copyfair policy test` tries those in your
folder: their cases, and sample addresses against the class and cost they must come to.

**What wins.** Costs and rules are read from top to bottom and the first match counts:
the collection's own lines, then its presets in the order named, then (rules) its pack.
Of budgets with the same name the collection's own counts, then the first preset's, then
the pack's. So `"/search**": 5` in a collection is cheaper than its preset says, and
nothing has to be copied to say so.

An ordinary page costs 1. The figures are starting figures of ours, in proportion to
what such pages cost a server; the comments in each file name the sources
of the addresses.
"""


def page() -> str:
    """The whole page."""
    presets = read_presets(ROOT / "policies")
    sections = [INTRODUCTION]
    sections += ["\n".join(section(preset)) + "\n" for preset in presets]
    return "\n".join(sections)


def section(preset: Preset) -> Iterator[str]:
    """What one preset says."""
    yield f"## {preset.id}"
    yield ""
    yield preset.title
    if preset.costs:
        yield ""
        yield "| costs | class | pages |"
        yield "|---|---|---|"
        for (page_class, cost), patterns in grouped(preset.costs):
            told = " ".join(f"`{one}`" for one in patterns)
            yield f"| {cost} | {page_class} | {told} |"
    for rule in preset.rules:
        answer = rule.outcome
        budget = f", budget `{answer.budget}`" if answer.budget else ""
        yield ""
        yield f"Rule `{rule.id}`: {answer.then.value}{budget}. {rule.because}"
    for name, terms in preset.budgets.items():
        yield ""
        pressure = ", only under pressure" if terms.only_under_pressure else ""
        yield (
            f"Budget `{name}`: {terms.cost} in {terms.window_s} s, "
            f"{terms.burst} at once{pressure}."
        )


def grouped(
    costs: tuple[PathCost, ...],
) -> list[tuple[tuple[str, int], list[str]]]:
    """Patterns by class and cost, the dearest first."""
    found: dict[tuple[str, int], list[str]] = {}
    for each in costs:
        found.setdefault((each.page_class, each.cost), []).append(each.pattern)
    return sorted(found.items(), key=lambda item: (-item[0][1], item[0][0]))
