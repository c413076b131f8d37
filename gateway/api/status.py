"""The versioned, read-only part of the API: policies, explain, usage, audit, top."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.api.ports import Admin, Question
from gateway.api.replies import document
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import parse_period
from gateway.licensing.collection import Collection
from gateway.licensing.enforce import switches_for
from gateway.web.json_body import json_said

POLICIES = "copyfair-policies/1"
# The same documents as the commands print, under the same names.
USAGE = "copyfair/usage-report/1"
AUDIT = "copyfair/audit/1"
TOP = "copyfair/top/1"
EXPLANATION = "copyfair/explain/1"
QUESTION_FIELDS = frozenset(("url", "method", "ip", "headers", "token"))
HEADERS_MAX = 100


class Status:
    """Answers under /api/v1/."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def policies(self, asked: web.Request) -> web.Response:
        """The set in force, as a list of what is in it."""
        policies = self._admin.policies()
        return document(
            POLICIES,
            {
                "policy_version": policies.version,
                "faults": list(self._admin.faults()),
                "collections": [self._collection(one) for one in policies.collections],
                "packs": [
                    {"id": one.id, "title": one.title, "rules": len(one.rules)}
                    for one in policies.packs.values()
                ],
                "tariffs": [
                    {"id": one.id, "version": one.version, "currency": one.currency}
                    for one in policies.tariffs.values()
                ],
            },
        )

    def _collection(self, one: Collection) -> dict[str, Any]:
        policies = self._admin.policies()
        switches = switches_for(one, self._admin.switches())
        return {
            "id": one.id,
            "title": dict(one.title),
            "steward": one.steward,
            "hosts": list(one.hosts),
            "paths": list(one.paths),
            "protect": switches.protect.value,
            "licence_mode": switches.licence_mode.word,
            "offer_id": policies.offer_of(one).id,
            "rules": [
                {"id": rule.id, "then": rule.outcome.then.value, "file": rule.file}
                | {"line": rule.line}
                for rule in policies.rules_for(one)
            ],
        }

    async def explain(self, asked: web.Request) -> web.Response:
        """What would be answered, and why; consumes nothing."""
        question = read_question(await asked.read(), asked.content_type)
        await self._admin.refresh()
        found = await asyncio.to_thread(self._admin.explain, question)
        return document(EXPLANATION, found)

    async def usage(self, asked: web.Request) -> web.Response:
        """Usage added up; `period=2026-11` and `agreement=agr_…` narrow it."""
        written = asked.query.get("period", "")
        found = await asyncio.to_thread(
            self._admin.usage.report,
            period=parse_period(written) if written else None,
            agreement_id=asked.query.get("agreement", ""),
        )
        return document(USAGE, found)

    async def audit(self, asked: web.Request) -> web.Response:
        """Every invariant of the books."""
        return document(AUDIT, await asyncio.to_thread(self._admin.audit))

    async def top(self, asked: web.Request) -> web.Response:
        """Who takes now, and which pages: of all processes, as of this moment."""
        admin = self._admin
        await admin.refresh()
        switches = admin.switches()
        said = {
            "off": admin.is_off(),
            "protect": switches.protect.value,
            "licence_mode": switches.licence_mode.word,
        }
        return document(TOP, said | dict(admin.top()))


def read_question(body: bytes, content_type: str) -> Question:
    """Read the JSON of a question.

    Raises:
        InvalidValue: it is no JSON object of the documented fields. A form is
            refused as well: pages of other sites could send one unasked.
    """
    if content_type != "application/json":
        raise InvalidValue("send the question as application/json")
    said = json_said(body)
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        raise InvalidValue("a question is a JSON object with a `url`")
    unknown = sorted(said.keys() - QUESTION_FIELDS)
    if unknown:
        known = ", ".join(sorted(QUESTION_FIELDS))
        raise InvalidValue(f"unknown field {unknown[0][:64]!r}; known: {known}")
    texts = {name: said.get(name, "") for name in ("method", "ip", "token")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise InvalidValue("method, ip and token are texts")
    return Question(
        url=said["url"],
        method=texts["method"] or "GET",
        ip=texts["ip"],
        headers=_headers(said.get("headers", {})),
        token=texts["token"],
    )


def _headers(said: Any) -> tuple[tuple[str, str], ...]:
    is_small = isinstance(said, Mapping) and len(said) <= HEADERS_MAX
    if not is_small or not all(isinstance(value, str) for value in said.values()):
        detail = f"headers is an object of at most {HEADERS_MAX} texts"
        raise InvalidValue(detail)
    return tuple(said.items())
