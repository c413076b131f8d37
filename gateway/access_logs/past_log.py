"""Logs as past requests: several files as one stream in the order of time.

Reading is one process's work and parsing that of all cores: blocks of lines go out,
columns of values come back, in the order in which the blocks stand in the file. What
comes out does not depend on how many processes took part.
"""

from __future__ import annotations

import multiprocessing
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain

from gateway.access_logs.blocks import STDIN, blocks_of
from gateway.access_logs.past_formats import detected, past_format
from gateway.kernel.errors import InvalidValue
from gateway.kernel.past import NOTHING_PAST, PastBlock

SAMPLE_BYTES = 64 * 1024
WAITING_PER_JOB = 2

ParseAll = Callable[[Iterable[bytes], str], Iterator[PastBlock]]
"""From blocks of one format to what they came to, in order."""


def parsed(block: bytes, said: str) -> PastBlock:
    """What a block of lines comes to; a line that cannot be read is only counted.

    Args:
        block: Whole lines, each with its end.
        said: The format, as `--format` takes it.
    """
    # One byte, one character, so nothing can fail to decode and nothing is lost.
    text = block.decode("latin-1")
    return PastBlock(text.count("\n"), past_format(said)(text))


def in_this_process(blocks: Iterable[bytes], said: str) -> Iterator[PastBlock]:
    """Parse where we are."""
    return (parsed(block, said) for block in blocks)


@contextmanager
def in_processes(jobs: int) -> Iterator[ParseAll]:
    """Parse in *jobs* processes beside this one; with none, where we are."""
    if jobs < 1:
        yield in_this_process
        return
    # Spawned ones share nothing with us by accident, on every system alike.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:

        def parse_all(blocks: Iterable[bytes], said: str) -> Iterator[PastBlock]:
            waiting: deque[Future[PastBlock]] = deque()
            for block in blocks:
                waiting.append(pool.submit(parsed, block, said))
                if len(waiting) > jobs * WAITING_PER_JOB:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        yield parse_all


@dataclass(slots=True)
class _Log:
    """One file on its way: its next block, and where in it we stand."""

    path: str
    said: str
    first_us: int
    blocks: Iterator[PastBlock] = field(repr=False)
    block: PastBlock = field(repr=False, default=PastBlock(0, NOTHING_PAST))
    start: int = 0

    def at_us(self) -> int:
        """When its next request was; before it was opened, its first."""
        times = self.block.past.times_us
        return times[self.start] if self.start < len(times) else self.first_us

    def has_more(self) -> bool:
        """Go on to the next block where this one is used up."""
        while self.start >= len(self.block.past.times_us):
            following = next(self.blocks, None)
            if following is None:
                return False
            left = self.block.lines
            self.block = following._replace(lines=following.lines + left)
            self.start = 0
        return True

    def up_to(self, end_us: int | None) -> PastBlock:
        """What comes before *end_us*, at least one request, and is then used up."""
        past = self.block.past
        end = len(past.times_us)
        if end_us is not None:
            end = max(self.start + 1, bisect_right(past.times_us, end_us, self.start))
        found = PastBlock(self.block.lines, past.part(self.start, end))
        self.block, self.start = PastBlock(0, past), end
        return found


def past_logs(
    paths: Iterable[str], *, said: str = "", parse_all: ParseAll = in_this_process
) -> Iterator[PastBlock]:
    """The requests of some logs, in the order of time.

    Within a file lines stand nearly in order, as servers write them; files may
    overlap. Each is opened when its time has come.

    Args:
        paths: Files, packed or not; `-` is standard input.
        said: A format for all of them; empty to recognise that of each.
        parse_all: Where to parse.

    Raises:
        InvalidValue: no known format fits a file, or it breaks off.
        OSError: a file cannot be read.
    """
    logs = [_opened(path, said, parse_all) for path in paths]
    waiting = sorted(logs, key=_Log.at_us, reverse=True)
    while waiting:
        log = waiting.pop()
        if not log.has_more():
            if log.block.lines:
                yield PastBlock(log.block.lines, NOTHING_PAST)
            continue
        if waiting and log.at_us() > waiting[-1].at_us():
            _put_back(waiting, log)
            continue
        yield log.up_to(waiting[-1].at_us() if waiting else None)
        _put_back(waiting, log)


def _put_back(waiting: list[_Log], log: _Log) -> None:
    waiting.append(log)
    waiting.sort(key=_Log.at_us, reverse=True)


def _opened(path: str, said: str, parse_all: ParseAll) -> _Log:
    blocks: Iterator[bytes] = blocks_of(path)
    if path == STDIN:
        first = next(blocks, b"")
        # Standard input is read once, so what was looked at is put back.
        blocks = chain([first], blocks)
    else:
        with closing(blocks_of(path, block_bytes=SAMPLE_BYTES)) as sampled:
            first = next(sampled, b"")
    sample = _sample(first)
    said = said or detected(sample)
    if not said and sample.strip():
        raise InvalidValue(
            f"{path}: no known log format fits; give --format with a name or with "
            "the LogFormat or log_format of your server"
        )
    said = said or "combined"
    times = past_format(said)(sample).times_us
    return _Log(path, said, times[0] if times else 0, parse_all(blocks, said))


def _sample(block: bytes) -> str:
    sample = block[:SAMPLE_BYTES].decode("latin-1")
    return sample[: sample.rfind("\n") + 1] or sample
