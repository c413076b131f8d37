"""Policies: those that come with the gateway, and those of a set-up."""

from __future__ import annotations

from pathlib import Path

from gateway.licensing.policy import PolicySet
from gateway.policy_files.loader import load
from gateway.policy_files.snapshots import current
from gateway.settings import Settings

PACKAGE = Path(__file__).resolve().parent.parent


def shipped_policies() -> Path:
    """The folder of shipped packs, agents, schemas and samples.

    In an installed wheel it lies inside the package; in a checkout it is the
    top-level folder `policies/`.
    """
    inside = PACKAGE / "shipped_policies"
    return inside if inside.exists() else PACKAGE.parent / "policies"


def policies_of(
    settings: Settings | None, *, snapshot: Path | None = None
) -> PolicySet:
    """The policies of a set-up, or those that are shipped.

    Args:
        settings: The set-up, or None.
        snapshot: Agents and ranges to take in place of those in force.

    Raises:
        Faults: they do not load.
    """
    shipped = shipped_policies()
    if settings is None:
        return load(shipped, shipped=shipped)
    return load(
        settings.policies,
        shipped=shipped,
        snapshot=snapshot or current(settings.data_folder),
        upstreams=settings.upstreams,
    )
