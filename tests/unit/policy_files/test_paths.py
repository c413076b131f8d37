"""`paths` of a collection: spellings and case, from the file to what is decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.licensing.costs import cost_of
from gateway.licensing.spellings import CHOICES, Treatment
from gateway.policy_files.cases import run_cases
from gateway.policy_files.loader import check, load
from tests.unit.policy_files.files import COLLECTION, lines, written

HOST = "archive.example"
IGNORING = """\
collection: sealed
title: Sealed
steward: Archive Commons
contact: licences@archive.example
upstream: archive
match: {hosts: [archive.example], paths: ["/Sealed/**"]}
licence: CC-BY-NC-SA-4.0
extends: pack
tariff: ai
paths: {case: CASE}
costs: {"/sealed/Maps/**": 9}
rules:
  - {id: maps-stay, when: {path: "/sealed/MAPS/**"}, then: deny, because: Members.}
"""
CASES = """\
- given: a map, in the letters of the rule
  when: {path: /sealed/MAPS/1}
  then: {deny: maps-stay}
- given: a map, in other letters
  when: {path: /SEALED/maps/1}
  then: {deny: maps-stay}
- given: another page of it
  when: {path: /sealed/letters/1}
  then: {allow: everybody-reads}
"""


def test_only_what_differs_from_the_table_is_kept(tmp_path: Path) -> None:
    text = "paths: {encoded-slash: reject, double-slash: redirect, parameters: keep}\n"

    (registers,) = load(
        written(tmp_path, collections__registers=COLLECTION + text)
    ).collections
    (usual,) = load(written(tmp_path)).collections

    assert dict(registers.spellings) == {
        "encoded-slash": Treatment.REJECT,
        "double-slash": Treatment.REDIRECT,
    }
    assert (dict(usual.spellings), usual.ignores_case) == ({}, False)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_the_table_can_be_written(name: str, tmp_path: Path) -> None:
    for chosen in Treatment:
        text = f"paths: {{{name}: {chosen}}}\n"
        loading = check(written(tmp_path, collections__registers=COLLECTION + text))
        assert (loading.policies is not None) is (chosen in CHOICES[name].choices)


@pytest.mark.parametrize(
    ("path", "ignored", "heeded"),
    [
        ("/Sealed/letter", "sealed", "sealed"),
        ("/SEALED/letter", "sealed", None),
        ("/sealed", "sealed", None),
        ("/registers/1", "registers", "registers"),
        ("/Registers/1", None, None),
        ("/unsealed/letter", None, None),
    ],
)
def test_where_case_is_ignored_every_spelling_belongs_there(
    path: str, ignored: str | None, heeded: str | None, tmp_path: Path
) -> None:
    for case, expected in (("insensitive", ignored), ("sensitive", heeded)):
        folder = written(tmp_path, collections__sealed=IGNORING.replace("CASE", case))
        found = load(folder).collection_for(HOST, path)
        assert (found.id if found else None) == expected


def test_where_case_is_ignored_costs_and_rules_ignore_it_too(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        collections__sealed=IGNORING.replace("CASE", "insensitive"),
        cases__sealed=CASES,
    )
    sealed = load(folder).collection("sealed")

    assert sealed is not None
    assert cost_of(sealed, "/SEALED/maps/1") == 9
    assert cost_of(sealed, "/SEALED/letters/1") == 1
    assert [str(result) for result in run_cases(folder) if not result.holds] == []


def test_two_collections_that_disagree_about_their_upstream_are_a_warning(
    tmp_path: Path,
) -> None:
    ignoring = IGNORING.replace("CASE", "insensitive")
    apart = check(written(tmp_path, collections__sealed=ignoring))
    alike = check(
        written(
            tmp_path, collections__registers=COLLECTION + "paths: {case: insensitive}\n"
        )
    )

    (warning,) = lines(apart.warnings)
    assert warning.startswith("collections/sealed.yaml:10:")
    assert "the upstream archive for sensitive to case" in warning
    assert lines(alike.warnings) == []


def test_two_spellings_of_one_place_are_one_place(tmp_path: Path) -> None:
    both = IGNORING.replace("CASE", "insensitive")
    other = both.replace("/Sealed/", "/SEALED/").replace("sealed\n", "other\n", 1)

    loading = check(written(tmp_path, collections__a=both, collections__other=other))

    (fault,) = lines(loading.faults)
    assert "belongs to sealed already" in fault
