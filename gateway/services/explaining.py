"""Explaining: what a request would be answered, and why; nothing is spent by it."""

from __future__ import annotations

from gateway.identity.principal import Delayed, Identified, Refused
from gateway.kernel.request import Request
from gateway.licensing.explain import Explanation, explain
from gateway.services.about import resource_of
from gateway.services.admission import Admission
from gateway.services.desk import identify, wait


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
