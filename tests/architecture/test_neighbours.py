"""One library, one neighbour: who alone may know which outside thing.

import-linter sees packages; this looks at single names, because aiohttp's server
belongs to the entrances and its client to the rooms that go out.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.house import (
    GATEWAY,
    MODULES,
    ROOMS,
    at,
    imported_by,
    nodes_of,
)

KNOWN_TO = {
    "asyncpg": ("gateway.storage",),
    "click": ("gateway.cli",),
    "cryptography": ("gateway.credentials",),
    "defusedxml": ("gateway.payments", "gateway.work_logs"),
    "dns": ("gateway.resolver",),
    "facturx": ("gateway.documents.embedding",),
    "http_sf": ("gateway.web", "gateway.credentials"),
    "httptools": ("gateway.upstream", "gateway.proxy"),
    "jinja2": ("gateway.web.templates",),
    "jwt": ("gateway.credentials",),
    "lxml": ("gateway.documents.markup",),
    "msgspec": ("gateway.storage",),
    "prometheus_client": ("gateway.telemetry",),
    "protego": ("gateway.terms",),
    "publicsuffixlist": ("gateway.resolver",),
    "pyarrow": ("gateway.documents.parquet",),
    "pypdf": ("gateway.documents.embedding",),
    "rich": ("gateway.cli",),
    "saxonche": ("gateway.documents.schematron",),
    "smtplib": ("gateway.mail",),
    "segno": ("gateway.documents.qr",),
    "sepaxml": ("gateway.payments.pain",),
    "sqlite3": ("gateway.storage",),
    "sqlite_utils": ("gateway.storage",),
    "stdnum": ("gateway.documents.identifiers",),
    "structlog": ("gateway.telemetry",),
    "typst": ("gateway.documents.typesetting",),
    "uvloop": ("gateway.bootstrap",),
    "watchfiles": ("gateway.policy_files", "gateway.bootstrap"),
    "yaml": ("gateway.policy_files",),
    "zstandard": ("gateway.access_logs",),
}

SERVERS = (
    "gateway.proxy",
    "gateway.terms",
    "gateway.api",
    "gateway.portal",
    "gateway.web",
    "gateway.bootstrap",
)
CLIENTS = ("gateway.fetch",)

# Standard modules whose package also holds pure things (urllib.parse).
WORLDLY = ("http.client", "http.server", "importlib.resources", "urllib.request")
WORLDLY_BUILTINS = {"breakpoint", "input", "open", "print"}


@dataclass(frozen=True, slots=True)
class Finding:
    where: str
    what: str


def dotted(module: Path) -> str:
    parts = module.relative_to(GATEWAY.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(
        name == package or name.startswith(f"{package}.") for package in packages
    )


def allowed_to_know(imported: str) -> tuple[str, ...] | None:
    """Say which packages may import *imported*; None when anyone may."""
    library = imported.partition(".")[0]
    if library == "aiohttp":
        return SERVERS if is_within(imported, ("aiohttp.web",)) else SERVERS + CLIENTS
    return KNOWN_TO.get(library)


def test_a_library_is_known_to_its_neighbour_alone() -> None:
    findings = [
        Finding(at(module, node), imported)
        for module in MODULES
        for imported, node in imported_by(module)
        if (allowed := allowed_to_know(imported)) is not None
        and not is_within(dotted(module), allowed)
    ]

    assert not findings


def test_only_the_rooms_that_go_out_hold_a_client() -> None:
    others = [each for each in MODULES if not is_within(dotted(each), CLIENTS)]
    findings = [
        Finding(at(module, node), imported)
        for module in others
        for imported, node in imported_by(module)
        if imported.startswith(("aiohttp.Client", "aiohttp.TCPConnector"))
    ]
    findings += [
        Finding(at(module, node), f"aiohttp.{node.attr}")
        for module in others
        for node in nodes_of(module)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "aiohttp"
        and node.attr.startswith(("Client", "TCPConnector"))
    ]

    assert not findings


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_never_touches_the_world(room: str) -> None:
    modules = sorted((GATEWAY / room).rglob("*.py"))
    findings = [
        Finding(at(module, node), imported)
        for module in modules
        for imported, node in imported_by(module)
        if is_within(imported, WORLDLY)
    ]
    findings += [
        Finding(at(module, node), f"{node.func.id}()")
        for module in modules
        for node in nodes_of(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in WORLDLY_BUILTINS
    ]

    assert modules
    assert not findings


def test_the_environment_is_read_in_one_place() -> None:
    findings = [
        at(module, node)
        for module in MODULES
        if not is_within(dotted(module), ("gateway.settings",))
        for node in nodes_of(module)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv", "putenv"}
    ]

    assert not findings
