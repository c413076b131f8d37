"""A git history, read by the `git` program as the work of its authors.

The repository is a stranger's: nothing in its configuration is run, its `.mailmap`
renames nobody, and no remote is asked for what it lacks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, NotFound, Unavailable
from gateway.reciprocity.found_work import (
    FoundWork,
    commit_hundredths,
    is_bot,
    one_line,
    shared,
)

COMMITS_MAX = 1_000_000
FIELD_BYTES_MAX = 8 * 1024 * 1024  # one commit's list of files
TIMEOUT_S = 600
READ_BYTES = 1 << 16
FIELDS = 6
TRAILERS = "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x02)"
FORMAT = f"%x00%H%x00%ae%x00%at%x00%s%x00{TRAILERS}%x00"
NONE = "none"  # a protocol that is not there: no remote is asked for anything
ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.quotePath=true", "-c", "log.showSignature=false"),
)
LOG = (
    *("log", "--no-merges", "--numstat", "--no-renames", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap"),
    f"--format={FORMAT}",
)
MAIL = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


def read(place: Path, *, since_us: int, until_us: int, link: str) -> list[FoundWork]:
    """The commits of a repository, or of a bundle of one, that HEAD leads to.

    Args:
        place: Folder of the repository, or a file made by `git bundle create`.
        since_us: Commits whose author wrote them from this instant on.
        until_us: And no later: a clock that runs ahead credits nothing.
        link: What a commit's id is put behind as evidence; empty for `git:<id>`.

    Returns:
        One change for each commit and author; whoever is named as co-author has an
        equal part of the commit's weight.

    Raises:
        InvalidValue: it is no repository, or git cannot read it.
        NotFound: nothing lies there.
        Unavailable: git is not installed, or was not done in time.
    """
    if not place.exists():
        detail = f"{place} is not there"
        raise NotFound(detail)
    with _repository(place) as folder:
        return [
            each
            for commit in _commits(folder, place)
            for each in _work(commit, link=link)
            if since_us <= each.done_us <= until_us
        ]


def _work(commit: Sequence[str], *, link: str) -> Iterator[FoundWork]:
    sha, author, written_s, subject, others, stat = commit
    named = [each.lower() for each in (author, *MAIL.findall(others)) if each]
    people = [each for each in named if not is_bot(each)] or named[:1]
    done_us = int(written_s) * US_PER_S if written_s.isdecimal() else 0
    for who, part in shared(commit_hundredths(_lines(stat)), people).items():
        yield FoundWork(
            origin=f"git:{sha}",
            author=who,
            title=one_line(subject, f"Commit {sha[:12]}"),
            evidence=f"{link}{sha}" if link else f"git:{sha}",
            done_us=done_us,
            weight_hundredths=part,
        )


def _lines(stat: str) -> int:
    """Lines added and removed; a binary file has none."""
    total = 0
    for line in stat.splitlines():
        added, _, rest = line.partition("\t")
        removed = rest.partition("\t")[0]
        total += sum(int(each) for each in (added, removed) if each.isdecimal())
    return total


@contextmanager
def _repository(place: Path) -> Iterator[Path]:
    """The folder itself, or one into which a bundle was unpacked."""
    if place.is_dir():
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="copyfair-bundle-") as folder:
        into = Path(folder) / "bundle.git"
        words = ("clone", "--quiet", "--bare", "--", str(place.resolve()), str(into))
        _run(place, words, into=None, protocols="file")
        yield into


def _commits(folder: Path, place: Path) -> Iterator[Sequence[str]]:
    """Every commit's fields; a message holds no zero byte, so none can forge one."""
    with tempfile.TemporaryFile() as said:
        _run(place, ("-C", str(folder.resolve()), *SAFE, *LOG), into=said)
        said.seek(0)
        fields = _fields(said)
        next(fields, None)  # what stands before the first commit
        for _, commit in zip(range(COMMITS_MAX), _grouped(fields), strict=False):
            yield commit


def _grouped(fields: Iterator[str]) -> Iterator[Sequence[str]]:
    while len(commit := tuple(islice(fields, FIELDS))) == FIELDS:
        yield commit


def _fields(said: IO[bytes]) -> Iterator[str]:
    rest = b""
    while piece := said.read(READ_BYTES):
        *whole, rest = (rest + piece).split(b"\0")
        for field in whole:
            yield field.decode("utf-8", "replace")
        if len(rest) > FIELD_BYTES_MAX:
            detail = f"one commit lists more than {FIELD_BYTES_MAX // 2**20} MiB"
            raise InvalidValue(detail)
    yield rest.decode("utf-8", "replace")


def _run(
    place: Path, words: Sequence[str], *, into: IO[bytes] | None, protocols: str = NONE
) -> None:
    """Run git, with nothing of ours or of the user's configuration.

    Raises:
        InvalidValue: git refuses; the detail is its last line.
        Unavailable: it is not installed, or was not done in time.
    """
    git = shutil.which("git")
    if git is None:
        raise Unavailable("git is not installed; it reads a repository's history")
    environment = {**ENVIRONMENT, "GIT_ALLOW_PROTOCOL": protocols}
    try:
        done = subprocess.run(  # noqa: S603 - words of ours and a path
            [git, *words],
            stdin=subprocess.DEVNULL,
            stdout=into or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        detail = f"git was not done with {place} in {TIMEOUT_S} s"
        raise Unavailable(detail) from None
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = one_line(complaint[0] if complaint else "", "it says nothing")
        detail = f"git cannot read {place}: {why}"
        raise InvalidValue(detail)
