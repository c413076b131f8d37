"""Where the policies that come with the gateway lie."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def shipped_policies() -> Path:
    """The folder of shipped packs, agents, schemas and samples.

    In an installed wheel it lies inside the package; in a checkout it is the
    top-level folder `policies/`.
    """
    inside = PACKAGE / "shipped_policies"
    return inside if inside.exists() else PACKAGE.parent / "policies"
