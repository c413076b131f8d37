"""policy_files.quantities: what people write, as whole numbers and nothing else."""

from collections.abc import Callable

import pytest

from gateway.licensing.tariff import Metered
from gateway.policy_files import quantities


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (quantities.whole, "0", 0),
        (quantities.whole, "700_000_000", 700_000_000),
        (quantities.price_micros, "1.50", 1_500_000),
        (quantities.price_micros, "0.10", 100_000),
        (quantities.price_micros, "0.000001", 1),
        (quantities.percent, "up to 50 %", 50),
        (quantities.percent, "70 % rebate on proof", 70),
        (quantities.percent, "100%", 100),
        (quantities.span_s, "1h", 3600),
        (quantities.span_s, "30 min", 1800),
        (quantities.span_s, "0.5 h", 1800),
        (quantities.days, "32 days", 32),
        (quantities.days, "10 years", 3650),
        (quantities.metered, "1 GiB", (Metered.BYTES, 2**30)),
        (quantities.metered, "0.5 GiB", (Metered.BYTES, 2**29)),
        (quantities.metered, "1 GB", (Metered.BYTES, 10**9)),
        (quantities.metered, "1000 requests", (Metered.REQUESTS, 1000)),
        (quantities.metered, "1000 records", (Metered.RECORDS, 1000)),
    ],
)
def test_a_quantity_is_read_exactly(
    parse: Callable[[str], object], text: str, expected: object
) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (quantities.whole, "-1"),
        (quantities.whole, "1.5"),
        (quantities.whole, "1_"),
        (quantities.whole, "9" * 25),
        (quantities.whole, "٣"),
        (quantities.price_micros, "1,50"),
        (quantities.price_micros, "-1.00"),
        (quantities.price_micros, "0.0000001"),
        (quantities.price_micros, "1e9"),
        (quantities.percent, "101 %"),
        (quantities.percent, "half"),
        (quantities.span_s, "1"),
        (quantities.span_s, "0 h"),
        (quantities.days, "1h"),
        (quantities.metered, "1 gib"),
        (quantities.metered, "0.3 B"),
        (quantities.metered, "0 requests"),
    ],
)
def test_what_is_no_quantity_is_refused_with_an_example(
    parse: Callable[[str], object], text: str
) -> None:
    with pytest.raises(ValueError, match=r"write|at most six"):
        parse(text)
