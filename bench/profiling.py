"""`python -m bench.profiling`: where the CPU goes while the gateway is asked.

A real set-up under the load of the benchmark, sampled from outside by py-spy, which
is installed into an environment of its own the first time. Prints the share of busy
samples by room and library, and the functions in which the most time is spent; time
in the kernel counts for whoever called it. Exit status: 0, or 69 where that cannot
be measured here.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from bench.contenders import READER
from bench.load import Load, Shape, send
from bench.machine import ROOT
from bench.peers import gateway, nginx
from bench.peers.gateway import Running
from bench.peers.once import environment
from bench.peers.site import Site
from bench.processes import ENVIRONMENT, NotMeasured
from bench.run import plant

WORKSHOP = ROOT / "var"
SHOWN = 30
RATE_PER_S = 250
SPARE_S = 2
EXIT_UNREACHABLE = 69
STACK = re.compile(r"^(?P<frames>.+) (?P<samples>\d+)$")
PLACE = re.compile(r"\((?P<file>[^():]+)(?::\d+)?\)$")


def main(arguments: list[str]) -> int:
    """Profile the gateway; the exit status."""
    told = _options().parse_args(arguments)
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=WORKSHOP) as place:
            stacks = _sampled(Path(place), told)
    except NotMeasured as fault:
        print(f"nothing can be profiled: {fault}", file=sys.stderr)
        return EXIT_UNREACHABLE
    print(report(stacks))
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.profiling")
    parser.add_argument(
        "--who", choices=("reader", "known", "metered"), default="reader"
    )
    parser.add_argument("--size", default="1k", help="1k, 32k, 1m or 100m")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--varying", action="store_true", help="another head each time")
    parser.add_argument("--off", action="store_true", help="after `copyfair off`")
    parser.add_argument(
        "--native", action="store_true", help="the functions of C libraries too"
    )
    return parser


def _sampled(folder: Path, told: argparse.Namespace) -> Counter[str]:
    spy = str(environment("profile") / "py-spy")
    with ExitStack() as stack:
        tree = folder / "tree"
        plant(tree)
        site = Site(folder, stack.enter_context(nginx.archive(folder, tree)).port)
        setting = gateway.set_up(site, "profiled", is_off=told.off)
        running = stack.enter_context(setting.serving())
        headers = {
            "reader": READER,
            "known": setting.known,
            "metered": setting.metered,
        }
        load = Load(
            f"/{told.size}.bin",
            headers[told.who],
            seconds=told.seconds + SPARE_S,
            shape=Shape.VARYING if told.varying else Shape.REPEATED,
        )
        loading = threading.Thread(target=send, args=(load, running.port))
        loading.start()
        try:
            return _recorded(spy, running, folder=folder, told=told)
        finally:
            loading.join()


def _recorded(
    spy: str, running: Running, *, folder: Path, told: argparse.Namespace
) -> Counter[str]:
    file = folder / "stacks"
    command = [
        *(spy, "record", "--format", "raw"),
        *("--pid", str(running.pid), "--subprocesses", "--nonblocking", "--function"),
        *("--duration", str(told.seconds), "--rate", str(RATE_PER_S)),
        *("--output", str(file)),
    ]
    if told.native:
        command = [word for word in command if word != "--nonblocking"]
        command.append("--native")
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=told.seconds + 60,
        check=False,
    )
    if done.returncode or not file.exists():
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise NotMeasured(f"py-spy said: {said[:200]}")
    return stacks_of(file.read_text(encoding="utf-8").splitlines())


def stacks_of(lines: Iterable[str]) -> Counter[str]:
    """Samples by stack, as py-spy writes them: `outer;inner 12`."""
    stacks = Counter[str]()
    for line in lines:
        found = STACK.match(line)
        if found:
            stacks[found["frames"]] += int(found["samples"])
    return stacks


def report(stacks: Counter[str]) -> str:
    """The shares of own and of all time, as a text for a terminal."""
    own, within, rooms = Counter[str](), Counter[str](), Counter[str]()
    for stack, samples in stacks.items():
        frames = [frame for frame in stack.split(";") if PLACE.search(frame)]
        if not frames:
            continue
        own[frames[-1]] += samples
        rooms[room_of(frames[-1])] += samples
        for frame in set(frames):
            within[frame] += samples
    total = sum(own.values()) or 1
    lines = [f"{total} busy samples", "", "  own  room or library"]
    lines += [f"{n / total:5.1%}  {room}" for room, n in rooms.most_common(SHOWN)]
    lines += ["", "  own  with what it calls  function"]
    lines += [
        f"{n / total:5.1%}  {within[frame] / total:19.1%}  {_short(frame)}"
        for frame, n in own.most_common(SHOWN)
    ]
    ours = [(frame, n) for frame, n in within.most_common() if "(gateway/" in frame]
    lines += ["", "  all  function of ours, with what it calls"]
    lines += [f"{n / total:5.1%}  {_short(frame)}" for frame, n in ours[:SHOWN]]
    return "\n".join(lines)


def room_of(frame: str) -> str:
    """Whose code a frame is: a room of ours, a library, or Python.

    py-spy shortens paths to what follows the folder that was searched.
    """
    found = PLACE.search(frame)
    first, _, rest = (found["file"] if found else "").partition("/")
    if first == "gateway":
        return f"gateway/{rest.partition('/')[0].removesuffix('.py')}"
    if first == "asyncio" or not rest or first in sys.stdlib_module_names:
        return "asyncio" if first == "asyncio" else "Python"
    return first


def _short(frame: str) -> str:
    return re.sub(r"\([^()]*?((?:[^/()]+/){0,2}[^/()]+)\)$", r"(\1)", frame)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
