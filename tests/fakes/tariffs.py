"""Any tariff that may be published."""

from __future__ import annotations

from hypothesis import strategies as st

from gateway.licensing.tariff import Metered, Tariff
from tests.fakes.ledger import a_tariff


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Sorted ends, prices that never fall, any meter."""
    ends = draw(st.lists(st.integers(1, 10**6), max_size=5, unique=True))
    count = len(ends) + 1
    prices = draw(st.lists(st.integers(0, 10**8), min_size=count, max_size=count))
    brackets = zip([*sorted(ends), None], sorted(prices), strict=True)
    return a_tariff(
        brackets=tuple(brackets),
        per_units=draw(st.integers(1, 10**6)),
        metered=draw(st.sampled_from(Metered)),
    )
