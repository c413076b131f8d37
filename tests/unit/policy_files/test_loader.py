"""policy_files.loader: whole or not at all, and every fault with its place."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from gateway.licensing.switches import LicenceMode, Protect
from gateway.policy_files.cases import run_cases
from gateway.policy_files.faults import Faults
from gateway.policy_files.loader import check, load
from tests.unit.policy_files.files import COLLECTION, PACK, TARIFF, lines, written

ROOT = Path(__file__).parents[3]
BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
FOLDER_OF = {
    "collection": "collections",
    "equivalence": "equivalence",
    "needs": "needs",
    "pack": "packs",
    "tariff": "tariffs",
}


def test_the_shipped_policies_load_without_a_warning() -> None:
    loading = check(ROOT / "policies")

    assert lines(loading.faults) == []
    assert lines(loading.warnings) == []
    assert loading.policies is not None
    assert set(loading.policies.packs) == {"copyfair", "watch", "friendly-bots"}


def test_the_shipped_cases_hold() -> None:
    results = run_cases(ROOT / "policies")

    assert [str(result) for result in results if not result.holds] == []
    assert len(results) >= 50


def test_every_rule_of_the_reference_policy_has_a_case() -> None:
    policies = load(ROOT / "policies")

    answered = {result.actual.split()[1] for result in run_cases(ROOT / "policies")}

    assert {rule.id for rule in policies.packs["copyfair"].rules} <= answered


def test_the_sample_of_the_domain_page_reads_as_it_says() -> None:
    policies = load(ROOT / "policies")

    registers = policies.collection("parish-registers")

    assert registers is not None
    assert registers.title["fr"] == "Registres paroissiaux"
    assert registers.protect is Protect.ON
    assert registers.licence_mode is LicenceMode.OFFER
    assert [(cost.pattern, cost.cost) for cost in registers.costs] == [
        ("/search**", 20),
        ("**?diff=*", 10),
        ("/static/**", 0),
    ]
    assert registers.budgets["anonymous"].only_under_pressure
    assert registers.budgets["trial"].name == "trial"
    assert policies.rules_for(registers)[0].id == "members-voted-no-resale"
    tariff = policies.tariffs["ai-2026"]
    assert tariff.version == 3
    assert tariff.settlement_contribution_percent == 50
    assert tariff.openness_rebate_percent == 70
    assert tariff.guaranteed_offer_days == 32


@pytest.mark.parametrize("bad", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_the_message_in_its_first_line(
    bad: Path, tmp_path: Path
) -> None:
    content = bad.read_text(encoding="utf-8")
    kind = bad.stem.split("-")[0]
    folder = written(tmp_path)
    target = folder / FOLDER_OF[kind] / "z-bad.yaml"
    target.parent.mkdir(exist_ok=True)
    shutil.copy(bad, target)
    expected = content.splitlines()[0].removeprefix("# ")

    # With the shipped presets, so that their names are known.
    loading = check(folder, shipped=ROOT / "policies")

    assert loading.policies is None
    assert [told.partition("z-bad.yaml:")[2] for told in lines(loading.faults)] == [
        expected
    ]


TEN_FAULTS = """\
collektion: registers
title: {en: ""}
steward: Archive Commons
contact: licences@archive.example
upstream: Archive
match: {hosts: [archive.example], path: ["/registers/**"]}
licence: CC BY
sensitivity: opened
protect: on
licence_mode: offers
extends: pack
budgets:
  anonymous: {cost: many, per: 1h}
rules:
  - id: no-resale
    when: {use: resail, client.kinds: git}
    then: denied
    because: Members voted.
