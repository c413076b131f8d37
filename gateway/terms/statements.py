"""What a collection says about search, AI input and training: its own answers.

Labels never drift from the rules, because they are the rules: each question is put
to the policies as a request would be, with a requester whose every attribute is
proven. `allow` reads as yes, `deny` and `offer` as no (an offer is "not without
terms", which only RSL can say in full). One internal answer is then rendered in
three vocabularies that look alike and differ (RSL and Content-Signal `ai-train`,
AIPREF `train-ai`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from types import MappingProxyType

from gateway.classification.facts import Fact, Facts, FactValue
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use
from gateway.licensing.collection import Collection, Rights, Sensitivity
from gateway.licensing.decide import Resource, decide
from gateway.licensing.decision import Allow, Decision, Meter, Offer, Redirect
from gateway.licensing.policy import PolicySet

SOURCE = "label"
ATTRIBUTION = frozenset(("attribution", "link-back"))


class Said(StrEnum):
    """The answer to one question."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one collection says.

    Attributes:
        collection: Which one.
        search: May its pages be found, with a link and a short excerpt?
        ai_input: May they feed the answers of a model?
        ai_train: May a model be trained on them?
        is_offered: A licence can be had for what is answered no.
        free_users: RSL user classes that may use it without paying.
        needs_attribution: Free use asks for credit.
    """

    collection: Collection
    search: Said
    ai_input: Said
    ai_train: Said
    is_offered: bool
    free_users: tuple[str, ...]
    needs_attribution: bool

    @property
    def reserves(self) -> bool:
        """Are rights of text and data mining reserved (Directive 2019/790 Art. 4)?"""
        return Said.NO in {self.ai_input, self.ai_train}


def _facts(words: Mapping[str, FactValue]) -> Facts:
    vouched = {name: Fact(word, Level.VOUCHED, SOURCE) for name, word in words.items()}
    return Facts(vouched)


def _crawler(kind: str, use: Use) -> Facts:
    return _facts(
        {
            "client.kind": kind,
            "client.operator": SOURCE,
            "party.entity": "company",
            "party.surplus": "to-shareholders",
            "use.class": use.value,
            "use.commercial": Commercial.DIRECT.value,
        }
    )


SEARCHER = _crawler("search-crawler", Use.SEARCH)
ANSWERER = _crawler("ai-crawler", Use.RAG)
TRAINER = _crawler("ai-crawler", Use.TRAIN)
ENTITIES: Mapping[str, str] = MappingProxyType(
    {
        "non-commercial": "nonprofit",
        "education": "university",
        "government": "public",
        "personal": "person",
    }
)
"""RSL user class to the entity that stands for it.

Asked with a key and as an AI crawler: the rules that let somebody use it freely
(5 to 9) are about parties, and a reader's tool is answered before them.
"""
FREE_USERS: Mapping[str, tuple[Facts, ...]] = MappingProxyType(
    {
        user: tuple(
            _facts(
                {
                    "client.kind": "ai-crawler",
                    "credential.ours": True,
                    "party.entity": entity,
                    "party.surplus": "locked",
                    "party.passes_on": "nobody",
                    "use.class": use.value,
                    "use.commercial": Commercial.NO.value,
                }
            )
            for use in (Use.TRAIN, Use.RAG)
        )
        for user, entity in ENTITIES.items()
    }
)


def statement_of(policies: PolicySet, collection: Collection) -> Statement:
    """Ask a collection's rules what they say."""
    resource = Resource(collection, sample_path(collection))

    def answer(facts: Facts) -> Decision:
        return decide(policies, facts, resource, None)

    search, ai_input, ai_train = map(answer, (SEARCHER, ANSWERER, TRAINER))
    free = {user: tuple(map(answer, asked)) for user, asked in FREE_USERS.items()}
    is_closed = collection.sensitivity is Sensitivity.RESTRICTED
    return Statement(
        collection,
        search=Said.NO if is_closed else _said(search, collection),
        ai_input=_said(ai_input, collection),
        ai_train=_said(ai_train, collection),
        is_offered=any(isinstance(one, Offer) for one in (ai_input, ai_train)),
        free_users=tuple(
            user
            for user, answers in free.items()
            if not is_closed and all(isinstance(one, Allow) for one in answers)
        ),
        needs_attribution=any(
            ATTRIBUTION & set(one.duties)
            for one in (search, *chain.from_iterable(free.values()))
            if isinstance(one, Allow | Meter)
        ),
    )


def sample_path(collection: Collection) -> str:
    """A path that belongs to the collection: the fixed part of its first glob."""
    return collection.paths[0].partition("*")[0] or "/"


def _said(decision: Decision, collection: Collection) -> Said:
    if isinstance(decision, Allow | Meter | Redirect):
        return Said.YES
    # Nobody can reserve rights that nobody here holds; access is then priced as a
    # service, and only the offer speaks of it.
    return Said.UNSAID if collection.rights is Rights.NONE else Said.NO


def most_restrictive(answers: tuple[Said, ...]) -> Said:
    """One answer for several places: no before unsaid before yes."""
    for answer in (Said.NO, Said.UNSAID):
        if answer in answers:
            return answer
    return Said.YES if answers else Said.UNSAID
