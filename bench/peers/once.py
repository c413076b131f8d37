"""Peers that Debian does not bring, installed once from their locked lists.

They lie in `var/bench-peers/`, a folder that `make clean` throws away; its name ends
in a digest of the list, so another list is another installation. Only an ordinary
`pip` or `npm` is used, with hashes, and no script of a package is run.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.processes import ENVIRONMENT, NotMeasured, program

ROOT = Path(__file__).parent.parent.parent
PLACE = ROOT / "var" / "bench-peers"
TIMEOUT_S = 300
VENV = ("-m", "venv", "--without-pip")  # ours installs there, which is far quicker
PIP = ("-m", "pip", "-qq", "--disable-pip-version-check", "--no-input")
INSTALL = ("install", "--no-compile", "--require-hashes", "-r")
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

Install = Callable[[Path], None]


def environment(name: str) -> Path:
    """A virtual environment made from `requirements/tools-NAME.txt`; its `bin/`.

    Raises:
        NotMeasured: it cannot be made here.
    """
    listed = ROOT / "requirements" / f"tools-{name}.txt"

    def install(folder: Path) -> None:
        _run([sys.executable, *VENV, str(folder)], folder)
        there = ("--python", str(folder / "bin" / "python"))
        _run([sys.executable, *PIP, *there, *INSTALL, str(listed)], folder)

    return _once(name, listed, install) / "bin"


def node_modules(source: Path) -> Path:
    """A copy of *source* with the packages of its lock beside it.

    Raises:
        NotMeasured: there is no npm, or it cannot install them here.
    """
    npm = program("npm")
    if npm is None or program("node") is None:
        raise NotMeasured("node or npm is not installed")

    def install(folder: Path) -> None:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        _run([npm, *NPM], folder)

    return _once(source.name, source / "package-lock.json", install)


def _once(name: str, lock: Path, install: Install) -> Path:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = PLACE / f"{name}-{digest}"
    done = folder / ".done"
    PLACE.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # somebody else may be at it
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            done.touch()
    return folder


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        detail = f"installing {folder.name} took longer than {TIMEOUT_S} s"
        raise NotMeasured(detail) from None
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:]
        detail = f"{folder.name} could not be installed: {''.join(said)[:160]}"
        raise NotMeasured(detail)
