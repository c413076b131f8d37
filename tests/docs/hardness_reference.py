"""docs/reference/hardness.md: how each proof is run, and what the last run measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.conformance.sequences import SEQUENCES
from tests.figures import FOLDER

UNMEASURED = "not measured yet"
PAGE = """\
# Hardness

<!-- Written by `python -m tests.docs.generated`, the figures from what
`make soak` last wrote to bench/results/hardness/. -->

What an attacker, a slow client, a careless edit or a very long log may do, and the
proof that it holds. Every proof but the last four speaks to a running gateway over
sockets; each is deterministic by its seed, and prints its counts. `make test` runs it
in a reduced count; `make soak T=…` in full, and keeps the figures.

## The proofs

| what must hold | proof | usual count | in full |
|---|---|---|---|
| published HTTP/1.1 vectors: none fails in smuggling or malformed input, the others \
are argued in [http1_argued.md](../../tests/conformance/http1_argued.md) | \
`test_published_vectors_find_no_hole` | 143 | 143 |
| … and what is passed on is exactly one request, by the upstream's raw bytes | \
`test_what_is_passed_on_is_one_request` | 143 | 143 |
| conversations of several steps stay in step, on both sides | \
`test_a_conversation_stays_in_step` | {sequences} | {sequences} |
| three other parsers read one and the same thing in whatever is passed on | \
`test_three_parsers_read_the_same_in_what_is_passed_on`, \
`test_three_parsers_read_the_same_in_very_much_of_it` | 2,000 | 200,000 |
| no spelling of a path reads restricted material from nginx, Apache, Flask or \
Express | `test_no_spelling_walks_around_a_policy`, \
`test_no_spelling_of_very_many_does` | 3,000 | 100,000 |
| readers go on beside slow heads, slow bodies and slow reading | \
`test_readers_go_on_beside_slow_clients`, \
`test_readers_go_on_beside_ten_thousand_slow_clients` | 600 | 10,000 |
| … limits end whoever is slow | `test_a_limit_ends_whoever_is_slow` | 60 | 60 |
| … and slow clients leave room at the upstream | \
`test_slow_clients_leave_room_at_the_upstream` | 90 | 90 |
| reloads at load, one in ten faulty: no request fails, a WebSocket and a long \
download go on | `test_nobody_notices_reloads`, \
`test_nobody_notices_a_thousand_reloads` | 30 | 1,000 |
| restarts of all processes at load: no request fails | \
`test_10_restarts_under_load_fail_no_request`, \
`test_50_restarts_under_load_fail_no_request` | 10 | 50 |
| a cap of 100 lets 100 of 2,000 pass, on two workers | \
`test_a_cap_of_100_lets_exactly_100_of_2000_pass_on_two_workers`, \
`test_a_cap_of_100_lets_exactly_100_pass_every_time` | once | 20 times |
| `kill -9` of workers and of the writer at load: no event is lost or doubled | \
`test_25_kills_of_workers_and_writer_lose_and_double_nothing`, \
`test_200_kills_of_workers_and_writer_lose_and_double_nothing` | 25 | 200 |
| `kill -9` of the whole gateway at load: likewise | \
`test_25_kills_under_load_lose_and_double_nothing`, \
`test_1000_kills_under_load_lose_and_double_nothing` | 25 | 1,000 |
| `kill -9` of a process that bills, numbers, takes in statements, credits and pays \
back: no gap, no double, nothing by halves | \
`test_20_kills_leave_the_books_whole`, `test_1000_kills_leave_the_books_whole` \
| 20 | 1,000 |
| a store that fails at any call in the life of an agreement: done again, it is row \
for row as if never | \
`test_a_step_that_failed_at_any_call_is_done_again_and_nothing_differs`, \
`test_so_it_is_whatever_is_lost_and_however` | each call before, each commit after | \
each call both ways, as an outage and a crash |
| a log of any length is replayed by `copyfair simulate` in the same memory | \
`test_a_log_of_strangers_is_replayed_in_bounded_memory`, \
`test_five_million_lines_are_replayed_in_memory_that_stays_flat` | 60,000 | 5,000,000 |
| published books are computed again, and whichever row is turned, taken out, put in \
or moved is named | `test_whatever_is_done_to_one_row_it_is_named`, \
`test_a_million_rows_are_recomputed_and_any_bad_one_is_named` | 6,000 rows | \
1,000,000 rows, 100,000 postings |

## How they are run

| proof | command |
|---|---|
| parsers | `make soak T=tests/conformance/test_parsers_agree.py` |
| spellings | `make soak T=tests/conformance/test_spellings.py`, after `make services` |
| slow connections | `make soak T=tests/journeys/test_slow_connections.py`, \
with `ulimit -n 20000` |
| reloads | `make soak T=tests/journeys/test_reloads.py` |
| restarts | `make soak T=tests/journeys/test_rolling_restart.py` |
| caps | `make soak T=tests/journeys/test_workers.py`, with `ulimit -n 20000` |
| kills of workers and writer | `make soak T=tests/journeys/test_workers_killed.py` |
| kills of everything | `make soak T=tests/journeys/test_killed_at_load.py` |
| kills at the books | `make soak T=tests/journeys/test_killed_at_the_books.py` |
| a store that fails | `make soak \
T=tests/integration/test_any_store_call_may_fail.py` |
| long logs | `make soak T=tests/integration/simulation/test_flat_memory.py` |
| published books | `make soak T=tests/unit/transparency/test_many_rows.py` |

Where time is short, `COPYFAIR_SOAK_S=1200` ends reloads, restarts, crowds and kills
after so many seconds; the figures say what count was reached.
After them, `python -m tests.docs.generated` renews the table below.

