"""copyfair policy diff: what a change of policies changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import SystemClock, shipped_policies
from gateway.cli.screen import complain, console, counted, emit, json_option
from gateway.licensing.policy import PolicySet
from gateway.policy_files.case_files import Case
from gateway.policy_files.cases import load_cases
from gateway.policy_files.difference import (
    Change,
    OtherAnswer,
    changes,
    other_answers,
)
from gateway.policy_files.faults import Faults
from gateway.policy_files.loader import load

EXIT_DIFFERS = 1
EXIT_FAULTY = 2
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("before", type=FOLDER, metavar="A")
@click.argument("after", type=FOLDER, metavar="B")
@json_option
def diff(before: Path, after: Path, *, as_json: bool) -> int:
    """Say what differs between the policies in A and in B, by meaning.

    Collections, rules, packs, tariffs and agents that were added, removed, changed or
    moved; and each case of either folder that is decided otherwise. A comment or
    another order of keys is no difference.

    \b
    Exit status: 0 nothing differs · 1 something does · 2 one does not load
    Example:     git worktree add ../before HEAD~1
                 copyfair policy diff ../before/policies policies
    """
    loaded = [_loaded(folder) for folder in (before, after)]
    if None in loaded:
        return EXIT_FAULTY
    (was, old), (now, new) = filter(None, loaded)
    found, cases = changes(was, now), (*new, *old)
    at_us = SystemClock().now_us()
    answers = tuple(other_answers(was, now, cases, at_us=at_us))
    if as_json:
        emit(
            "policy-diff",
            {
                "same": not found and not answers,
                "before": was.version,
                "after": now.version,
                "changes": [_change(each) for each in found],
                "cases": [_answer(each) for each in answers],
            },
        )
    else:
        _show(found, answers, asked=len({(one.mark.file, one.given) for one in cases}))
    return EXIT_DIFFERS if found or answers else 0


def _loaded(folder: Path) -> tuple[PolicySet, tuple[Case, ...]] | None:
    """Policies and cases; None, after every fault was told, where they do not load."""
    try:
        return load(folder, shipped=shipped_policies()), load_cases(folder)
    except Faults as error:
        for fault in error.faults:
            complain(f"{folder}/{fault}")
        return None


def _show(
    found: tuple[Change, ...], answers: tuple[OtherAnswer, ...], *, asked: int
) -> None:
    out = console()
    for each in found:
        of = f" of {each.of}" if each.of else ""
        out.print(f"{each.what} {each.id}{of}: {each.how.value}", markup=False)
        for detail in each.details:
            out.print(f"  {detail}", markup=False)
    for answer in answers:
        out.print(f"case, {answer.given}", markup=False)
        out.print(f"  {answer.before} → {answer.after}", markup=False)
    said = (
        f"{counted(len(found), 'change')}, {len(answers)} of {counted(asked, 'case')}"
    )
    out.print(f"{said} decided otherwise", markup=False)


def _change(one: Change) -> dict[str, Any]:
    return {
        "what": one.what,
        "id": one.id,
        "of": one.of or None,
        "how": one.how.value,
        "details": list(one.details),
    }


def _answer(one: OtherAnswer) -> dict[str, Any]:
    return {
        "given": one.given,
        "file": one.mark.file,
        "line": one.mark.line,
        "before": one.before,
        "after": one.after,
    }
