"""Trying presets: samples and cases, each preset alone in a collection of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gateway.licensing.collection import Collection
from gateway.licensing.costs import page_kind_of
from gateway.licensing.policy import PolicySet
from gateway.policy_files.cases import CaseResult, result_of, run_cases
from gateway.policy_files.documents import Written
from gateway.policy_files.faults import Mark
from gateway.policy_files.loader import load
from gateway.policy_files.preset_files import Preset, with_presets
from gateway.policy_files.preset_folder import read_presets
from gateway.policy_files.reader import Mapping as Keys

REFERENCE_PACK = "copyfair"


def preset_results(
    presets: Iterable[Preset], policies: PolicySet
) -> Iterator[CaseResult]:
    """How every sample and case of *presets* goes.

    Args:
        presets: What is tried.
        policies: Where the reference pack and the agents are taken from.
    """
    for preset in presets:
        alone = alone_in_a_collection(preset, policies)
        yield from sample_results(preset, alone.collections[0])
        for case in preset.cases:
            yield result_of(alone, case)


def alone_in_a_collection(preset: Preset, policies: PolicySet) -> PolicySet:
    """A policy set of one collection that includes *preset* and nothing else."""
    stand_in = Collection(
        id=preset.id,
        title={"en": preset.title},
        steward="",
        contact="",
        upstream="archive",
        extends=REFERENCE_PACK,
        presets=(preset.id,),
        file=preset.file,
    )
    written = with_presets(
        Written(stand_in, (), Keys(Mark(preset.file))), {preset.id: preset}
    )
    pack = policies.packs.get(REFERENCE_PACK)
    budgets = {**(pack.budgets if pack else {}), **written.collection.budgets}
    collection = replace(written.collection, budgets=MappingProxyType(budgets))
    return PolicySet(
        "",
        (collection,),
        policies.packs,
        {},
        agents=policies.agents,
        own_rules={preset.id: written.rules},
    )


def sample_results(preset: Preset, collection: Collection) -> Iterator[CaseResult]:
    """How every sample address of a preset goes."""
    for sample in preset.samples:
        expected = f"{sample.page_class} {sample.cost}"
        for url in sample.urls:
            path, _, query = url.partition("?")
            kind = page_kind_of(collection, path, query)
            actual = f"{kind.page_class} {kind.cost}"
            yield CaseResult(f"{preset.id} {url}", sample.mark, expected, actual)


def every_result(
    folder: Path, *, shipped: Path | None = None, at_us: int | None = None
) -> list[CaseResult]:
    """Run the cases of a folder as `run_cases` does, and try its own presets.

    Raises:
        Faults: the policies or the cases do not load.
    """
    results = run_cases(folder, shipped=shipped, at_us=at_us)
    own = read_presets(folder)
    if own:
        results += preset_results(own, load(folder, shipped=shipped))
    return results
