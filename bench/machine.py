"""Where a run was made, as far as it matters: no names of hosts, no paths."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.processes import ENVIRONMENT, program

ROOT = Path(__file__).parent.parent
VERSION = re.compile(r"\d+\.\d+[\w.]*")
ASKED_FOR_VERSIONS = {
    "nginx": ("-v",),
    "haproxy": ("-v",),
    "caddy": ("version",),
    "wrk": ("-v",),
}
KIB_PER_MIB = 1_024


def now() -> datetime:
    """The time of the run, UTC."""
    return datetime.now(UTC)


def machine() -> dict[str, Any]:
    """Processor, cores, memory, kernel, Python, and how busy it was before."""
    model = re.search(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _text("/proc/meminfo"))
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_mb": int(memory[1]) // KIB_PER_MIB if memory else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Of ourselves, and of every program that took part."""
    found = {
        "copyfair": version("copyfair-gateway"),
        "python": platform.python_version(),
        "aiohttp": version("aiohttp"),
    }
    for name, option in ASKED_FOR_VERSIONS.items():
        path = program(name)
        if path is not None:
            said = _said([path, *option])
            match = VERSION.search(said)
            found[name] = match[0] if match else "unknown"
    return found


def commit() -> str:
    """The commit that was measured; `-dirty` where files differ from it."""
    git = program("git")
    if git is None or not (ROOT / ".git").exists():
        return "unknown"
    name = _said([git, "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]).strip()
    changed = ["status", "--porcelain", "--", "gateway", "policies", "bench"]
    is_dirty = _said([git, "-C", str(ROOT), *changed, ":!bench/results"]).strip()
    return f"{name}-dirty" if is_dirty else name


def _said(command: list[str]) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=30,
        check=False,
    )
    return done.stdout + done.stderr


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
