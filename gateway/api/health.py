"""Alive, ready, and counted: what supervisors and collectors ask."""

from __future__ import annotations

import asyncio

from aiohttp import web

from gateway.api.ports import Admin, Check
from gateway.api.replies import document
from gateway.kernel.errors import GatewayError

CHECK_S = 2
HEALTH = "copyfair-health/1"
READINESS = "copyfair-readiness/1"


class Health:
    """Answers /healthz, /readyz and /metrics."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def healthz(self, asked: web.Request) -> web.Response:
        """The process is alive; only its workers are asked."""
        admin = self._admin
        await admin.refresh()
        workers = admin.workers()
        switches = admin.switches()
        return document(
            HEALTH,
            {
                "status": "alive",
                "version": admin.version,
                "boot_id": admin.boot_id,
                "policy_version": admin.policies().version,
                "protect": switches.protect.value,
                "licence_mode": switches.licence_mode.word,
                "off": admin.is_off(),
            }
            | ({"workers": list(workers)} if workers else {}),
        )

    async def readyz(self, asked: web.Request) -> web.Response:
        """Everything that requests need answers; 503 with reasons otherwise."""
        names = tuple(self._admin.checks)
        reasons = await asyncio.gather(*map(_reason, self._admin.checks.values()))
        found = dict(zip(names, reasons, strict=True))
        is_ready = not any(reasons)
        return document(
            READINESS,
            {
                "status": "ready" if is_ready else "not ready",
                "checks": {name: reason or "ok" for name, reason in found.items()},
                # Old policies stay in force, so faulty files do not stop a reader.
                "policy_faults": list(self._admin.faults()),
            },
            status=200 if is_ready else 503,
        )

    async def metrics(self, asked: web.Request) -> web.Response:
        """Every figure, in the text format of Prometheus."""
        await self._admin.refresh()
        content_type, body = self._admin.metrics()
        return web.Response(body=body, headers={"Content-Type": content_type})


async def _reason(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_S} s"
    except GatewayError as fault:
        return fault.detail
