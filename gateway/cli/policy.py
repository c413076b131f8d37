"""copyfair policy: ask the policies before the clients do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import SystemClock, shipped_policies
from gateway.cli.importing import import_
from gateway.cli.policy_diff import diff
from gateway.cli.screen import (
    all_counted,
    complain,
    console,
    counted,
    emit,
    json_option,
)
from gateway.cli.setup import HERE, SetUp
from gateway.kernel.errors import NotFound
from gateway.policy_files.faults import Fault, Faults
from gateway.policy_files.json_schemas import schema_files
from gateway.policy_files.loader import check as checked
from gateway.policy_files.preset_cases import every_result
from gateway.policy_files.preset_folder import known_presets
from gateway.policy_files.snapshots import current
from gateway.settings import Settings

EXIT_NO = 1
EXIT_FAULTY = 2


@click.group()
def policy() -> None:
    """Check and test policies; see policies/README.md for how to write one."""


policy.add_command(import_)
policy.add_command(diff)


def _folder_argument(command: Any) -> Any:
    """`[DIR]`, else the set-up's policies, else those in ./policies."""
    command = click.argument(
        "folder", required=False, type=click.Path(path_type=Path, file_okay=False)
    )(command)
    return click.option("--config", "settings", type=SetUp(), help="The set-up.")(
        command
    )


def _chosen(folder: Path | None, settings: Settings | None) -> Path:
    """Which folder is meant.

    Raises:
        NotFound: it does not exist.
    """
    here = Path("policies")
    if folder is None and settings is not None:
        folder = settings.policies
    elif folder is None:
        folder = here if here.is_dir() and not HERE.exists() else _of_here()
    if not folder.is_dir():
        detail = f"there is no folder {folder}; `copyfair init` writes one"
        raise NotFound(detail)
    return folder


def _of_here() -> Path:
    if HERE.exists():
        settings: Settings = SetUp().convert(str(HERE), None, None)
        return settings.policies
    return shipped_policies()


@policy.command()
@_folder_argument
@json_option
def check(folder: Path | None, settings: Settings | None, *, as_json: bool) -> int:
    """Name every fault at once: `file:line:col  message; did you mean`.

    \b
    Exit status: 0 the policies load, 2 they do not.
    Example:     copyfair policy check my-archive/policies
    """
    chosen = _chosen(folder, settings)
    known = settings.upstreams if settings else None
    snapshot = current(settings.data_folder) if settings else None
    loading = checked(
        chosen, shipped=shipped_policies(), snapshot=snapshot, upstreams=known
    )
    policies = loading.policies
    if as_json:
        document = {
            "ok": policies is not None,
            "folder": str(chosen),
            "version": policies.version if policies else None,
            "faults": [_document(fault) for fault in loading.faults],
            "warnings": [_document(fault) for fault in loading.warnings],
        }
        emit("policy-check", document)
        return 0 if policies else EXIT_FAULTY
    for fault in loading.faults:
        console().print(f"{chosen}/{fault}", markup=False)
    for warning in loading.warnings:
        console().print(f"{chosen}/{warning}  (warning)", markup=False)
    if policies is None:
        console().print(counted(len(loading.faults), "fault"), markup=False)
        return EXIT_FAULTY
    there = all_counted(
        (len(policies.collections), "collection"),
        (len(policies.packs), "pack"),
        (len(policies.tariffs), "tariff"),
    )
    console().print(
        f"ok: {there or 'nothing'}; version {policies.version[:12]}", markup=False
    )
    return 0


@policy.command("test")
@_folder_argument
@json_option
def test_(folder: Path | None, settings: Settings | None, *, as_json: bool) -> int:
    """Run the cases in DIR/cases, and try the presets in DIR/presets.

    \b
    Exit status: 0 all hold, 1 one does not, 2 the policies do not load.
    Example:     copyfair policy test my-archive/policies
    """
    chosen = _chosen(folder, settings)
    try:
        results = every_result(
            chosen, shipped=shipped_policies(), at_us=SystemClock().now_us()
        )
    except Faults as error:
        for fault in error.faults:
            complain(f"{chosen}/{fault}")
        return EXIT_FAULTY
    failed = [result for result in results if not result.holds]
    if as_json:
        cases = [
            {
                "given": one.given,
                "file": one.mark.file,
                "line": one.mark.line,
                "holds": one.holds,
                "expected": one.expected,
                "actual": one.actual,
                "differs": list(one.differs),
            }
            for one in results
        ]
        emit("policy-test", {"ok": not failed, "cases": cases})
        return EXIT_NO if failed else 0
    for one in failed or results:
        console().print(str(one), markup=False)
    console().print(f"{counted(len(results), 'case')}, {len(failed)} failed")
    return EXIT_NO if failed else 0


@policy.command()
@_folder_argument
@json_option
def presets(folder: Path | None, settings: Settings | None, *, as_json: bool) -> None:
    """List what collections can include by name, one line each.

    \b
    Example: copyfair policy presets
    """
    chosen = _chosen(folder, settings)
    found = known_presets(chosen, shipped=shipped_policies())
    if as_json:
        listed = [{"preset": one.id, "title": one.title} for one in found]
        emit("policy-presets", {"presets": listed})
        return
    for one in found:
        console().print(f"{one.id:18}{one.title}", markup=False)


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def schema(folder: Path) -> None:
    """Write the JSON Schemas of all policy files into FOLDER, for editors."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")
        console().print(str(folder / name), markup=False)


def _document(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
        "suggestion": fault.suggestion,
    }