"""


def test_ten_planted_faults_are_all_named_with_line_and_column(tmp_path: Path) -> None:
    folder = written(tmp_path, collections__registers=TEN_FAULTS)

    found = {(fault.line, fault.column): str(fault) for fault in check(folder).faults}

    planted = {
        (1, 1): 'did you mean "collection"?',
        (2, 13): "name is missing",
        (5, 11): "kebab-case",
        (6, 35): 'did you mean "paths"?',
        (7, 10): "SPDX",
        (8, 14): 'did you mean "open"?',
        (10, 15): 'did you mean "offer"?',
        (13, 21): "a whole number",
        (16, 17): 'did you mean "resale"?',
        (16, 25): 'did you mean "client.kind"?',
        (17, 11): 'did you mean "deny"?',
    }
    for place, told in planted.items():
        assert place in found, f"{place} is missing from {sorted(found)}"
        assert told in found[place]


def test_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        packs__pack=PACK.replace("allow", "alow"),
        collections__registers=COLLECTION.replace("steward", "stewart"),
        tariffs__ai=TARIFF.replace("1.50", "cheap"),
    )

    with pytest.raises(Faults) as caught:
        load(folder)

    files = {fault.file for fault in caught.value.faults}
    assert {"packs/pack.yaml", "collections/registers.yaml", "tariffs/ai.yaml"} <= files


def test_the_version_names_exactly_the_files_that_decide(tmp_path: Path) -> None:
    before = load(written(tmp_path)).version

    again = load(written(tmp_path)).version
    with_a_case = load(written(tmp_path, cases__registers="[]\n")).version
    with_a_comment = load(written(tmp_path, packs__pack=PACK + "# a word\n")).version

    assert before == again == with_a_case
    assert with_a_comment != before


def test_a_rule_below_one_that_answers_everything_is_a_warning(tmp_path: Path) -> None:
    second = "  - {id: never, then: deny, because: Never.}\n"
    folder = written(tmp_path, packs__pack=PACK + second)

    loading = check(folder)

    assert loading.policies is not None
    (warning,) = loading.warnings
    assert str(warning).startswith("packs/pack.yaml:")
    assert warning.message == 'the rule "never" is never reached'
    assert warning.suggestion == '"everybody-reads" above it answers everything'


def test_the_newest_version_of_a_tariff_counts(tmp_path: Path) -> None:
    newer = TARIFF.replace("version: 1", "version: 2").replace("1.50", "2.00")
    folder = written(tmp_path, tariffs__newer=newer)

    policies = load(folder)

    assert policies.tariffs["ai"].version == 2
    assert policies.tariffs["ai"].brackets[-1].price_micros == 2_000_000


def test_a_folder_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    loading = check(tmp_path / "nowhere")

    assert [fault.suggestion for fault in loading.faults] == ["run copyfair init"]


def test_a_file_that_would_be_overlooked_is_a_fault(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "collections" / "secret.yml").write_text(COLLECTION, encoding="utf-8")

    loading = check(folder)

    assert lines(loading.faults) == [
        "collections/secret.yml:1:1  files end in .yaml; call it secret.yaml"
    ]


def warned(folder: Path) -> list[str]:
    loading = check(folder)
    assert loading.policies is not None
    return lines(loading.warnings)


@pytest.mark.parametrize("mode", ["offer", "invoice"])
def test_an_offer_that_nobody_can_accept_is_a_warning(
    tmp_path: Path, mode: str
) -> None:
    unpriced = COLLECTION.replace("tariff: ai\n", f"licence_mode: {mode}\n")
    folder = written(tmp_path, collections__registers=unpriced)

    assert warned(folder) == [
        (
            f"collections/registers.yaml:9:15  licence_mode {mode} without a tariff: "
            "its offers cannot be accepted, they only name the contact; add a tariff"
        )
    ]


@pytest.mark.parametrize(
    "change", ["licence_mode: label\n", "tariff: ai\nlicence_mode: offer\n"]
)
def test_what_offers_nothing_or_has_a_price_needs_no_warning(
    tmp_path: Path, change: str
) -> None:
    collection = COLLECTION.replace("tariff: ai\n", change)

    assert warned(written(tmp_path, collections__registers=collection)) == []


@pytest.mark.parametrize(
    ("licence", "hint"),
    [
        ("CC-BY-SA-4", 'did you mean "CC-BY-SA-4.0"?'),
        ("cc-by-4.0", 'did you mean "CC-BY-4.0"?'),
        ("Apache2.0", 'did you mean "Apache-2.0"?'),
        ("House", "write LicenseRef-House for a licence of your own"),
    ],
)
def test_a_licence_that_nobody_knows_is_a_warning(
    tmp_path: Path, licence: str, hint: str
) -> None:
    collection = COLLECTION.replace("CC-BY-NC-SA-4.0", licence)
    folder = written(tmp_path, collections__registers=collection)

    assert warned(folder) == [
        f"collections/registers.yaml:7:10  {licence} is no SPDX id we know; {hint}"
    ]


@pytest.mark.parametrize(
    "licence",
    [
        "LicenseRef-House",
        "CC-BY-3.0-IGO",
        "ODbL-1.0",
        "GFDL-1.3-or-later",
        "EUPL-1.2",
        "AGPL-3.0-or-later",
        "MIT",
    ],
)
def test_a_known_licence_is_no_warning(tmp_path: Path, licence: str) -> None:
    collection = COLLECTION.replace("CC-BY-NC-SA-4.0", licence)

    assert warned(written(tmp_path, collections__registers=collection)) == []


def test_a_release_age_that_nothing_can_reach_is_a_warning(tmp_path: Path) -> None:
    aged = COLLECTION + "release_age: 3 years\n"
    folder = written(tmp_path, collections__registers=aged)

    assert warned(folder) == [
        (
            "collections/registers.yaml:10:14  no path is dated, so nothing is ever "
            'released; say how old: dated: {"/registers/17*/**": 1799-12-31}'
        )
    ]


def test_dates_stand_beside_the_paths_they_are_about(tmp_path: Path) -> None:
    aged = COLLECTION + (
        'release_age: 3 years\ndated: {"/registers/17*/**": 1799-12-31}\n'
    )

    policies = load(written(tmp_path, collections__registers=aged))

    (dated,) = policies.collections[0].dated
    assert (dated.pattern, dated.on) == ("/registers/17*/**", date(1799, 12, 31))


def test_redistributors_promised_a_rung_that_is_not_there_are_a_warning(
    tmp_path: Path,
) -> None:
    promised = COLLECTION + "redistributors: sample\n"
    folder = written(tmp_path, collections__registers=promised)

    assert warned(folder) == [
        (
            'collections/registers.yaml:10:17  this collection has no rung "sample", '
            "so whoever passes copies on gets the full one; add it to rungs"
        )
    ]


def test_a_rung_of_the_pack_must_be_there_too(tmp_path: Path) -> None:
    sampled = PACK.replace("then: allow", "then: allow\n    rung: sample")
    folder = written(tmp_path, packs__pack=sampled)

    assert lines(check(folder).faults) == [
        (
            'packs/pack.yaml:3:1  the rule "everybody-reads" grants the rung "sample", '
            "which the collection registers does not have; known: full"
        )
    ]


def test_a_faulty_case_is_a_fault_and_stops_no_gateway(tmp_path: Path) -> None:
    case = "- given: a browser\n  when: {client: browsr}\n  then: {allow: x}\n"
    folder = written(tmp_path, cases__registers=case)

    loading = check(folder)

    assert loading.policies is None
    assert lines(loading.faults) == [
        (
            'cases/registers.yaml:2:18  unknown value of client.kind "browsr"; '
            'did you mean "browser"?'
        )
    ]
    assert load(folder).collections


@pytest.mark.parametrize("kind", ["collections", "cases", "agents"])
def test_what_is_no_regular_file_is_a_fault_and_never_waited_for(
    tmp_path: Path, kind: str
) -> None:
    folder = written(tmp_path)
    (folder / kind).mkdir(exist_ok=True)
    os.mkfifo(folder / kind / "pipe.yaml")
    (folder / kind / "folder.yaml").mkdir()

    loading = check(folder)

    assert lines(loading.faults) == [
        f"{kind}/folder.yaml:1:1  this is no regular file; put a file in its place",
        f"{kind}/pipe.yaml:1:1  this is no regular file; put a file in its place",
    ]


def test_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    folder = written(tmp_path)
    place = folder / "collections" / "registers.yaml"
    place.rename(tmp_path / "elsewhere.yaml")
    place.symlink_to(tmp_path / "elsewhere.yaml")

    assert load(folder).collection("registers") is not None


TEN_AT_ONCE = """\
collection: registers
title: Registers
stewrd: Archive Commons
contact: licences@archive.example
contact: archive@archive.example
upstream: archve
match: {hosts: [archive.example], paths: ["/registers/**"]}
licence: CC-BY-4.0
basis: licence
sensitivity: opn
extends: pck
tariff: aj
rules:
  - {id: no-resale, when: {use: resale}, then: deny, because: Voted.}
  - {id: no-resale, when: {use: resal}, then: deny, because: Voted.}
