"""Policies folders for tests: the smallest that loads, and what a test changes."""

from collections.abc import Iterable
from pathlib import Path

PACK = """\
pack: pack
rules:
  - id: everybody-reads
    then: allow
    because: Reading is free.
"""
COLLECTION = """\
collection: registers
title: Registers
steward: Archive Commons
contact: licences@archive.example
upstream: archive
match: {hosts: [archive.example], paths: ["/registers/**"]}
licence: CC-BY-NC-SA-4.0
extends: pack
tariff: ai
"""
TARIFF = """\
tariff: ai
version: 1
currency: EUR
per: 1 GiB
brackets:
  - {up_to: 1 GiB, price: 0.00}
  - {price: 1.50}
"""
SMALLEST = {
    "packs/pack.yaml": PACK,
    "collections/registers.yaml": COLLECTION,
    "tariffs/ai.yaml": TARIFF,
}


def written(folder: Path, **changes: str) -> Path:
    """The smallest folder; `collections__registers` replaces that file."""
    renamed = {
        f"{name.replace('__', '/').replace('_', '-')}.yaml": content
        for name, content in changes.items()
    }
    for name, content in {**SMALLEST, **renamed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def lines(faults: Iterable[object]) -> list[str]:
    return [str(fault) for fault in faults]
