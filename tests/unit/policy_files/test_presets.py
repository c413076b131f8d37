"""policy_files.preset_*: included by name, own lines first, tried on real addresses."""

from functools import cache
from pathlib import Path

import pytest

from gateway.licensing.costs import cost_of, page_kind_of
from gateway.licensing.policy import PolicySet
from gateway.licensing.vocabulary import PAGE_CLASSES
from gateway.policy_files.loader import check, load
from gateway.policy_files.preset_cases import (
    alone_in_a_collection,
    every_result,
    preset_results,
    sample_results,
)
from gateway.policy_files.preset_files import Preset
from gateway.policy_files.preset_folder import preset_names, read_presets
from tests.unit.policy_files.files import COLLECTION, lines, written

POLICIES = Path(__file__).parents[3] / "policies"
SHIPPED = {preset.id: preset for preset in read_presets(POLICIES)}
SAMPLES = [
    pytest.param(preset, sample.page_class, sample.cost, url, id=f"{preset.id} {url}")
    for preset in SHIPPED.values()
    for sample in preset.samples
    for url in sample.urls
]
FIRST = """\
preset: first
title: The first.
costs: {"/a/**": 5, "/b/**": {cost: 6, class: search}}
budgets:
  anonymous: {cost: 10, per: 1h}
  shared: {cost: 11, per: 1h}
rules:
  - {id: by-first, when: {client: git}, then: allow, because: First.}
"""
SECOND = """\
preset: second
title: The second.
costs: {"/b/**": 7, "/c/**": 8}
budgets:
  shared: {cost: 12, per: 1h}
  second: {cost: 13, per: 1h}
rules:
  - {id: by-second, when: {client: seo}, then: allow, because: Second.}
"""
OWN = """\
presets: [first, second]
costs: {"/a/own": 1, "/c/**": 9}
budgets:
  anonymous: {cost: 20, per: 1h}
rules:
  - {id: by-us, when: {client: monitor}, then: allow, because: Ours.}
"""


@cache
def shipped() -> PolicySet:
    """What is shipped, read once: nobody can change it."""
    return load(POLICIES)


def _with_two(folder: Path, own: str = OWN) -> Path:
    return written(
        folder,
        presets__first=FIRST,
        presets__second=SECOND,
        collections__registers=COLLECTION + own,
    )


def test_what_was_asked_for_is_shipped_and_readable() -> None:
    assert set(preset_names(POLICIES)) == set(SHIPPED)
    assert set(SHIPPED) >= {
        *("mediawiki", "cgit", "forgejo", "dspace", "oai-pmh", "iiif", "ckan"),
        *("datasette", "map-tiles", "feeds", "activitypub", "legal-deposit"),
        *("accessibility", "reading-room", "public-sector-eu"),
    }


@pytest.mark.parametrize(("preset", "page_class", "cost", "url"), SAMPLES)
def test_an_address_of_the_software_comes_to_its_class_and_cost(
    preset: Preset, page_class: str, cost: int, url: str
) -> None:
    alone = alone_in_a_collection(preset, shipped()).collections[0]
    path, _, query = url.partition("?")

    assert page_kind_of(alone, path, query) == (cost, page_class)
    assert cost_of(alone, path, query) == cost


