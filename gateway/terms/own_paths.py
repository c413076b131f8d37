"""The paths that are answered here, whatever the upstream has there."""

from __future__ import annotations

from gateway.terms.site import LICENCE_PATH, PREFIX

ROBOTS_PATH = "/robots.txt"
TDM_PATH = "/.well-known/tdmrep.json"
COPYFAIR_PATH = "/.well-known/copyfair"
ALLIANCE_PATH = "/.well-known/commons-alliance.json"
SECURITY_PATH = "/.well-known/security.txt"
PUBLIC_PATHS = frozenset(
    (ROBOTS_PATH, LICENCE_PATH, TDM_PATH, COPYFAIR_PATH, ALLIANCE_PATH, SECURITY_PATH)
)
"""Never a challenge, budget or error of ours, whoever asks and with what."""


def is_public(path: str) -> bool:
    """Is it a path that no credential, budget or switch may stand before?"""
    return path in PUBLIC_PATHS or path.startswith(f"{PREFIX}tdm/")


def is_ours(path: str) -> bool:
    """May this address be answered here? `Terms` still may give None."""
    return path in PUBLIC_PATHS or path.startswith(PREFIX)
