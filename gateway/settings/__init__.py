"""Settings: read once from gateway.yaml and the environment, then frozen."""

from __future__ import annotations

from gateway.settings.reading import read_settings
from gateway.settings.values import (
    Address,
    Cards,
    Evidence,
    FundShares,
    Invoicing,
    Network,
    Privacy,
    Settings,
    Tls,
)

__all__ = [
    "Address",
    "Cards",
    "Evidence",
    "FundShares",
    "Invoicing",
    "Network",
    "Privacy",
    "Settings",
    "Tls",
    "read_settings",
]
