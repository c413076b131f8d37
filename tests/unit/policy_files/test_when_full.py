"""`when_full`: own words stand before those of presets; what is wrong is told."""

from pathlib import Path

import pytest

from gateway.licensing.collection import Collection
from gateway.licensing.costs import page_kind_of
from gateway.licensing.policy import PolicySet
from gateway.licensing.when_full import NOTHING, WhenFull, plainer
from gateway.policy_files.loader import check, load
from gateway.policy_files.preset_cases import alone_in_a_collection
from gateway.policy_files.preset_files import Preset
from gateway.policy_files.preset_folder import read_presets
from tests.unit.policy_files.files import COLLECTION, lines, written

POLICIES = Path(__file__).parents[3] / "policies"
PRESETS = [each for each in read_presets(POLICIES) if each.when_full]
FIRST = """\
preset: first
title: The first.
when_full:
  search: {stale: 10 min}
  facet: {stale: 1h, canonical: [q]}
"""
SECOND = """\
preset: second
title: The second.
when_full:
  facet: {stale: 2h}
  diff: {stale: 2h}
  history: {stale: 2h}
"""
OWN = """\
presets: [first, second]
when_full:
  search: {canonical: []}
  history: off
"""


@pytest.fixture(scope="module")
def shipped() -> PolicySet:
    return load(POLICIES)


def collection_of(folder: Path, own: str) -> Collection:
    policies = load(
        written(
            folder,
            presets__first=FIRST,
            presets__second=SECOND,
            collections__registers=COLLECTION + own,
        )
    )
    (found,) = policies.collections
    return found


def test_its_own_words_stand_before_those_of_its_presets_class_by_class(
    tmp_path: Path,
) -> None:
    assert dict(collection_of(tmp_path, OWN).when_full) == {
        "search": WhenFull(0, frozenset()),
        "facet": WhenFull(3_600, frozenset(("q",))),
        "diff": WhenFull(7_200),
        "history": NOTHING,
    }


def test_where_nobody_says_so_nothing_is_given_instead(tmp_path: Path) -> None:
    assert collection_of(tmp_path, "").when_full == {}


FAULTY = {
    "a part of a page": ("{asset: {stale: 1h}}", "class of page"),
    "no class": ("{serach: {stale: 1h}}", 'did you mean "search"'),
    "no span": ("{search: {stale: soon}}", "span"),
    "another key": ("{search: {fresh: 1h}}", "unknown key"),
    "another word": ("{search: on}", "unknown word"),
}


@pytest.mark.parametrize(("written_so", "told"), FAULTY.values(), ids=FAULTY)
def test_what_is_wrong_is_told(tmp_path: Path, written_so: str, told: str) -> None:
    text = f"{COLLECTION}when_full: {written_so}\n"
    report = check(written(tmp_path, collections__registers=text))

    assert any(told in line for line in lines(report.faults))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_speaks_of_classes_that_it_has(preset: Preset) -> None:
    assert preset.when_full.keys() <= {cost.page_class for cost in preset.costs}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_plainer_page_of_a_preset_costs_no_more_than_the_page(
    preset: Preset, shipped: PolicySet
) -> None:
    collection = alone_in_a_collection(preset, shipped).collections[0]
    for sample in preset.samples:
        kept = preset.when_full.get(sample.page_class, NOTHING).canonical
        for url in sample.urls:
            path, _, query = url.partition("?")
            target = "" if kept is None else plainer(path, query, kept)
            if target:
                plain = page_kind_of(collection, *target.partition("?")[::2])
                assert plain.cost <= sample.cost
                assert plain.page_class != "asset"
