"""Secrets in files: only their owner may read them, and nothing is half-written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gateway.kernel.errors import Conflict, Misconfigured

MODE = 0o600
FOLDER_MODE = 0o700
SECRET_BYTES_MAX = 64 * 1024
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes:
    """The content of a secret file.

    Raises:
        Misconfigured: it is missing, unreadable, too large, no plain file, or
            somebody else may read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as fault:
        detail = f"{path} cannot be read ({fault.strerror}); `copyfair init` makes it"
        raise Misconfigured(detail) from fault
    try:
        _require_private(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(SECRET_BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > SECRET_BYTES_MAX:
        detail = f"{path} is too large for a secret; name the right file"
        raise Misconfigured(detail)
    return content


def write_private(path: Path, content: bytes) -> None:
    """Write a new secret file, mode 0600, whole or not at all.

    Raises:
        Conflict: it exists already; secrets are never overwritten.
        Misconfigured: the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.draft-{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, flags, MODE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails where the name is taken; rename would not
        finally:
            draft.unlink()
    except FileExistsError as fault:
        detail = f"{path} exists already; secrets are never overwritten"
        raise Conflict(detail) from fault
    except OSError as fault:
        detail = f"{path} cannot be written ({fault.strerror})"
        raise Misconfigured(detail) from fault


def _require_private(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        detail = f"{path} is no plain file; put the secret itself there"
        raise Misconfigured(detail)
    if state.st_mode & OTHERS:
        mode = f"{stat.S_IMODE(state.st_mode):04o}"
        detail = f"{path} is open to others (mode {mode}); run: chmod 600 {path}"
        raise Misconfigured(detail)
