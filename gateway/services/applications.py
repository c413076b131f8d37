"""Applications for individual terms: taken, answered, and kept to when nobody does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.billing.canonical import canonical_json
from gateway.fund.ports import Books
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.licensing.application import Application, ApplicationStore, Standing
from gateway.licensing.offer import OfferTerms
from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Tariff

WISH_CHARS_MAX = 4_000


class Applications:
    """Everything that is done with applications."""

    def __init__(
        self,
        store: ApplicationStore,
        books: Books,
        policies: Callable[[], PolicySet],
        *,
        clock: Clock,
        ids: IdSource,
        assert_ratified: Callable[[Tariff], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._assert_ratified = assert_ratified
        self._books = books
        self._policies = policies
        self._clock = clock
        self._ids = ids

    def apply(
        self,
        terms: OfferTerms,
        *,
        document: Mapping[str, Any],
        name: str,
        email: str,
        wish: str,
    ) -> Application:
        """Take an application; from now on the clock runs.

        The tariff version is published with it, so that what is guaranteed stays
        readable and fixed.

        Raises:
            InvalidValue: the offer has no tariff, or the wish is too long.
            Conflict: its tariff version was published with other terms, or members
                must ratify it first.
        """
        tariff = terms.tariff
        if tariff is None or len(wish) > WISH_CHARS_MAX:
            detail = f"a wish has at most {WISH_CHARS_MAX} characters, and an offer"
            raise InvalidValue(f"{detail} a tariff")
        now_us = self._clock.now_us()
        new = Application(
            id=self._ids.new("apn"),
            offer_id=terms.id,
            collection=terms.collection.id,
            tariff=tariff.id,
            tariff_version=tariff.version,
            document=canonical_json(document),
            name=name,
            email=email,
            wish=wish,
            asked_us=now_us,
            due_us=now_us + terms.guaranteed_offer_days * US_PER_DAY,
        )
        if self._books.tariffs.find(tariff.id, tariff.version) is None:
            self._assert_ratified(tariff)
        self._books.tariffs.publish(tariff, at_us=now_us)
        self._store.add(new)
        return new

    def show(self, application_id: str) -> Application:
        """The application of that id.

        Raises:
            NotFound: there is none.
        """
        found = self._store.find(application_id)
        if found is None:
            detail = f"there is no application {application_id}"
            raise NotFound(detail)
        return found

    def list(self) -> Sequence[Application]:
        """Every application, oldest first."""
        return self._store.all()

    def standing(self, application: Application) -> Standing:
        """How it stands now."""
        return application.standing(now_us=self._clock.now_us())

    def answer(self, application_id: str, text: str) -> Application:
        """Answer in the host's name.

        Raises:
            NotFound: there is no such application.
            InvalidValue: nothing is said.
            Conflict: it was answered, or the days are over and the tariff applies.
        """
        found = self.show(application_id)
        if not text.strip():
            raise InvalidValue("an answer says something")
        if self.standing(found) is Standing.GUARANTEED:
            detail = (
                "the published days are over: the tariff applies by itself, and an"
                " answer takes nothing back"
            )
            raise Conflict(detail)
        self._store.answer(application_id, text.strip(), at_us=self._clock.now_us())
        return self.show(application_id)

    def guaranteed(self, application: Application) -> OfferTerms:
        """The terms that apply by themselves now.

        Raises:
            Conflict: the days are not over, it was answered, or its collection is no
                more.
        """
        if self.standing(application) is not Standing.GUARANTEED:
            detail = "the published tariff applies by itself once the days are over"
            raise Conflict(detail)
        collection = self._policies().collection(application.collection)
        tariff = self._books.tariffs.find(
            application.tariff, application.tariff_version
        )
        if collection is None or tariff is None:
            detail = f"the collection {application.collection} is no more"
            raise Conflict(detail)
        return OfferTerms(application.offer_id, collection, tariff)
