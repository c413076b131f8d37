"""Applications in memory; held to the same contract as the real store."""

from __future__ import annotations

from dataclasses import replace

from gateway.kernel.errors import Conflict
from gateway.licensing.application import Application


class FakeApplications:
    """`ApplicationStore` over a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, Application] = {}

    def add(self, application: Application) -> None:
        if application.id in self.rows:
            raise Conflict("it is there already")
        self.rows[application.id] = application

    def find(self, application_id: str) -> Application | None:
        return self.rows.get(application_id)

    def all(self) -> tuple[Application, ...]:
        return tuple(sorted(self.rows.values(), key=lambda one: (one.asked_us, one.id)))

    def answer(self, application_id: str, text: str, *, at_us: int) -> None:
        known = self.rows[application_id]
        if known.answered_us is not None:
            raise Conflict("it was answered already")
        answered = replace(known, answered_us=at_us, answer=text)
        self.rows[application_id] = answered
