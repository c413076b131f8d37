"""Installs the peers and clients that tests start, before any test waits for one.

    python -m tests.peers

Each has an environment of its own (`bench/peers/once.py`), and whoever needs one makes
it where it is missing. What cannot be installed is said here; the tests say it again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.peers import node_proxy
from bench.peers.once import environment, node_modules
from bench.processes import NotMeasured

HERE = Path(__file__).parent
ENVIRONMENTS = ("clients", "mitmproxy", "redbot")
NODE_FOLDERS = (
    node_proxy.SOURCE,
    HERE / "integration" / "node_signer",
    HERE / "journeys" / "axe",
)
AT_ONCE = 2


def _installed(wanted: str | Path) -> str:
    """Install one: where it is, or why it could not be."""
    try:
        if isinstance(wanted, Path):
            return node_modules(wanted).name
        return environment(wanted).parent.name
    except NotMeasured as fault:
        return str(fault)


if __name__ == "__main__":
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for said in pool.map(_installed, [*ENVIRONMENTS, *NODE_FOLDERS]):
            print(said)  # noqa: T201 a line for each
