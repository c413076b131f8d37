"""`copyfair` for the blocks of a page: forked by a process that has read the code.

    python -m tests.docs.commands SOCKET

Most of a command is reading a thousand modules, the same each time, and pages hold a
hundred commands. The `copyfair` that a page finds hands its words, its folder, its
environment and its three open files through a socket, and ends as the fork does. What
goes on running is the installed program itself; journeys start that one too.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import socket
import subprocess
import sys
import tempfile
import textwrap
import traceback
from functools import cache
from pathlib import Path
from typing import Never

import gateway.cli
from gateway.cli import main
from tests.docs.pages import ROOT

INSTALLED = Path(sys.executable).with_name("copyfair")
LENGTH_BYTES = 4
COMMAND = """\
    #!{python} -ISE
    import json, os, socket, sys
    words = sys.argv[1:]
    if words[:1] in (["serve"], ["demo"]):
        os.execv({installed!r}, [{installed!r}, *words])
    told = json.dumps([words, os.getcwd(), dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as door:
        door.connect({door!r})
        socket.send_fds(door, [len(told).to_bytes({length_bytes}, "big")], [0, 1, 2])
        door.sendall(told)
        status = door.recv(1)
    sys.exit(status[0] if status else "copyfair was ended by a signal")
    """


@cache
def folder_of_commands() -> Path:
    """A folder for PATH with `copyfair` in it; made once in each test process."""
    folder = Path(tempfile.mkdtemp(prefix="copyfair-pages-"))
    door, command = folder / "door", folder / "bin" / "copyfair"
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.commands", str(door)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(_end, process, folder)
    assert process.stdout
    assert process.stdout.readline() == b"open\n", "nobody answers commands of pages"
    text = COMMAND.format(
        python=sys.executable,
        installed=str(INSTALLED),
        door=str(door),
        length_bytes=LENGTH_BYTES,
    )
    command.parent.mkdir()
    command.write_text(textwrap.dedent(text), encoding="utf-8")
    command.chmod(0o755)
    return command.parent


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.communicate(timeout=30)
    for path in (folder / "bin" / "copyfair", folder / "door"):
        path.unlink(missing_ok=True)
    (folder / "bin").rmdir()
    folder.rmdir()


def _answer(door: socket.socket) -> None:
    """Fork for each who connects, until standard input ends."""
    forks: list[int] = []  # each tells its status itself; here its rest is cleared
    while sys.stdin not in select.select([sys.stdin, door], [], [])[0]:
        forks = [pid for pid in forks if os.waitpid(pid, os.WNOHANG) == (0, 0)]
        asking, _ = door.accept()
        with asking:
            forks.append(os.fork())
            if not forks[-1]:
                _be(asking)


def _be(asking: socket.socket) -> Never:
    """One command, with the files, the folder and the environment of who asked."""
    status = 1
    try:
        words = _put_on(asking)
        sys.argv = ["copyfair", *words]
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201 as Python does
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 nothing may come back to the door
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        asking.sendall(bytes([status]))
        os._exit(status)


def _put_on(asking: socket.socket) -> list[str]:
    length, files, _, _ = socket.recv_fds(asking, LENGTH_BYTES, 3)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    with asking.makefile("rb") as reading:
        told = json.loads(reading.read(int.from_bytes(length, "big")))
    words, folder, environment = told
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    return list(words)


if __name__ == "__main__":
    for module in pkgutil.walk_packages(gateway.cli.__path__, "gateway.cli."):
        importlib.import_module(module.name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen()
        print("open", flush=True)  # noqa: T201 whoever started us waits for it
        _answer(listening)
