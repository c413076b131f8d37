"""More giving never makes an answer or a standing worse, from the books to the rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classification.facts import Fact, Facts
from gateway.classification.given import Given
from gateway.kernel.evidence import Level
from gateway.licensing.agreement import Agreement
from gateway.licensing.decide import decide
from gateway.licensing.scene import Resource
from gateway.reciprocity.openness import Finding
from tests.fakes.ledger import an_agreement
from tests.unit.licensing.test_laws import Goodness, goodness, the_policies
from tests.unit.services.test_giving import Commons, proved

AGREEMENT = replace(an_agreement(), tariff="ai-2026", tariff_version=3)


@dataclass(frozen=True, slots=True)
class Work:
    """One claim of party 1, vested."""

    weight: int
    is_paid: bool
    answers_need: bool


works = st.lists(
    st.builds(Work, st.integers(1, 400), st.booleans(), st.booleans()), max_size=3
)
entities = st.sampled_from(["company", "data-broker", "nonprofit", "person", "unknown"])


def answer(given_now: Given, entity: str, agreement: Agreement | None) -> Goodness:
    """How good the reference policy's answer to a key holder is."""
    facts = {
        "credential.ours": Fact(value=True, level=Level.VERIFIED),
        "party.id": Fact("pty_1", Level.VERIFIED),
        "party.entity": Fact(entity, Level.VOUCHED),
        "client.kind": Fact("http-library", Level.CLAIMED),
        **dict(given_now.facts(agreement.id if agreement else "")),
    }
    collection = the_policies().collections[-1]
    resource = Resource(collection, "/page")
    return goodness(decide(the_policies(), Facts(facts), resource, agreement))


def give(commons: Commons, told: list[Work], *, first: int) -> None:
    for number, work in enumerate(told, first):
        commons.work(
            f"ctb_{number}",
            weight=work.weight,
            need="scans" if work.answers_need else "",
            paid_by="Company 1" if work.is_paid else "none",
        )


@settings(max_examples=60)
@given(
    some=works,
    more=works,
    kilobytes=st.lists(st.integers(0, 6), max_size=3),
    entity=entities,
    agreement=st.sampled_from([None, AGREEMENT]),
    opens=st.booleans(),
)
def test_more_giving_is_never_worse(
    some: list[Work],
    more: list[Work],
    kilobytes: list[int],
    *,
    entity: str,
    agreement: Agreement | None,
    opens: bool,
) -> None:
    commons = Commons()
    commons.ratify()
    give(commons, some, first=0)
    for number, size in enumerate(kilobytes):
        commons.take(number, size)
    before = commons.giving.given("pty_1")

    give(commons, more, first=len(some))
    if opens:
        commons.openness.review(proved(commons), Finding.ACCEPT, reviewer_id="pty_9")
    after = commons.fresh().given("pty_1")

    assert (after.standing or 0) >= (before.standing or 0) >= 0
    assert (after.has_offset or False) >= (before.has_offset or False)
    assert answer(after, entity, agreement) >= answer(before, entity, agreement)
