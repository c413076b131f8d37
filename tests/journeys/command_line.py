"""The command line as scripts meet it: words in, a status and two streams out.

Commands run inside the test, through the same `main` as the installed one, because
a hundred of them would otherwise spend a minute on starting Python.
"""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from gateway.bootstrap import opened
from gateway.cli import main
from gateway.metering.intent import Intent
from gateway.settings import read_settings
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.usage import a_usage_event

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference" / "json-documents.md"
CODE = re.compile(r"`([^`]+)`")
UPSTREAM = "http://127.0.0.1:9"
PUBLIC_URL = "https://archive.example"
SELLER = """
  seller: self
  name: Registers Commons
  country: FR
  vat_id: FR40303265045
  vat: 20 %
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str
    content: bytes = b""

    @property
    def json(self) -> Any:
        """The one document on standard output, with the keys that were promised."""
        told = json.loads(self.out)
        assert set(told) == promised(told["schema"]), told["schema"]
        return told


@cache
def promises() -> dict[str, frozenset[str]]:
    """Schema to keys, as the reference promises them to scripts."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in REFERENCE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    told = [
        (f"copyfair/{name}/1", frozenset(CODE.findall(keys)) | {"schema"})
        for names, _, keys in rows
        for name in CODE.findall(names)
    ]
    assert len(told) == len(dict(told)), "a document is promised twice"
    return dict(told)


def promised(schema: str) -> frozenset[str]:
    """The keys of one document."""
    return promises()[schema]


def copyfair(*words: str | Path, stdin: str = "") -> Said:
    """Run `copyfair WORDS…` to its end."""
    bytes_out, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(bytes_out, encoding="utf-8", newline="")
    status = 0
    with (
        patch("sys.argv", ["copyfair", *map(str, words)]),
        patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    out.flush()
    content = bytes_out.getvalue()
    return Said(status, content.decode("utf-8", "replace"), err.getvalue(), content)


@dataclass(frozen=True, slots=True)
class Archive:
    """A set-up in a folder, and the commands on it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "gateway.yaml"

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    def says(self, *words: str | Path, stdin: str = "") -> Said:
        """Run a command on this set-up; whatever the status."""
        return copyfair(*words, "--config", self.config, stdin=stdin)

    def tells(self, *words: str | Path) -> Any:
        """The JSON document of a command that must not fail."""
        said = self.says(*words, "--json")
        assert said.status == 0, said.err or said.out
        return said.json

    def rewrite(self, old: str, new: str, *, file: str = "gateway.yaml") -> None:
        """Change a file as an editor would."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def meter(
        self,
        agreement: dict[str, Any],
        body_bytes: int,
        *,
        at_us: int = 0,
        floor_bracket: int = 0,
    ) -> None:
        """Record that so many bytes were delivered under an agreement.

        Args:
            agreement: As `agreement accept --json` told of it.
            body_bytes: How many.
            at_us: When; just now without.
            floor_bracket: No unit is priced by a lower one.
        """
        settings = read_settings(self.config)
        with opened(settings) as house:
            now_us = at_us or house.clock.now_us()
            event = replace(
                a_usage_event(
                    body_bytes=body_bytes,
                    agreement_id=agreement["agreement_id"],
                    party_id=agreement["party_id"],
                    occurred_us=now_us,
                    tariff_version=agreement["tariff_version"],
                    floor_bracket=floor_bracket,
                    is_test=agreement["settling"] == "test",
                ),
                id=house.ids.new("req"),
                collection="whole-site",
                tariff=agreement["tariff"],
            )
            usage = SqlUsageStore(house.store)
            usage.open_intents(
                [Intent(event.id, event.agreement_id, 0, now_us, event.node, "boot-1")]
            )
            usage.settle_events([event], recorded_us=now_us)


def an_archive(
    folder: Path, *, licence: str = "invoice", sells: bool = True
) -> Archive:
    """A fresh set-up; an invoicing one has a seller unless told otherwise."""
    said = copyfair(
        *("init", folder, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL),
        *("--licence", licence),
    )
    assert said.status == 0, said.err
    archive = Archive(folder)
    if sells:
        archive.rewrite("\n  seller: none\n", SELLER)
    return archive
