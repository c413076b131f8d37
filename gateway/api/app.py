"""The admin listener: health, readiness, metrics and the API, on loopback.

Reading only. Changes go through the command line, which leaves a trace in the
operator's own shell; the steward's desk comes with its own login.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from gateway.api.guard import Guard, guarded
from gateway.api.health import Health
from gateway.api.openapi import description
from gateway.api.ports import Admin
from gateway.api.status import Status

BODY_BYTES_MAX = 64 * 1024


def make_admin_app(
    admin: Admin,
    *,
    hosts: frozenset[str] = frozenset(),
    more: Sequence[web.RouteDef] = (),
) -> web.Application:
    """Build the application of the admin listener.

    Args:
        admin: What it shows.
        hosts: Names besides loopback under which it may be asked, lower-case.
        more: Routes of other entrances on this listener, such as `/decide`.
    """
    health, status = Health(admin), Status(admin)
    document = description(admin.version)

    async def openapi(asked: web.Request) -> web.Response:
        return web.json_response(document)

    app = web.Application(
        middlewares=[guarded(Guard(hosts))], client_max_size=BODY_BYTES_MAX
    )
    app.add_routes(
        [
            web.get("/healthz", health.healthz),
            web.get("/readyz", health.readyz),
            web.get("/metrics", health.metrics),
            web.get("/api/v1/openapi.json", openapi),
            web.get("/api/v1/policies", status.policies),
            web.post("/api/v1/explain", status.explain),
            web.get("/api/v1/usage", status.usage),
            web.get("/api/v1/audit", status.audit),
            web.get("/api/v1/top", status.top),
            *more,
        ]
    )
    return app
