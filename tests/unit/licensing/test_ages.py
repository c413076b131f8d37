"""licensing.ages: how old a record is, as its collection dates it."""

from datetime import UTC, date, datetime

import pytest

from gateway.kernel.clock import to_us
from gateway.licensing.ages import age_days
from gateway.licensing.collection import DatedPath
from tests.unit.licensing.builders import a_collection

TODAY_US = to_us(datetime(2026, 9, 5, 23, 59, tzinfo=UTC))
DATED = (
    DatedPath("/registers/1742/errata", date(2026, 9, 1)),
    DatedPath("/registers/17*/**", date(1799, 12, 31)),
    DatedPath("/registers/2030/**", date(2030, 1, 1)),
)


@pytest.mark.parametrize(
    ("path", "days"),
    [
        ("/registers/1742/errata", 4),
        ("/registers/1742/7", (date(2026, 9, 5) - date(1799, 12, 31)).days),
        ("/registers/2030/1", 0),
        ("/registers/1842/7", None),
    ],
    ids=["first match counts", "by its folder", "not yet", "not dated"],
)
def test_a_record_is_as_old_as_its_collection_says(path: str, days: int | None) -> None:
    collection = a_collection(dated=DATED)

    assert age_days(collection, path, at_us=TODAY_US) == days


def test_what_no_collection_dates_has_no_age() -> None:
    assert age_days(a_collection(), "/registers/1742", at_us=TODAY_US) is None
    assert age_days(None, "/registers/1742", at_us=TODAY_US) is None
