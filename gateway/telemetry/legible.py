"""Text from strangers, made safe to print: no control, no disguise, no secret.

Whoever reads a log may read it on a terminal. Control characters, and those that
turn the direction of writing around, become visible escapes; what is too long is
cut; anything shaped like a key or a token of ours is blotted out, wherever a
client chose to put it.
"""

from __future__ import annotations

import re

CHARS_MAX = 512
CUT = "…"

# C0, DEL, C1, line and paragraph separators, zero-width and bidirectional marks,
# lone surrogates, the byte-order mark and tag characters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_KEY = re.compile(r"(?i)(cg_[a-z]{1,8}_)[0-9a-z_-]{4,}")
_TOKEN = re.compile(r"eyJ[0-9A-Za-z_-]{4,}\.[0-9A-Za-z_-]*(?:\.[0-9A-Za-z_-]*)?")


def _escaped(found: re.Match[str]) -> str:
    number = ord(found.group())
    if number > 0xFFFF:
        return f"\\U{number:08x}"
    return f"\\u{number:04x}" if number > 0xFF else f"\\x{number:02x}"


def may_hold_secret(text: str) -> bool:
    """Could something in it be a key or a token? Quick, and never wrongly no."""
    return "eyJ" in text or "cg_" in text.lower()


def without_secrets(text: str) -> str:
    """Text in which whatever is shaped like a key or a token is blotted out."""
    return _TOKEN.sub(f"eyJ{CUT}", _KEY.sub(rf"\1{CUT}", text))


def legible(text: str, *, chars_max: int = CHARS_MAX) -> str:
    """Text without secrets, controls and excess.

    Args:
        text: Anything.
        chars_max: Longest result, in characters, the mark of the cut included.
    """
    is_plain = text.isascii() and text.isprintable() and len(text) <= chars_max
    if is_plain and not may_hold_secret(text):
        return text
    # Cut generously first: a megabyte of header is not searched for keys.
    text = without_secrets(text[: 4 * chars_max])
    if not text.isascii() or not text.isprintable():
        text = _UNSAFE.sub(_escaped, text)
    return text if len(text) <= chars_max else text[: chars_max - 1] + CUT
