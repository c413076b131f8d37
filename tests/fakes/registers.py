"""VIES, GLEIF and two national registers: a server with their documented shapes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.served import serving

VIES = "/taxation_customs/vies/rest-api/ms"


@dataclass
class FakeRegisters:
    """What the registers hold.

    Attributes:
        vat: VAT id to name; `---` where the state does not say it.
        lei: LEI to name, status and category.
        siren: SIREN to the fields of a hit.
        norwegian: Number to the fields of a unit.
        fault: What VIES says instead of an answer; or an HTTP status of all.
        asked: Path and query of every question.
    """

    vat: dict[str, str] = field(default_factory=dict)
    lei: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    siren: dict[str, dict[str, Any]] = field(default_factory=dict)
    norwegian: dict[str, dict[str, Any]] = field(default_factory=dict)
    fault: str | int = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._heard])
        app.router.add_get(f"{VIES}/{{state}}/vat/{{number}}", self._vies)
        app.router.add_get("/api/v1/lei-records/{lei}", self._gleif)
        app.router.add_get("/search", self._french)
        app.router.add_get("/enhetsregisteret/api/enheter/{number}", self._brreg)
        return app

    @web.middleware
    async def _heard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if isinstance(self.fault, int):
            return web.json_response({"status": self.fault}, status=self.fault)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _vies(self, request: web.Request) -> web.Response:
        state, number = request.match_info["state"], request.match_info["number"]
        name = self.vat.get(state + number)
        is_ours = "requesterNumber" in request.query
        error = self.fault or ("VALID" if name else "INVALID")
        return web.json_response(
            {
                "isValid": error == "VALID",
                "requestDate": "2026-11-28T08:00:00.000Z",
                "userError": error,
                "name": (name or "---") if error == "VALID" else "---",
                "address": "---",
                "requestIdentifier": "WAPIAAAAZ1" if is_ours and name else "",
                "originalVatNumber": number,
                "vatNumber": number,
                "viesApproximate": {"name": "---", "matchName": 3},
            }
        )

    async def _gleif(self, request: web.Request) -> web.Response:
        lei = request.match_info["lei"]
        if lei not in self.lei:
            told = {"errors": [{"status": "404", "title": "Resource Not Found"}]}
            return web.json_response(told, status=404)
        name, status, category = self.lei[lei]
        attributes = {
            "lei": lei,
            "entity": {
                "legalName": {"name": name, "language": "en"},
                "otherNames": [],
                "status": "ACTIVE",
                "category": category,
                "registeredAs": "552100554",
                "jurisdiction": "FR",
            },
            "registration": {"status": status},
        }
        data = {"type": "lei-records", "id": lei, "attributes": attributes}
        return web.json_response({"data": data})

    async def _french(self, request: web.Request) -> web.Response:
        siren = request.query["q"]
        found = [self.siren[siren]] if siren in self.siren else []
        return web.json_response(
            {"results": found, "total_results": len(found), "page": 1, "per_page": 5}
        )

    async def _brreg(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if number not in self.norwegian:
            return web.json_response({"status": 404}, status=404)
        return web.json_response(self.norwegian[number])


def a_french_firm(name: str, form: str = "5710", **changes: Any) -> dict[str, Any]:
    """A hit of the French register."""
    return {
        "siren": "552100554",
        "nom_complet": f"{name} (MW)",
        "nom_raison_sociale": name,
        "nature_juridique": form,
        "etat_administratif": "A",
        "complements": {"est_ess": False, "est_societe_mission": False},
        **changes,
    }


def a_norwegian_unit(name: str, form: str = "AS", **changes: Any) -> dict[str, Any]:
    """A unit of the Norwegian register."""
    return {
        "organisasjonsnummer": "923609016",
        "navn": name,
        "organisasjonsform": {"kode": form},
        "konkurs": False,
        **changes,
    }


@asynccontextmanager
async def registers_running() -> AsyncIterator[FakeRegisters]:
    """The server on loopback, until the end."""
    fake = FakeRegisters()
    async with serving(fake.app()) as fake.url:
        yield fake
