"""policy_files.reader: text with places, and nothing that surprises or hurts.

A hostile file must cost what its first nodes cost. Wall clocks prove nothing on a
shared machine, so the tests bound what the parser was asked for: its events.
"""

from collections.abc import Iterator

import pytest
import yaml

from gateway.policy_files import reader
from gateway.policy_files.faults import Fault, Faults, Mark
from gateway.policy_files.reader import (
    DEPTH_MAX,
    FILE_BYTES_MAX,
    NODES_MAX,
    Listing,
    Mapping,
    Text,
    read_yaml,
)

BOMB = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "billion laughs": (f"a: &a [lol]\n{BOMB}", "an anchor"),
    "an alias alone": ("a: *nowhere\n", "an alias"),
    "an anchor alone": ("a: &here 1\n", "an anchor"),
    "an anchored key": ("&here a: 1\n", "an anchor"),
    "a Python object": ("a: !!python/object/apply:os.system [id]\n", "a tag"),
    "a standard tag": ("a: !!int 3\n", "a tag"),
    "the non-specific tag": ("a: ! 3\n", "a tag"),
    "a tag by directive": ("%TAG ! tag:x.example,2026:\n---\na: !b c\n", "a tag"),
    "a repeated key": ("a: 1\nb: 2\na: 3\n", "a second time"),
    "two documents": ("a: 1\n---\nb: 2\n", "a second document"),
    "deep brackets": ("[" * 100_000, "deeper than"),
    "deep braces": ("{" * 100_000, "deeper than"),
    "deep dashes": ("- " * 100_000, "deeper than"),
    "deep questions": ("? " * 100_000, "deeper than"),
    "too many items": ("[" + "1," * (NODES_MAX + 10) + "]", "more than"),
    "too many keys": ("".join(f"k{n}: 1\n" for n in range(NODES_MAX)), "more than"),
    "too many bytes": ("#" * (FILE_BYTES_MAX + 1), "at most"),
    "a byte that is no UTF-8": (b"a: b\nc: \xff\n", "not UTF-8"),
    "UTF-16": ("a: b\n".encode("utf-16"), "not UTF-8"),
    "a NUL": ("a: \x00\n", "a character"),
    "a key that is a list": ("[a]: b\n", "a plain word"),
    "a tab": ("a:\n\t- b\n", "not YAML"),
    "an open quote": ('a: "' + "x" * 1000, "not YAML"),
    "nothing": ("", "empty"),
    "only a comment": ("# nothing\n", "empty"),
}


def faults_of(content: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as caught:
        read_yaml("hostile.yaml", content)
    return caught.value.faults


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_file_is_refused_and_says_where(
    content: str | bytes, message: str
) -> None:
    faults = faults_of(content)

    assert message in str(faults[0])
    assert faults[0].file == "hostile.yaml"
    assert faults[0].line >= 1


@pytest.mark.parametrize(
    ("content", "events_max"),
    [
        (f"a: &a [lol]\n{BOMB}" * 100, 10),
        ("[" * 900_000, 2 * DEPTH_MAX + 10),
        ("- " * 500_000, 2 * DEPTH_MAX + 10),
        ("[" + "1," * 500_000, NODES_MAX + 10),
        ("{a: " * 200_000, 4 * DEPTH_MAX + 10),
    ],
    ids=["bomb", "brackets", "dashes", "items", "braces"],
)
def test_reading_stops_where_it_goes_too_far(
    content: str, events_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = 0
    events_of = reader.events_of

    def counted(content: str) -> Iterator[yaml.Event]:
        nonlocal asked_for
        for event in events_of(content):
            asked_for += 1
            yield event

    monkeypatch.setattr(reader, "events_of", counted)

    faults_of(content)

    assert asked_for <= events_max


def test_every_scalar_is_text_with_its_place() -> None:
    node = read_yaml("f.yaml", "a: on\nb: [no, 1_000, 2026-11-23, 0x1f, ~]\n")

    assert isinstance(node, Mapping)
    assert node == {"a": "on", "b": ["no", "1_000", "2026-11-23", "0x1f", "~"]}
    listing = node[Text("b")]
    assert isinstance(listing, Listing)
    assert listing.mark == Mark("f.yaml", 2, 4)
    assert listing[1].mark == Mark("f.yaml", 2, 9)
    assert [key.mark.line for key in node] == [1, 2]


def test_a_merge_key_is_a_key_like_any_other() -> None:
    node = read_yaml("f.yaml", "<<: {a: 1}\n")

    assert node == {"<<": {"a": "1"}}


def test_every_repeated_key_is_named() -> None:
    faults = faults_of("a: 1\nb: 2\na: 3\nb: 4\nc: {d: 1, d: 2}\n")

    assert [(fault.line, fault.column) for fault in faults] == [(3, 1), (4, 1), (5, 11)]
    assert faults[0].suggestion == "the first is in line 1"


def test_a_byte_order_mark_is_no_content() -> None:
    assert read_yaml("f.yaml", b"\xef\xbb\xbfa: 1\n") == {"a": "1"}


def test_a_file_of_the_greatest_size_is_read() -> None:
    content = "a: 1\n" + "#" * (FILE_BYTES_MAX - 5)

    assert read_yaml("f.yaml", content) == {"a": "1"}