@pytest.mark.parametrize("preset", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_preset_holds_what_it_promises(preset: Preset) -> None:
    results = list(preset_results([preset], shipped()))

    assert [str(result) for result in results if not result.holds] == []
    assert len({case.expected.rule for case in preset.cases}) >= 2, "both directions"
    assert preset.samples or preset.rules


@pytest.mark.parametrize(
    "preset",
    [each for each in SHIPPED.values() if each.costs],
    ids=lambda each: each.id,
)
def test_every_class_a_preset_gives_is_seen_in_a_sample(preset: Preset) -> None:
    given = {each.page_class for each in preset.costs if each.cost != 1}

    assert given <= {sample.page_class for sample in preset.samples}
    assert {each.page_class for each in preset.costs} <= set(PAGE_CLASSES)


def test_own_lines_stand_first_and_then_presets_in_the_order_named(
    tmp_path: Path,
) -> None:
    policies = load(_with_two(tmp_path))
    registers = policies.collections[0]

    paths = ("/a/own", "/a/x", "/b/x", "/c/x")
    assert [cost_of(registers, path) for path in paths] == [1, 5, 6, 9]
    assert [rule.id for rule in policies.rules_for(registers)] == [
        *("by-us", "by-first", "by-second", "everybody-reads"),
    ]
    costs = {name: terms.cost for name, terms in registers.budgets.items()}
    assert costs == {"anonymous": 20, "shared": 11, "second": 13}


def test_the_other_order_is_the_other_answer(tmp_path: Path) -> None:
    policies = load(_with_two(tmp_path, "presets: [second, first]\n"))
    registers = policies.collections[0]

    assert page_kind_of(registers, "/b/x") == (7, "dear")
    assert registers.budgets["shared"].cost == 12


def test_one_preset_may_be_named_without_brackets(tmp_path: Path) -> None:
    one = load(_with_two(tmp_path, "preset: first\n")).collections[0]

    assert one.presets == ("first",)
    assert page_kind_of(one, "/b/x") == (6, "search")


def test_a_preset_of_your_own_stands_before_the_shipped_one(tmp_path: Path) -> None:
    own = COLLECTION + "preset: mediawiki\n"
    folder = written(tmp_path, collections__registers=own)
    shipped = load(folder, shipped=POLICIES)
    (folder / "presets").mkdir()
    mine = "preset: mediawiki\ntitle: Mine.\ncosts: {'/wiki/**': 3}\n"
    (folder / "presets" / "mediawiki.yaml").write_text(mine, encoding="utf-8")
    replaced = load(folder, shipped=POLICIES)

    assert cost_of(shipped.collections[0], "/wiki/X") == 1
    assert cost_of(replaced.collections[0], "/wiki/X") == 3
    assert shipped.version != replaced.version


def test_the_version_names_the_presets_that_count_and_no_others(
    tmp_path: Path,
) -> None:
    folder = _with_two(tmp_path, "preset: first\n")
    before = load(folder).version
    unused, used = folder / "presets/second.yaml", folder / "presets/first.yaml"

    unused.write_text(SECOND.replace("7", "70"), encoding="utf-8")
    assert load(folder).version == before
    used.write_text(FIRST.replace("6", "60"), encoding="utf-8")
    assert load(folder).version != before


def test_a_faulty_case_of_a_preset_never_stops_a_gateway(tmp_path: Path) -> None:
    folder = _with_two(tmp_path)
    bad = (
        FIRST + "cases:\n  - {given: x, when: {clyent: git}, then: {allow: by-first}}\n"
    )
    (folder / "presets/first.yaml").write_text(bad, encoding="utf-8")

    assert load(folder).collections[0].presets == ("first", "second")
    assert len(check(folder).faults) == 1
    assert "unknown fact" in lines(check(folder).faults)[0]


def test_a_preset_in_a_file_of_another_name_is_a_fault(tmp_path: Path) -> None:
    folder = written(tmp_path, presets__third=FIRST)

    (told,) = lines(check(folder).faults)
    assert told.startswith('presets/third.yaml:1:1  the preset "first" stands in')
    assert told.endswith("call the file first.yaml")


def test_two_presets_with_the_same_rule_are_a_fault(tmp_path: Path) -> None:
    folder = _with_two(tmp_path)
    clash = SECOND.replace("by-second", "by-first")
    (folder / "presets/second.yaml").write_text(clash, encoding="utf-8")

    assert any("exists already" in line for line in lines(check(folder).faults))


def test_a_sample_that_comes_out_otherwise_is_told(tmp_path: Path) -> None:
    wrong = FIRST + "samples: [{class: search, cost: 6, urls: [/b/x, /a/x]}]\n"
    folder = written(tmp_path, presets__first=wrong)
    (first,) = read_presets(folder)
    alone = alone_in_a_collection(first, load(folder)).collections[0]

    results = list(sample_results(first, alone))

    assert [result.holds for result in results] == [True, False]
    assert results[1].actual == "dear 5"
    assert [each.holds for each in every_result(folder)] == [True, False]
