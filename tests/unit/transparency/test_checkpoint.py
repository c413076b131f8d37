"""A checkpoint has one spelling, and what is none is refused."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.transparency.checkpoint import Checkpoint, checkpoint_in
from gateway.transparency.merkle import EMPTY_ROOT

ORIGIN = "archive.example/_copyfair/books"
TEXT = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_it_is_spelled_as_c2sp_says() -> None:
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT).text == TEXT


def test_it_reads_back_and_an_extension_passes() -> None:
    assert checkpoint_in(TEXT + "somebody's line\n").text == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.replace("\n0\n", "\n00\n"),
        TEXT.replace("\n0\n", "\n-1\n"),
        TEXT.replace("47DE", "47D!"),
        TEXT.replace("47DE", ""),
        TEXT.replace("archive", "ar chive"),
        TEXT.removesuffix("\n"),
    ],
    ids=["nothing", "zeros", "negative", "letters", "short", "space", "unfinished"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        checkpoint_in(text)


def test_a_root_of_another_length_is_no_checkpoint() -> None:
    with pytest.raises(InvalidValue):
        Checkpoint(ORIGIN, 1, b"short")