## What was measured

| what | promised | measured | date | commit | machine |
|---|---|---|---|---|---|
{rows}

Times are wall-clock times on a machine that also ran the clients and the upstreams;
they are published, and no test depends on them.

## What these proofs do not show

- The four servers are as their packages and documentation set them up. A server that
  ignores upper and lower case in paths (Express does in fixed routes, and most file
  systems that are not Linux's) reads `/SECRET` as `/secret`; see
  [one reading of a URL](../explanation/one-reading-of-a-url.md).
- An upstream that takes a request's body for a request of its own (CL.0) cannot be
  cured from here. The proof is that no other client ever gets the answer to it.
- Random mutations find what is near a well-formed request. What is far from it is
  the business of the published vectors.
"""


def _failed(figures: Mapping[str, Any]) -> str:
    readers = figures["readers"]
    return f"{len(readers['failed'])} of {readers['answered']:,}"


def _reloads(figures: Mapping[str, Any]) -> str:
    total = figures["good"] + figures["faulty"]
    return f"{total:,}, of which {figures['faulty']:,} faulty: {_failed(figures)}"


def _leaks(figures: Mapping[str, Any]) -> str:
    leaked = sum(each["leaked"] for each in figures["upstreams"].values())
    tempting = sum(each["tempting"] for each in figures["upstreams"].values())
    asked = figures["spellings"] * len(figures["upstreams"])
    return f"{leaked} of {asked:,}, {tempting:,} of which read it on the server itself"


def _disagreements(figures: Mapping[str, Any]) -> str:
    passed, requests = figures["passed on"], figures["requests"]
    return f"0 of {requests:,}, {passed:,} of which were passed on"


def _restarts(figures: Mapping[str, Any]) -> str:
    failed, answered = len(figures["failed"]), figures["answered"]
    return f"{failed} of {answered:,}, over {figures['restarts']:,} restarts"


def _kills(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['lost']} lost, {figures['doubled']} doubled of "
        f"{figures['events']:,}, after {figures['kills']:,} kills; "
        f"{figures['orphaned']:,} orphans billed nothing"
    )


def _books(figures: Mapping[str, Any]) -> str:
    return (
        f"0 gaps, doubles or halves after {figures['kills']:,} kills: "
        f"{figures['invoices']:,} invoices, {figures['credit notes']:,} credit notes, "
        f"{figures['payments']:,} payments, {figures['events']:,} events"
    )


def _store_faults(figures: Mapping[str, Any]) -> str:
    return (
        f"0 of {figures['faults']:,}, at {figures['calls']:,} calls of "
        f"{figures['steps']} steps"
    )


def _caps(figures: Mapping[str, Any]) -> str:
    passed = sorted(set(figures["passed"]))
    return (
        f"{', '.join(map(str, passed))} of {figures['crowd']:,} on "
        f"{figures['workers']} workers, {len(figures['passed'])} times"
    )


def _held(figures: Mapping[str, Any]) -> str:
    middle, last = figures["middle_third_peak_mb"], figures["last_third_peak_mb"]
    return f"{middle} to {last} MiB, over {figures['lines']:,} lines"


def _recomputed(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['recomputed_s']} s of one core ({figures['recomputed_wall_s']} s by"
        f" the clock), {figures['postings']:,} postings among {figures['rows']:,} rows"
    )


def _named(figures: Mapping[str, Any]) -> str:
    told = figures["done"].items()
    return ", ".join(f"{how}: in {each['named_s']} s" for how, each in told)


# What is promised, of which proof, and its figure.
ROWS: tuple[tuple[str, str, str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("parsers that disagree", "0", "parsers-agree", _disagreements),
    ("spellings that read restricted material", "0", "spellings", _leaks),
    (
        "the 99th percentile of the others beside 10,000 slow connections",
        "< 250 ms",
        "slow-connections",
        lambda figures: f"{figures['readers']['p99_ms']} ms",
    ),
    (
        "memory grown by them",
        "< 300 MiB",
        "slow-connections",
        lambda figures: f"{figures['grown_mb']} MiB",
    ),
    ("requests of others that failed beside them", "0", "slow-connections", _failed),
    ("requests that failed during reloads", "0", "reloads", _reloads),
    ("requests that failed during restarts", "0", "restarts", _restarts),
    ("requests that pass a cap of 100", "100", "caps", _caps),
    ("events after kills of workers and writer", "0 lost", "worker-kills", _kills),
    ("events after kills of everything", "0 lost", "kills", _kills),
    ("books after kills of who keeps them", "whole", "book-kills", _books),
    ("faults of the store that leave a trace", "0", "store-faults", _store_faults),
    (
        "memory of a replay, from its middle to its end",
        "flat",
        "simulate-memory",
        _held,
    ),
    ("published books, computed again", "< 60 s", "books-recomputed", _recomputed),
    ("one bad row of them, named", "each", "books-recomputed", _named),
)


def page() -> str:
    """The page, with the figures there are."""
    rows = []
    for what, promised, proof, shown in ROWS:
        file = FOLDER / f"{proof}.json"
        if not file.exists():
            rows.append(f"| {what} | {promised} | {UNMEASURED} | – | – | – |")
            continue
        told = json.loads(file.read_text(encoding="utf-8"))
        when = f"{told['date']} | `{told['commit']}` | {told['machine']}"
        rows.append(f"| {what} | {promised} | {shown(told['figures'])} | {when} |")
    return PAGE.format(sequences=len(SEQUENCES), rows="\n".join(rows))
