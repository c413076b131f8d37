"""What the commons asks for weighs what the ratified table says; favours, nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.need import COUNTS_NOTHING, Equivalence, Need, Needs, latest

TABLE = Equivalence(
    "commons",
    2,
    {"hour": Fraction(1), "correction": Fraction(1, 20), "mirror-month": Fraction(4)},
    {"EUR": 2_500},
)


def test_a_quantity_weighs_what_the_table_says_rounded_down() -> None:
    assert TABLE.weight_hundredths("correction", Fraction(40)) == 200
    assert TABLE.weight_hundredths("mirror-month", Fraction(5, 2)) == 1_000
    assert TABLE.weight_hundredths("correction", Fraction(3, 10)) == 1
    with pytest.raises(InvalidValue):
        TABLE.weight_hundredths("correction", Fraction(1, 10))


@pytest.mark.parametrize("favour", sorted(COUNTS_NOTHING))
def test_favours_are_refused_by_name_with_the_reason(favour: str) -> None:
    with pytest.raises(InvalidValue, match=COUNTS_NOTHING[favour]):
        TABLE.weight_hundredths(favour, Fraction(1))
    with pytest.raises(InvalidValue, match=COUNTS_NOTHING[favour]):
        Needs().need(favour)


def test_only_what_stands_on_a_list_is_a_need() -> None:
    asked = Need("correct-names", {"en": "Names corrected"}, "correction")

    assert Needs({"correct-names": asked}).need("correct-names") is asked
    with pytest.raises(InvalidValue, match="need list"):
        Needs({"correct-names": asked}).need("logo-on-our-page")


def test_the_newest_version_that_counts_is_the_table() -> None:
    versions = [Equivalence("commons", each, {"hour": Fraction(1)}) for each in (1, 3)]

    assert latest([*versions, TABLE], {"commons@1", "commons@2"}) is TABLE
    assert latest(versions, {"commons@1"}) is versions[0]
    assert latest(versions, set()) is None


def test_a_digest_names_one_text() -> None:
    same = Equivalence(
        "commons", 2, dict(sorted(TABLE.hours.items(), reverse=True)), {"EUR": 2_500}
    )
    others = [
        Equivalence("commons", 3, TABLE.hours, TABLE.hour_minor),
        Equivalence("commons", 2, {"hour": Fraction(1)}, TABLE.hour_minor),
        Equivalence("commons", 2, TABLE.hours, {"EUR": 2_501}),
    ]

    assert same.digest == TABLE.digest
    assert TABLE.digest not in {each.digest for each in others}
