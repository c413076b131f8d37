"""Explaining: what a request would be answered, and why; nothing is spent by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.classification.evidence import remembered
from gateway.classification.testimony import Word
from gateway.identity.principal import Delayed, Identified, Refused
from gateway.kernel.request import Request
from gateway.licensing.explain import Explanation, explain
from gateway.services.about import resource_of
from gateway.services.admission import Admission
from gateway.services.desk import identify, wait
from gateway.services.standing import Standing, observed, standing_of

SAYS_WHO = frozenset((Word.PROVES, Word.CLAIMS))


def explanation_of(
    admission: Admission, asked: Request, identified: Identified
) -> Explanation:
    """The decision with both switches full; or why a credential fails."""
    collection = admission.collection_of(asked)
    if isinstance(identified, Delayed):
        return Explanation(wait(identified, collection), ())
    if isinstance(identified, Refused):
        return Explanation(identify(identified, collection), ())
    return explain(
        admission.policies(),
        admission.classify(asked, identified),
        resource_of(asked, collection),
        admission.agreement_of(asked, identified),
    )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An explanation, and where the request would stand.

    Attributes:
        answer: The decision and why, with what is remembered among its evidence.
        standing: Before which lane; None where nobody waits.
    """

    answer: Explanation
    standing: Standing | None = None


def foreseen(admission: Admission, asked: Request, identified: Identified) -> Foreseen:
    """As `explanation_of`, and what relief remembers; that decides nothing.

    Of what was observed rules may ask for the pace of machines alone, which is among
    the facts (`services.paces`). What is remembered beside it is added once the
    decision is made: evidence of how somebody behaves, and no rule can ask for it.
    """
    answer = explanation_of(admission, asked, identified)
    relief, collection = admission.relief, admission.collection_of(asked)
    if relief is None or collection is None:
        return Foreseen(answer)
    now_ns = admission.clock.ticks_ns()
    whose = _operator_in(answer)
    lane = getattr(answer.decision, "lane", "")
    seen = observed(
        relief,
        asked,
        collection,
        breaks_robots=relief.is_forbidden(asked, lane, whose),
        now_ns=now_ns,
    )
    pieces = remembered(seen)
    evidence = sorted((*answer.evidence, *pieces), key=lambda piece: -piece.weight)
    standing = standing_of(
        relief,
        asked,
        collection,
        decision=answer.decision,
        whose=whose,
        now_ns=now_ns,
    )
    return Foreseen(replace(answer, evidence=tuple(evidence)), standing)


def _operator_in(answer: Explanation) -> str:
    """Who runs the client, proved or as it says; empty where nobody is named."""
    says = (piece for piece in answer.evidence if piece.word in SAYS_WHO)
    return next((piece.operator for piece in says if piece.operator), "")
