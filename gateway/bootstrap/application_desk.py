"""Applications, in the words of the terms entrance."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from gateway.bootstrap.house import House
from gateway.kernel.clock import iso
from gateway.licensing.application import Application
from gateway.licensing.offer import OfferTerms
from gateway.licensing.policy import PolicySet
from gateway.metering.budget import BudgetBook
from gateway.services.applications import Applications
from gateway.terms.applications import Applications as AtTheDoor
from gateway.terms.applications import Applied
from gateway.terms.site import Site

BUDGET_KEY_BYTES = 32


class ApplicationDesk:
    """A `gateway.terms.applications.ApplicationDesk` over the service."""

    def __init__(self, applications: Applications, say: Callable[..., None]) -> None:
        self._applications = applications
        self._say = say

    def apply(
        self,
        terms: OfferTerms,
        *,
        document: Mapping[str, Any],
        name: str,
        email: str,
        wish: str,
    ) -> Applied:
        """Take an application, and leave a line in the log; see the port."""
        new = self._applications.apply(
            terms, document=document, name=name, email=email, wish=wish
        )
        self._say("application.received", application=new.id, offer=terms.id)
        return self._shown(new)

    def find(self, application_id: str) -> Applied:
        """The application of that id; see the port."""
        return self._shown(self._applications.show(application_id))

    def guaranteed(self, application_id: str) -> OfferTerms:
        """The terms that apply by themselves; see the port."""
        found = self._applications.show(application_id)
        return self._applications.guaranteed(found)

    def _shown(self, one: Application) -> Applied:
        return Applied(
            one.id,
            one.offer_id,
            self._applications.standing(one).value,
            iso(one.asked_us),
            iso(one.due_us),
            one.answer,
            json.loads(one.document),
        )


def applications_of(
    house: House,
    policies: Callable[[], PolicySet],
    site: Site,
    *,
    say: Callable[..., None],
) -> AtTheDoor:
    """What answers applicants."""
    desk = ApplicationDesk(house.applications_by(policies), say)
    budgets = BudgetBook(key=secrets.token_bytes(BUDGET_KEY_BYTES))
    return AtTheDoor(site, desk, budgets, house.clock)
