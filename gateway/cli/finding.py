"""One thing that `copyfair doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One thing the doctor looked at.

    Attributes:
        what: Its name.
        verdict: `ok`, `note` (you may want to know) or `fault` (must be mended).
        said: What was found, and the remedy.
    """

    what: str
    verdict: str
    said: str
