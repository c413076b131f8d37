"""What the admin listener shows of a running gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from gateway.api.ports import Admin, Check
from gateway.bootstrap.asking import Explainer
from gateway.bootstrap.house import House
from gateway.bootstrap.plant import Plant
from gateway.bootstrap.taking import taking_of, top_document
from gateway.kernel.errors import GatewayError
from gateway.telemetry.taking import Rates

UPSTREAM_WITHIN_S = 2
HTTPS_PORT, HTTP_PORT = 443, 80


def admin_of(house: House, plant: Plant) -> Admin:
    """Everything the admin listener can show."""
    return Admin(
        version=version("copyfair-gateway"),
        boot_id=plant.boot_id,
        policies=plant.book.current,
        switches=lambda: house.settings.switches,
        is_off=lambda: plant.off.is_on,
        faults=lambda: plant.book.last_outcome.faults,
        checks=_checks(house),
        metrics=plant.metrics.exposition,
        explain=Explainer(house, plant.book.current, plant.relief),
        usage=house.usage_reports,
        audit=lambda: _audit(house),
        top=lambda: top_document([rates_of(house, plant)]),
    )


def rates_of(house: House, plant: Plant) -> Rates:
    """Who takes now, as far as this process serves them."""
    pressure, now_ns = plant.admission.pressure, house.clock.ticks_ns()
    return taking_of(plant.listener, pressure, now_ns)


def _audit(house: House) -> Mapping[str, Any]:
    return house.audit.run().document()


def _checks(house: House) -> dict[str, Check]:
    """What requests need: the store, and each upstream."""

    async def store() -> str:
        try:
            await house.ask_store(house.identities.epoch)
        except GatewayError as fault:
            return fault.detail
        return ""

    checks: dict[str, Check] = {"store": store}
    for name, url in house.settings.upstreams.items():
        checks[f"upstream {name}"] = _answers(url)
    return checks


def _answers(url: str) -> Check:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)

    async def answers() -> str:
        try:
            async with asyncio.timeout(UPSTREAM_WITHIN_S):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            return f"{url} does not accept connections"
        writer.close()
        return ""

    return answers
