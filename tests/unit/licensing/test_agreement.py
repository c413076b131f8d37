"""gateway.licensing.agreement: which of a party's agreements counts."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.licensing.agreement import Agreement, Settling, newest_in_force

agreements = st.lists(
    st.builds(
        lambda number, settling, only, span: Agreement(
            f"agr_{number}",
            "pty_1",
            "ai-2026",
            1,
            "EUR",
            settling,
            collections=only,
            starts_us=span[0],
            ends_us=span[1],
        ),
        st.integers(0, 99),
        st.sampled_from(list(Settling)),
        st.frozensets(st.sampled_from(["books", "maps"]), max_size=1),
        st.tuples(st.integers(0, 3), st.sampled_from([None, 2, 5])),
    ),
    max_size=6,
)


@given(agreements, st.sampled_from(["live", "test"]), st.integers(0, 6))
def test_the_newest_counts_and_for_a_test_key_the_newest_test_one(
    signed: list[Agreement], mode: str, at_us: int
) -> None:
    found = newest_in_force(signed, "books", at_us=at_us, is_test=mode == "test")

    fitting = [
        each for each in signed if each.is_in_force(at_us) and each.covers("books")
    ]
    tests = [each for each in fitting if each.settling is Settling.TEST]
    real = [each for each in fitting if each.settling is not Settling.TEST]
    best = tests or real if mode == "test" else real
    assert found is (best[-1] if best else None)
