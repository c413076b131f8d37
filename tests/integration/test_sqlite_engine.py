"""The SQLite engine: guards, errors in our words, migrations, copies."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
)
from gateway.kernel.period import Period
from gateway.storage.engines import engine_of, open_store
from gateway.storage.sqlite import engine as engine_module
from gateway.storage.sqlite.connection import connect
from gateway.storage.sqlite.copies import backup, restore
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite, sqlite_of
from gateway.storage.sqlite.health import check
from gateway.storage.sqlite.parameters import by_number
from gateway.storage.sqlite.schema import apply_pending, schema_state
from gateway.storage.stores.heartbeat_store import SqlHeartbeatStore
from gateway.storage.stores.usage_rows import insert_events
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.usage import a_usage_event, an_intent

TABLE = "CREATE TABLE page (name TEXT PRIMARY KEY, hits INTEGER NOT NULL) STRICT"
INSERT = "INSERT INTO page (name, hits) VALUES (:name, :hits)"


@pytest.fixture(params=["file", "memory"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteDatabase]:
    place = ":memory:" if request.param == "memory" else tmp_path / "store.db"
    opened = open_sqlite(place)
    with opened.transaction() as transaction:
        transaction.run(TABLE)
    yield opened
    opened.close()


@pytest.fixture
def file_db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = open_sqlite(tmp_path / "store.db")
    yield opened
    opened.close()


def names(db: SqliteDatabase) -> list[str]:
    return [row["name"] for row in db.rows("SELECT name FROM page ORDER BY name")]


def write(db: SqliteDatabase, *names: str) -> None:
    with db.transaction() as transaction:
        for name in names:
            transaction.run(INSERT, {"name": name, "hits": 1})


def test_rows_are_mappings(db: SqliteDatabase) -> None:
    with db.transaction() as transaction:
        assert transaction.run(INSERT, {"name": "a", "hits": 1}) == 1

    assert db.rows("SELECT name, hits FROM page") == [{"name": "a", "hits": 1}]
    assert db.row("SELECT hits FROM page WHERE name = :name", {"name": "b"}) is None


def test_a_failed_transaction_leaves_nothing(db: SqliteDatabase) -> None:
    with pytest.raises(Conflict):
        write(db, "a", "a")

    assert names(db) == []


def test_an_inner_transaction_fails_alone(db: SqliteDatabase) -> None:
    with db.transaction() as outer:
        outer.run(INSERT, {"name": "kept", "hits": 1})
        with pytest.raises(Conflict):
            write(db, "gone", "kept")

    assert names(db) == ["kept"]


def test_an_inner_transaction_lasts_only_with_the_outer_one(
    db: SqliteDatabase,
) -> None:
    def write_inside() -> None:
        with db.transaction():
            write(db, "inner")
            write(db, "twice", "twice")

    with pytest.raises(Conflict):
        write_inside()

    assert names(db) == []


def test_many_rows_go_in_one_statement(db: SqliteDatabase) -> None:
    many = [{"name": str(number), "hits": number} for number in range(50)]

    with db.transaction() as transaction:
        assert transaction.run_many(INSERT, many) == 50

    assert len(names(db)) == 50


def test_a_constraint_is_a_conflict_that_names_it(db: SqliteDatabase) -> None:
    with (
        pytest.raises(Conflict, match=r"same page\.name"),
        db.transaction() as transaction,
    ):
        transaction.run_many(INSERT, [{"name": "a", "hits": 1}] * 2)


def test_a_bug_in_the_sql_is_no_error_of_the_store(db: SqliteDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError):
        db.rows("SELECT nothing FROM nowhere")


def test_threads_write_one_after_the_other(db: SqliteDatabase) -> None:
    def work(number: int) -> None:
        for turn in range(20):
            write(db, f"{number}-{turn}")
            db.rows("SELECT count(*) FROM page")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names(db)) == 80


def test_a_stream_sees_one_instant(file_db: SqliteDatabase) -> None:
    with file_db.transaction() as transaction:
        transaction.run(TABLE)
        many = [{"name": f"{number:04}", "hits": 1} for number in range(1_200)]
        transaction.run_many(INSERT, many)

    stream = file_db.stream("SELECT name FROM page ORDER BY name")
    first = next(stream)
    with file_db.transaction() as transaction:
        transaction.run("DELETE FROM page")
    rest = list(stream)

    assert first == {"name": "0000"}
    assert len(rest) == 1_199
    assert file_db.rows("SELECT name FROM page") == []


def test_a_stream_in_memory_gives_the_same(db: SqliteDatabase) -> None:
    with db.transaction() as transaction:
        transaction.run(INSERT, {"name": "a", "hits": 1})

    assert list(db.stream("SELECT hits FROM page")) == [{"hits": 1}]


def test_readers_cannot_write(file_db: SqliteDatabase) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        file_db.rows("DELETE FROM heartbeat")


def test_every_guard_is_on(file_db: SqliteDatabase) -> None:
    with file_db.turn() as connection:
        found = {
            pragma: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "recursive_triggers",
            )
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_the_file_is_for_its_owner_only(file_db: SqliteDatabase) -> None:
    assert Path(file_db.path).stat().st_mode & 0o077 == 0


def test_a_second_writer_that_waits_too_long_is_told(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    other = connect(tmp_path / "store.db")
    other.execute("PRAGMA busy_timeout=1")
    with db.turn() as connection:
        connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="locked"), db.transaction():
        pass

    other.execute("ROLLBACK")
    other.close()
    with db.transaction() as transaction:
        transaction.run(TABLE)
    db.close()


def test_a_thread_that_waits_too_long_is_told(
    file_db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_S", 0.01)
    faults: list[Exception] = []

    def work() -> None:
        try:
            with file_db.transaction():
                pass
        except Unavailable as fault:
            faults.append(fault)

    with file_db.transaction():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert [fault.args[0] for fault in faults] == [
        "the store is busy with a long write; try again"
    ]


def test_a_full_store_takes_nothing_more_and_loses_nothing(
    file_db: SqliteDatabase,
) -> None:
    with file_db.transaction() as transaction:
        transaction.run(TABLE)
        transaction.run(INSERT, {"name": "kept", "hits": 1})
    with file_db.turn() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    def write_on_after_a_fault() -> None:
        with file_db.transaction():
            with pytest.raises(Unavailable, match="no room"):
                write(file_db, "x" * 100_000)
            write(file_db, "slipped in")

    with pytest.raises(Unavailable):
        write_on_after_a_fault()

    assert names(file_db) == ["kept"]


@pytest.mark.parametrize("number", [0, 1, 63, 64, 200])
def test_rows_go_in_by_blocks_in_their_order(
    file_db: SqliteDatabase, number: int
) -> None:
    store = SqlUsageStore(file_db)
    intents = [an_intent(each) for each in range(number)]
    events = [a_usage_event(each) for each in range(number)]

    store.open_intents(intents)
    settled = store.settle_events(events, recorded_us=1)

    assert list(store.events()) == events
    assert [each.seq for each in settled] == [*range(1, number + 1)]
    assert store.intent_counts().settled == number


def test_only_rows_that_are_new_are_counted(file_db: SqliteDatabase) -> None:
    store = SqlUsageStore(file_db)
    store.open_intents([an_intent(each) for each in range(100)])
    store.settle_events([a_usage_event(7)], recorded_us=1)

    events = [a_usage_event(each) for each in range(100)]
    with file_db.transaction() as transaction:
        _, added = insert_events(
            transaction, events, marks=[(0, 0)] * 100, recorded_us=1, had_intent=True
        )
        assert added == 99


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE usage_event SET body_bytes = 0, billable_bytes = 0",
        "DELETE FROM usage_event",
        "INSERT OR REPLACE INTO usage_event SELECT * FROM usage_event",
        "UPDATE usage_terms SET party_id = 'pty_9'",
        "DELETE FROM usage_terms",
        "DELETE FROM intent",
        "UPDATE intent SET state = 'open', closed_us = NULL",
        "UPDATE intent SET state = 'orphaned'",
        "UPDATE intent SET hold_micros = 5",
        "INSERT INTO intent SELECT 'req_9', 'agr', 0, 1, 'n', 'b', 'settled', 2",
        "DELETE FROM open_intent",
        "UPDATE open_intent SET hold_micros = 5",
        "INSERT INTO open_intent SELECT 'req_1', 'agr', 0, 1, 'n', 'b'",
        "INSERT INTO open_intent SELECT 'req_2', 'agr', 0, 1, 'n', 'b'",
        "DELETE FROM settled_intents",
        "UPDATE settled_intents SET number = number - 1",
    ],
)
def test_what_was_metered_is_never_rewritten(
    file_db: SqliteDatabase, statement: str
) -> None:
    store = SqlUsageStore(file_db)
    store.open_intents([an_intent(each) for each in (1, 2, 3)])
    store.settle_events([a_usage_event()], recorded_us=1)
    store.release_intent("req_2", at_us=2)

    with (
        pytest.raises(Conflict, match=r"never|once|starts"),
        file_db.transaction() as transaction,
    ):
        transaction.run(statement)

    assert list(store.events()) == [a_usage_event()]


def test_an_hour_without_a_mark_was_silent(file_db: SqliteDatabase) -> None:
    hour_us = 3_600_000_000
    store = SqlHeartbeatStore(file_db)
    store.beat("node-1", at_us=hour_us + 5)
    store.beat("node-1", at_us=hour_us + 9)
    store.beat("node-2", at_us=5)

    silent = store.silent_hours("node-1", Period(0, 3 * hour_us))

    assert silent == (0, 2 * hour_us)


def test_opening_again_finds_nothing_to_migrate(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "store.db").close()

    db = open_sqlite(tmp_path / "store.db")

    assert engine_of("sqlite://").apply_migrations(db) == ()
    assert check(db).pending == ()
    db.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    with db.transaction() as transaction:
        transaction.run(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('metering', 'm999_tomorrow', 'x')"
        )
    db.close()

    with pytest.raises(Misconfigured, match=r"newer version.*m999_tomorrow"):
        open_sqlite(tmp_path / "store.db")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE theirs (name TEXT)")
    other.close()

    with pytest.raises(Misconfigured, match="another program"):
        open_sqlite(tmp_path / "other.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, " * 100)

    with pytest.raises(Misconfigured, match="damaged or no database"):
        open_sqlite(tmp_path / "notes.txt")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere does not exist"):
        open_sqlite(tmp_path / "nowhere" / "store.db")


def test_migrations_that_fail_half_way_leave_nothing(tmp_path: Path) -> None:
    migrations = Migrations("room")

    @migrations()
    def m001_works(db: Tables) -> None:
        db.execute(TABLE)

    broken = Migrations("next")

    @broken()
    def m001_breaks(db: Tables) -> None:
        db.execute("CREATE TABLE half (name TEXT) STRICT")
        db.execute("CREATE TABLE page (again TEXT) STRICT")

    connection = connect(tmp_path / "store.db")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        apply_pending(connection, place="store.db", migrations=(migrations, broken))

    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    applied = apply_pending(connection, place="store.db", migrations=(migrations,))
    state = schema_state(connection, migrations=(migrations, broken))
    connection.close()

    assert tables == 0
    assert applied == ("room/m001_works",)
    assert state.pending == ("next/m001_breaks",)


def test_looking_at_an_old_store_changes_nothing(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db", migrate=False)

    health = check(db)

    assert health.applied == 0
    assert "metering/m001_intents_and_usage_events" in health.pending
    db.close()


def test_a_backup_is_whole_and_restores_everything(
    tmp_path: Path, file_db: SqliteDatabase
) -> None:
    store = SqlUsageStore(file_db)
    store.record_event(a_usage_event(1), recorded_us=1)
    backup(file_db, tmp_path / "backup.db")
    store.record_event(a_usage_event(2), recorded_us=1)

    health = restore(file_db, tmp_path / "backup.db")

    assert health.is_sound
    assert [event.id for event in store.events()] == ["req_1"]
    assert store.record_event(a_usage_event(3), recorded_us=1).seq == 2
    assert not (tmp_path / ".backup.db.partial").exists()


def test_a_backup_never_overwrites(tmp_path: Path, file_db: SqliteDatabase) -> None:
    (tmp_path / "backup.db").write_text("mine")

    with pytest.raises(Conflict, match="exists"):
        backup(file_db, tmp_path / "backup.db")

    assert (tmp_path / "backup.db").read_text() == "mine"


def test_a_damaged_backup_is_not_restored(
    tmp_path: Path, file_db: SqliteDatabase
) -> None:
    SqlUsageStore(file_db).record_event(a_usage_event(1), recorded_us=1)
    backup(file_db, tmp_path / "backup.db")
    whole = bytearray((tmp_path / "backup.db").read_bytes())
    whole[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
    (tmp_path / "backup.db").write_bytes(whole)

    with pytest.raises(Misconfigured):
        restore(file_db, tmp_path / "backup.db")

    assert SqlUsageStore(file_db).last_seq() == 1


def test_only_stores_of_ours_are_restored(
    tmp_path: Path, file_db: SqliteDatabase
) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()

    with pytest.raises(Misconfigured, match="no store of ours"):
        restore(file_db, tmp_path / "empty.db")
    with pytest.raises(NotFound, match=r"missing\.db"):
        restore(file_db, tmp_path / "missing.db")


def test_a_lost_reference_is_found(file_db: SqliteDatabase) -> None:
    with file_db.turn() as connection:
        connection.execute("CREATE TABLE parent (id TEXT PRIMARY KEY) STRICT")
        connection.execute("CREATE TABLE child (of TEXT REFERENCES parent) STRICT")
        connection.execute("PRAGMA foreign_keys=0")
        connection.execute("INSERT INTO child VALUES ('nobody')")
        connection.execute("PRAGMA foreign_keys=1")

    health = check(file_db)

    assert health.faults == ("row 1 of child refers to a lost parent",)
    assert not health.is_sound


@pytest.mark.parametrize("url", ["sqlite:///here.db", "sqlite:///{folder}/here.db"])
def test_a_store_is_opened_by_its_url(tmp_path: Path, url: str) -> None:
    db = open_store(url.format(folder=tmp_path), folder=tmp_path)

    assert (tmp_path / "here.db").exists()
    db.close()


def test_a_store_in_memory_needs_no_folder() -> None:
    db = open_store("sqlite://", folder=Path("/nowhere"))

    assert check(db).is_sound
    db.close()


@pytest.mark.parametrize("url", ["mysql://x", "here.db", ""])
def test_an_unknown_engine_is_refused_with_the_known_ones(url: str) -> None:
    with pytest.raises(Misconfigured, match="known: sqlite"):
        open_store(url, folder=Path())


def test_work_for_one_engine_refuses_another() -> None:
    with pytest.raises(InvalidValue):
        sqlite_of(object())  # type: ignore[arg-type] # on purpose


def test_names_in_texts_and_comments_are_no_parameters() -> None:
    sql = "SELECT ':no', \":no\", :yes, :also, :yes -- :no\n"

    numbered, pick = by_number(sql)

    assert numbered == "SELECT ':no', \":no\", ?1, ?2, ?1 -- :no\n"
    assert pick({"also": 2, "yes": 1, "no": 0}) == (1, 2)
    assert by_number("SELECT :one")[1]({"one": 1}) == (1,)
