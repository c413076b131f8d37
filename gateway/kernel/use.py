"""What the copy is for, and whether money is behind it."""

from __future__ import annotations

from enum import StrEnum


class Use(StrEnum):
    """The use classes a policy can name."""

    READ = "read"
    ACCESSIBILITY = "accessibility"
    ARCHIVE = "archive"
    MIRROR = "mirror"
    SEARCH = "search"
    RESEARCH = "research"
    TRAIN = "train"
    RAG = "rag"
    RESALE = "resale"
    BENCHMARK = "benchmark"
    UNKNOWN = "unknown"


class Commercial(StrEnum):
    """Does the use seek economic advantage?"""

    NO = "no"
    INDIRECT = "indirect"
    DIRECT = "direct"
    UNKNOWN = "unknown"
