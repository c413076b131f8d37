"""Everything that can be imported: what it is called, and what converts it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.policy_files.importers.anubis import anubis_preset
from gateway.policy_files.importers.conversion import Importer
from gateway.policy_files.importers.robots import robots_preset

IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {"anubis": anubis_preset, "robots": robots_preset}
)
"""As `copyfair policy import` names them."""

IMPORT_BYTES_MAX = 1_048_576
"""More than any file that somebody wrote."""
