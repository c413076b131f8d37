"""licensing.publish_checks: what must not be published, with the figures."""

from dataclasses import replace

import pytest

from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.collection import Basis, Rights
from gateway.licensing.publish_checks import (
    body_digest,
    collection_faults,
    cost_warning,
    is_free_already,
    tariff_faults,
)
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Minimum
from tests.fakes.ledger import a_tariff as a_ledger_tariff
from tests.unit.licensing.builders import a_collection, a_tariff


def test_a_sound_tariff_has_no_faults() -> None:
    assert tariff_faults(a_tariff()) == []


def test_a_falling_price_is_named_with_its_figures() -> None:
    tariff = a_tariff((1, 3_000_000), (10, 1_500_000), (None, 1_500_000))

    (finding,) = tariff_faults(tariff)

    assert finding.key == ("brackets", 1, "price")
    assert "falls from 3.00 to 1.50 EUR per 1 GiB" in finding.message


@pytest.mark.parametrize(
    ("brackets", "key"),
    [
        (((10, 1), (5, 2), (None, 3)), ("brackets", 1, "up_to")),
        (((5, 1), (5, 2), (None, 3)), ("brackets", 1, "up_to")),
        (((5, 1),), ("brackets", 0, "up_to")),
        (((None, 1), (None, 2)), ("brackets", 0)),
    ],
    ids=["unsorted", "empty bracket", "no end", "open in the middle"],
)
def test_brackets_tile_every_quantity(
    brackets: tuple[tuple[int | None, int], ...], key: tuple[str | int, ...]
) -> None:
    findings = tariff_faults(a_tariff(*brackets))

    assert key in [finding.key for finding in findings]


def test_a_published_version_never_changes() -> None:
    published = a_tariff()

    same = tariff_faults(a_tariff(), published)
    changed = tariff_faults(a_tariff((None, 9_000_000)), published)
    renewed = tariff_faults(a_tariff((None, 9_000_000), version=2), published)
    older = tariff_faults(published, a_tariff(version=2))
    moved = tariff_faults(a_tariff(version=2, currency="USD"), published)

    assert same == renewed == []
    assert "published and cannot change" in changed[0].message
    assert changed[0].suggestion == "write version: 2"
    assert "older than version 2" in older[0].message
    assert moved[0].key == ("currency",)


def test_the_digest_covers_what_decides_a_price() -> None:
    tariff = a_tariff()

    assert body_digest(tariff) == body_digest(replace(tariff, body_sha256="x"))
    assert body_digest(tariff) != body_digest(replace(tariff, per_units=1))
    for change in (
        {"minimum": Minimum(BracketsOver.MONTH, 1)},
        {"royalties": Royalties(BracketsOver.YEAR, (RoyaltyBracket(None, 1),))},
        {"shares": (("registers", 1),)},
    ):
        assert body_digest(tariff) != body_digest(replace(tariff, **change))


def test_what_was_published_once_keeps_its_digest() -> None:
    """Offers and agreements name it."""
    digest = "832b128ccfe368cd51f06e7db13fc5fdcfcedb99a52472b5b08714633a682b68"

    assert body_digest(a_ledger_tariff()) == digest


@pytest.mark.parametrize(
    "licence",
    [
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-3.0-AT",
        "CC-BY-SA-4.0",
        "ODbL-1.0",
        "ODC-By-1.0",
        "PDDL-1.0",
        "CC-PDM-1.0",
        "CC-PDDC",
        "LicenseRef-PublicDomain",
        "cc-by-4.0",
    ],
)
def test_a_free_licence_cannot_be_sold(licence: str) -> None:
    collection = a_collection(licence=licence, basis=Basis.LICENCE)

    assert is_free_already(licence)
    assert collection_faults(collection)
    assert collection_faults(replace(collection, basis=Basis.SERVICE)) == []


@pytest.mark.parametrize(
    "licence", ["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "LicenseRef-House"]
)
def test_a_licence_that_keeps_something_back_can_be_sold(licence: str) -> None:
    collection = a_collection(licence=licence, basis=Basis.LICENCE)

    assert collection_faults(collection) == []
    assert collection_faults(replace(collection, rights=Rights.NONE))


def test_a_price_far_above_cost_is_warned_about() -> None:
    tariff = a_tariff((None, 6_000_000))

    assert "more than 10 times" in cost_warning(tariff, 500_000)
    assert cost_warning(tariff, 600_000) == ""
    assert cost_warning(tariff, 0) == ""
