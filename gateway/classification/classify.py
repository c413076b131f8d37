"""Classify: from a request and whoever stands behind it to facts with evidence.

Pure: the same request, principal, catalogue and agreement give the same facts.
What kind of *class* follows is a rule's business (`gateway.licensing`).
"""

from __future__ import annotations

from functools import lru_cache

from gateway.classification import client, purpose, requester
from gateway.classification.behaviour import UNOBSERVED, Behaviour, Share
from gateway.classification.facts import Facts
from gateway.classification.known_agents import (
    REMEMBERED_MAX,
    KnownAgents,
    shortened,
)
from gateway.classification.purpose import Agreed
from gateway.identity.principal import ANONYMOUS, Anonymous, Identified
from gateway.kernel.request import Request
from gateway.kernel.use import Commercial, Use

NO_USES: frozenset[Use] = frozenset()


def classify(
    asked: Request,
    identified: Identified,
    agents: KnownAgents,
    *,
    agreement_in_force: bool = False,
    agreement_uses: frozenset[Use] = NO_USES,
    agreement_commercial: Commercial | None = None,
    tariff_version: int | None = None,
    share: Share | None = None,
    standing: int | None = None,
    has_offset: bool | None = None,
    behaviour: Behaviour = UNOBSERVED,
) -> Facts:
    """Say everything that is known about one request; never fails.

    Args:
        asked: The request; only its head is looked at.
        identified: Who stands behind it.
        agents: The catalogue of known clients.
        agreement_in_force: Does an agreement cover this? Without one the other
            words about agreements are not used.
        agreement_uses: What its copies are for; empty leaves the use open.
        agreement_commercial: Whether that seeks economic advantage.
        tariff_version: The version the agreement pins.
        share: The party's share of everything taken.
        standing: The party's unspent credits, whole.
        has_offset: Does an accepted contribution stand against its obligations?
        behaviour: What was observed of the client.

    Returns:
        Facts by the names of `facts.FACTS`, without those that belong to the
        resource: licensing adds them.
    """
    agreed = None
    if agreement_in_force:
        agreed = Agreed(agreement_uses, agreement_commercial, tariff_version)
    seen = client.sighting(asked, agents)
    user_agent = shortened(asked.user_agent)
    is_stranger = isinstance(identified, Anonymous) and agreed is None
    is_plain = behaviour is UNOBSERVED and seen is client.shown_by(user_agent, agents)
    if is_stranger and is_plain:
        return _of_stranger(user_agent, agents)
    operator = requester.operator_of(identified)
    who = requester.facts_of(
        identified, share=share, standing=standing, has_offset=has_offset
    )
    what = client.facts_of(seen, operator=operator, behaviour=behaviour)
    what_for = purpose.facts_of(seen, user_agent=user_agent, agreed=agreed)
    return Facts({**dict(who), **dict(what), **dict(what_for)})


@lru_cache(maxsize=REMEMBERED_MAX)
def _of_stranger(user_agent: str, agents: KnownAgents) -> Facts:
    """What is known of somebody of whom the user agent is all there is to see.

    Nearly every request is one of these; facts are immutable, so they are shared.
    """
    seen = client.shown_by(user_agent, agents)
    who = requester.facts_of(ANONYMOUS)
    what = client.facts_of(seen, operator=None, behaviour=UNOBSERVED)
    what_for = purpose.facts_of(seen, user_agent=user_agent, agreed=None)
    return Facts({**dict(who), **dict(what), **dict(what_for)})
