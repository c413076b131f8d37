"""YAML read as text and nothing else: every scalar a string with its place.

`on`, `no`, `1_000` and dates mean nothing here; the schema gives them a type.
What could surprise or hurt is refused while the parser runs, before anything is
built from it: anchors and aliases (bombs), tags (code), repeated keys, several
documents, and files that are too big, too deep or too full. So a hostile file
costs what its first few nodes cost, never what it would unfold to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from gateway.policy_files.faults import Fault, Faults, Mark

FILE_BYTES_MAX = 1_048_576
NODES_MAX = 50_000
DEPTH_MAX = 50

# libyaml where it is there; the pure parser reads the same language, slower.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_BEGINS = {yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent}
_ENDS = {yaml.SequenceEndEvent, yaml.MappingEndEvent}


class Text(str):
    """A scalar, exactly as written between its quotes, and where it stands."""

    __slots__ = ("mark",)
    mark: Mark

    @classmethod
    def at(cls, mark: Mark, text: str) -> Text:
        """*text* as it stands at *mark*."""
        made = cls(text)
        made.mark = mark
        return made


class Listing(list["Node"]):
    """A sequence, and where it begins."""

    __slots__ = ("mark",)

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


class Mapping(dict[Text, "Node"]):
    """A mapping, and where it begins; its keys are `Text` and know their place."""

    __slots__ = ("mark",)

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


Node = Text | Listing | Mapping


def read_yaml(path: str, text: str | bytes) -> Node:
    """Read one YAML document.

    Args:
        path: How faults name the file.
        text: Its content; bytes are taken as UTF-8.

    Returns:
        `Text`, `Listing` or `Mapping`: str, list and dict with a `mark`.

    Raises:
        Faults: the file is no YAML, or is more than we want to read.
    """
    node, faults = read_noting(path, text)
    if faults or node is None:
        raise Faults(faults)
    return node


def read_noting(path: str, text: str | bytes) -> tuple[Node | None, list[Fault]]:
    """Read one YAML document, and go on where a fault leaves the rest readable.

    Args:
        path: As in `read_yaml`.
        text: As in `read_yaml`.

    Returns:
        What could be read, so that more can be said about it, and every fault; the
        document is None where nothing can be said, and then there are faults.
    """
    try:
        content = _decoded(path, text)
    except Faults as error:
        return None, list(error.faults)
    reading = _Reading(path)
    node: Node | None = None
    try:
        reading.survey(content)
        node = None if reading.faults else reading.document(events_of(content))
    except yaml.MarkedYAMLError as error:
        reading.faults.append(_syntax_fault(path, error))
    except yaml.YAMLError as error:
        place = getattr(error, "position", 0) or 0
        mark = _mark_of_offset(path, content, place)
        reading.faults.append(Fault(mark, "a character that YAML does not allow"))
    if node is None and not reading.faults:
        reading.faults.append(Fault(Mark(path), "the file is empty"))
    return node, reading.faults


def events_of(content: str) -> Iterator[yaml.Event]:
    """What the parser meets, one event after the other, as far as it is asked."""
    parser = _LOADER(content)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


def _decoded(path: str, text: str | bytes) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode())
    if size > FILE_BYTES_MAX:
        detail = f"the file has {size} bytes; at most {FILE_BYTES_MAX} are read"
        raise Faults([Fault(Mark(path), detail, "split it")])
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - (text.rfind(b"\n", 0, error.start) + 1) + 1
        fault = Fault(Mark(path, line, column), "not UTF-8", "save the file as UTF-8")
        raise Faults([fault]) from None


def _syntax_fault(path: str, error: yaml.MarkedYAMLError) -> Fault:
    place = error.problem_mark or error.context_mark
    mark = Mark(path, place.line + 1, place.column + 1) if place else Mark(path)
    return Fault(mark, f"not YAML: {error.problem or error.context}")


def _mark_of_offset(path: str, content: str, offset: int) -> Mark:
    # libyaml reports bytes and the pure parser characters; the line is what helps.
    before = content.encode()[:offset].decode(errors="ignore")
    return Mark(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Stop(Exception):
    """Nothing after this point is worth reading."""


class _Reading:
    """One pass over the parser's events, stopped at the first that goes too far."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.faults: list[Fault] = []
        self._nodes = 0

    def survey(self, content: str) -> None:
        """Count nodes before building any: refusing a full file is then cheap.

        A node takes a byte at least, so most files need no counting.
        """
        if len(content) <= NODES_MAX:
            return
        nodes = depth = 0
        for event in events_of(content):
            kind = type(event)
            if kind in _ENDS:
                depth -= 1
            elif kind in _BEGINS:
                nodes += 1
                depth += kind is not yaml.ScalarEvent
                if nodes > NODES_MAX:
                    self.faults.append(self._too_full(event))
                    return
                if depth > DEPTH_MAX:  # building will stop at the same place
                    return

    def document(self, events: Iterator[yaml.Event]) -> Node | None:
        """The only document of the stream, or None where there is none."""
        node: Node | None = None
        documents = 0
        try:
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._stop(event, "a second document in one file", "split it")
                    node = self._node(next(events), events, 1)
        except _Stop:
            return None
        return node

    def _node(
        self, event: yaml.Event, events: Iterator[yaml.Event], depth: int
    ) -> Node:
        mark = self._admit(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Text.at(mark, event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(Listing(mark), events, depth)
        return self._mapping(Mapping(mark), events, depth)

    def _listing(
        self, listing: Listing, events: Iterator[yaml.Event], depth: int
    ) -> Listing:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            listing.append(self._node(event, events, depth + 1))
        return listing

    def _mapping(
        self, mapping: Mapping, events: Iterator[yaml.Event], depth: int
    ) -> Mapping:
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Text):
                self.faults.append(Fault(key.mark, "a key must be a plain word"))
            elif key in mapping:
                first = next(known for known in mapping if known == key)
                detail = f'the key "{key[:80]}" stands here a second time'
                hint = f"the first is in line {first.mark.line}"
                self.faults.append(Fault(key.mark, detail, hint))
                if len(self.faults) >= 100:
                    raise _Stop
            else:
                mapping[key] = value
        return mapping

    def _admit(self, event: Any, depth: int) -> Mark:
        """Count a node in, or stop."""
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            self._stop(event, "an alias (*name)", "write the value out")
        # Every event that is left begins a node, and so can bear both.
        if event.anchor is not None:
            self._stop(event, "an anchor (&name)", "write the value out")
        if event.tag is not None:
            self._stop(event, "a tag (!name)", "leave it out; every value is text")
        if depth > DEPTH_MAX:
            self._stop(event, f"nested deeper than {DEPTH_MAX} levels")
        if self._nodes > NODES_MAX:
            self.faults.append(self._too_full(event))
            raise _Stop
        return self._mark(event)

    def _too_full(self, event: yaml.Event) -> Fault:
        detail = f"more than {NODES_MAX} nodes in one file"
        return Fault(self._mark(event), detail, "split it")

    def _mark(self, event: Any) -> Mark:
        place = event.start_mark
        return Mark(self._path, place.line + 1, place.column + 1)

    def _stop(self, event: yaml.Event, message: str, suggestion: str = "") -> NoReturn:
        self.faults.append(Fault(self._mark(event), message, suggestion))
        raise _Stop
