"""The bare forwarder of this folder: the floor of our own event loop."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.peers.site import PROXY_CORE, Site
from bench.processes import NotMeasured, Server, free_port, on_core, serving

SCRIPT = Path(__file__).parents[1] / "bare_forwarder.py"


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """Eighty lines of uvloop and httptools, without any promise.

    Raises:
        NotMeasured: uvloop is not installed.
    """
    if importlib.util.find_spec("uvloop") is None:
        raise NotMeasured("uvloop is not installed")
    port = free_port()
    python = [sys.executable, str(SCRIPT), str(port), str(site.upstream_port)]
    command = on_core(PROXY_CORE, python)
    with serving(command, port=port, folder=site.folder) as server:
        yield server