"""


def test_no_fault_of_a_file_hides_another(tmp_path: Path) -> None:
    folder = written(tmp_path, collections__registers=TEN_AT_ONCE)

    loading = check(folder, upstreams=["archive"])

    assert [(fault.line, fault.column) for fault in loading.faults] == [
        (1, 1),  # no steward
        (3, 1),  # stewrd
        (5, 1),  # contact, twice
        (6, 11),  # archve
        (9, 8),  # basis licence on CC-BY
        (10, 14),  # opn
        (11, 10),  # pck
        (12, 9),  # aj
        (15, 10),  # no-resale, twice
        (15, 33),  # resal
    ]


def test_a_faulty_tariff_is_still_asked_whether_its_price_falls(tmp_path: Path) -> None:
    tariff = f"{TARIFF}guaranteed_offer: soon\n".replace("0.00", "2.00")
    folder = written(tmp_path, tariffs__ai=tariff)

    assert lines(check(folder).faults) == [
        (
            "tariffs/ai.yaml:7:13  the price falls from 2.00 to 1.50 EUR per 1 GiB: "
            "larger would be cheaper; at least 2.00"
        ),
        (
            'tariffs/ai.yaml:8:19  "soon" is no number of days; '
            "write a number of days such as 32 days"
        ),
    ]


@pytest.mark.parametrize("broken", ["pck: pack\n", "pack: [\n"])
def test_who_names_a_faulty_pack_is_not_at_fault(tmp_path: Path, broken: str) -> None:
    pack = PACK.replace("pack: pack\n", broken)
    folder = written(tmp_path, packs__pack=pack)

    assert {fault.file for fault in check(folder).faults} == {"packs/pack.yaml"}


def test_two_rules_of_one_name_are_a_fault_without_the_pack_too(tmp_path: Path) -> None:
    rule = "  - {id: no-resale, when: {use: resale}, then: deny, because: Voted.}\n"
    collection = COLLECTION.replace("extends: pack", "extends: pck")
    folder = written(
        tmp_path, collections__registers=f"{collection}rules:\n{rule}{rule}"
    )

    said = "\n".join(lines(check(folder).faults))

    assert 'the rule "no-resale" exists already' in said
    assert 'the pack "pck" does not exist; did you mean "pack"?' in said
