"""Chromium, led by its own protocol as a person would lead it: addresses and keys.

https://chromedevtools.github.io/devtools-protocol/. Each reader is a profile of its
own, with scripts or without; what is read is the document, never a script's word.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

from tests.journeys.running import ENVIRONMENT, eventually

WITHIN_S = 60
MESSAGE_BYTES_MAX = 16 * 1024 * 1024
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-port=0",
    # Nothing but loopback is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*",
)


@dataclass(slots=True)
class Reader:
    """One person at the browser."""

    _wire: ClientConnection
    _calls: int = 0
    _events: list[str] = field(default_factory=list)

    def go(self, url: str) -> None:
        """Open an address, and wait until it is there."""
        self.set_out(url)
        self.arrive()

    def set_out(self, url: str) -> None:
        """Open an address; it may take a while."""
        self._events.clear()
        self._call("Page.navigate", wait=False, url=url)

    def arrive(self) -> None:
        """Wait until the page is there."""
        while "Page.loadEventFired" not in self._events:
            self._hear()

    def press_button(self) -> None:
        """Press the page's button with the keyboard, and wait for what follows."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        found = self._call("DOM.querySelector", nodeId=root, selector="form button")
        self._call("DOM.focus", nodeId=found["nodeId"])
        self._events.clear()
        for kind in ("keyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent",
                type=kind,
                key="Enter",
                code="Enter",
                text="\r",
                windowsVirtualKeyCode=13,
            )
        self.arrive()

    def document(self) -> str:
        """The page as it stands now."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        shown: str = self._call("DOM.getOuterHTML", nodeId=root)["outerHTML"]
        return shown

    def title(self) -> str:
        """Its title, which scripts may have changed."""
        found = re.search(r"<title>(.*?)</title>", self.document(), re.DOTALL)
        return found[1] if found else ""

    def look(self, *, width: int, is_dark: bool = False) -> None:
        """Hold the page as somebody does: on a phone, at a desk, at night."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = "dark" if is_dark else "light"
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._call("Emulation.setEmulatedMedia", features=features)

    def run(self, script: str) -> Any:
        """Run a script beside the page, and wait for what it comes to."""
        told = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def picture(self, place: Path) -> None:
        """Keep the whole page as a PNG."""
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        place.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, *, wait: bool = True, **params: Any) -> Any:
        self._calls += 1
        number = self._calls
        self._wire.send(json.dumps({"id": number, "method": method, "params": params}))
        while wait:
            said = self._hear()
            if said.get("id") == number:
                assert "error" not in said, f"{method}: {said['error']}"
                return said["result"]
        return None

    def _hear(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._wire.recv(timeout=WITHIN_S))
        if "method" in said:
            self._events.append(said["method"])
        return said


@dataclass(frozen=True, slots=True)
class Browser:
    """A running Chromium, for several people."""

    port: int
    path: str

    @contextmanager
    def reader(self, *, scripts: bool) -> Generator[Reader]:
        """Somebody with a profile of their own, with scripts or without."""
        address = f"ws://127.0.0.1:{self.port}"
        with _wired(address + self.path) as wire:
            whole = Reader(wire)
            context = whole._call("Target.createBrowserContext")["browserContextId"]
            target = whole._call(
                "Target.createTarget", url="about:blank", browserContextId=context
            )["targetId"]
        with _wired(f"{address}/devtools/page/{target}") as wire:
            reader = Reader(wire)
            reader._call("Page.enable")
            reader._call("Emulation.setScriptExecutionDisabled", value=not scripts)
            yield reader

    def version(self) -> str:
        """Its version, `Chrome/142.0.7444.59`."""
        with urlopen(f"http://127.0.0.1:{self.port}/json/version") as answer:
            told: str = json.load(answer)["Browser"]
        return told


def _wired(address: str) -> ClientConnection:
    return connect(address, max_size=MESSAGE_BYTES_MAX, proxy=None)


@contextmanager
def browsing(program: Path, folder: Path) -> Generator[Browser]:
    """Chromium for the time of a test, with nothing of anybody's in it."""
    told = folder / "DevToolsActivePort"
    process = subprocess.Popen(
        [str(program), *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        eventually(
            lambda: told.exists() and told.read_text().count("\n") == 1,
            within_s=WITHIN_S,
            what="Chromium",
        )
        port, path = told.read_text().splitlines()
        yield Browser(int(port), path)
    finally:
        process.terminate()
        process.wait(timeout=30)
