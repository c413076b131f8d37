"""`copyfair`: nouns, then verbs; one file per noun.

Commands are imported when they are first asked for, so that `copyfair --help`
is quick and a broken extra never takes the others along.
"""

from __future__ import annotations

from gateway.cli.entry import main

__all__ = ["main"]
