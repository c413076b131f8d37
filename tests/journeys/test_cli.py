"""The command line on a set-up of one's own: init, policies, questions, the store."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from gateway.bootstrap import opened
from gateway.settings import read_settings
from gateway.storage.stores.appeal_store import StoredAppeals
from tests.journeys.command_line import (
    PUBLIC_URL,
    UPSTREAM,
    Archive,
    an_archive,
    copyfair,
)
from tests.journeys.running import COPYFAIR, ENVIRONMENT

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = f"{PUBLIC_URL}/registers/1742"
EXPLAINED = {
    *("schema", "decision", "status", "rule", "reason", "file", "line", "class"),
    *("collection", "facts", "evidence", "duties", "budget", "lane", "switches"),
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


# ── init ─────────────────────────────────────────────────────────────────────
def test_init_writes_a_set_up_that_loads_and_says_what_comes_next(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my-archive"

    said = copyfair("init", folder, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL)

    assert said.status == 0
    assert f"copyfair serve  --config {folder}/gateway.yaml" in said.out
    assert f"copyfair off --config {folder}/gateway.yaml" in said.out
    assert "licence_mode is `off`" in said.out
    assert copyfair("policy", "check", folder / "policies").status == 0
    keys = list((folder / "keys").iterdir())
    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}


def test_init_tells_a_script_which_files_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "my-archive"

    told = copyfair(
        *("init", folder, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL),
        *("--licence", "invoice", "--json"),
    ).json

    assert set(told) == {"schema", "folder", "files", "notes"}
    assert told["schema"] == "copyfair/init/1"
    assert all(Path(file).exists() for file in told["files"])
    assert f"{folder}/policies/tariffs/ai-2026.yaml" in told["files"]
    assert "seller is `none`" in told["notes"][0]


def test_init_takes_presets_and_says_which_there_are(tmp_path: Path) -> None:
    told = ("--upstream", UPSTREAM, "--public-url", PUBLIC_URL)
    folder = tmp_path / "wiki"

    made = copyfair("init", folder, *told, "--preset", "mediawiki", "--preset", "feeds")
    refused = copyfair("init", tmp_path / "b", *told, "--preset", "mediawikki")
    tried = copyfair("policy", "test", folder / "policies")
    listed = copyfair("policy", "presets", folder / "policies")

    assert made.status == tried.status == listed.status == 0
    assert {file.stem for file in (folder / "policies/presets").iterdir()} == {
        *("mediawiki", "feeds"),
    }
    assert "presets: [mediawiki, feeds]" in (
        folder / "policies/collections/whole-site.yaml"
    ).read_text(encoding="utf-8")
    assert refused.status == 2
    assert 'did you mean "mediawiki"?' in refused.err
    assert listed.out.splitlines()[0].startswith("accessibility ")


def test_a_robots_txt_becomes_a_preset_that_loads(
    archive: Archive, tmp_path: Path
) -> None:
    file, policies = tmp_path / "robots.txt", archive.folder / "policies"
    file.write_text("User-agent: GPTBot\nDisallow: /*?q=\nNoise: 1\n", encoding="utf-8")

    shown = copyfair("policy", "import", "robots", file)
    made = copyfair("policy", "import", "robots", file, "--into", policies)
    again = copyfair("policy", "import", "robots", file, "--into", policies)

    assert shown.status == made.status == 0
    assert shown.out == (policies / "presets/from-robots.yaml").read_text("utf-8")
    assert f"{file}:3" in shown.err
    assert f"{file}:2" in shown.err
    assert "exists; remove it" in again.err
    assert copyfair("policy", "check", policies).status == 0


def test_init_quotes_what_yaml_would_misread(tmp_path: Path) -> None:
    folder = tmp_path / "my-archive"

    said = copyfair(
        *("init", folder, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL),
        *("--steward", 'Registers: "the" #1', "--contact", "@me"),
    )

    assert said.status == 0
    collection = (folder / "policies/collections/whole-site.yaml").read_text("utf-8")
    assert "steward: \"Registers: 'the' #1\"\n" in collection
    assert copyfair("policy", "check", folder / "policies").status == 0


@pytest.mark.parametrize("there", ["gateway.yaml", "policies/mine.yaml", "notes.txt"])
def test_init_never_writes_into_a_folder_that_holds_something(
    tmp_path: Path, there: str
) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine", encoding="utf-8")

    said = copyfair(
        "init", tmp_path, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL
    )

    assert said.status == 1
    assert str(tmp_path) in said.err
    assert "choose another folder" in said.err
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "keys").exists()


def test_init_takes_an_empty_folder_and_an_empty_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    said = copyfair(
        "init", tmp_path, "--upstream", UPSTREAM, "--public-url", PUBLIC_URL
    )

    assert said.status == 0


@pytest.mark.parametrize("licence", ["Creative Commons", "- x", ""])
def test_init_writes_no_licence_that_policies_refuse(
    tmp_path: Path, licence: str
) -> None:
    said = copyfair(
        *("init", tmp_path / "a", "--upstream", UPSTREAM, "--public-url", PUBLIC_URL),
        *("--spdx", licence),
    )

    assert said.status == 2
    assert "Invalid value for '--spdx'" in said.err
    assert "write an SPDX id, or LicenseRef-…" in said.err
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("upstream", "public_url", "complaint"),
    [
        ("nonsense", PUBLIC_URL, "Invalid value for '--upstream'"),
        (UPSTREAM, "https://archive.example/path", "only scheme, host and port"),
    ],
)
def test_init_names_the_option_that_is_wrong(
    tmp_path: Path, upstream: str, public_url: str, complaint: str
) -> None:
    said = copyfair(
        "init", tmp_path / "a", "--upstream", upstream, "--public-url", public_url
    )

    assert said.status == 2
    assert complaint in said.err
    assert not (tmp_path / "a").exists()


def test_init_where_no_folder_can_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = copyfair(
        *("init", tmp_path / "file" / "a"),
        *("--upstream", UPSTREAM, "--public-url", PUBLIC_URL),
    )

    assert said.status == 2
    assert "Not a directory; choose another folder" in said.err


# ── which set-up ─────────────────────────────────────────────────────────────
def test_a_set_up_that_is_not_there_says_who_writes_one(tmp_path: Path) -> None:
    said = copyfair("audit", "--config", tmp_path)

    assert said.status == 2
    assert said.err == (
        f"copyfair: cannot read {tmp_path}/gateway.yaml: No such file or directory; "
        "`copyfair init` writes one\n"
    )


@pytest.mark.parametrize(
    "words",
    ["data list", "top", "letter --operator openai access.log"],
    ids=["data", "top", "letter"],
)
def test_where_no_set_up_is_at_hand_both_ways_on_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(tmp_path)

    said = copyfair(*words.split())

    assert said.status == 2
    assert said.err == (
        "copyfair: there is no gateway.yaml in this folder; say where the set-up is "
        "with --config FILE, or make one with `copyfair init`\n"
    )


def test_a_folder_means_the_set_up_in_it(archive: Archive) -> None:
    assert copyfair("audit", "--config", archive.folder).status == 0


def test_every_fault_of_a_set_up_is_named_with_its_place(archive: Archive) -> None:
    archive.rewrite("protect: watch ", "protect: wach ")
    archive.rewrite("trusted_proxies: []", "trusted_proxies: [0.0.0.0/0]")

    said = archive.says("party", "list")

    assert said.status == 2
    faults = said.err.removeprefix("copyfair: ").splitlines()
    assert len(faults) == 2
    assert faults[0].startswith(f"{archive.config}:6:10  ")
    assert 'did you mean "watch"?' in faults[0]
    assert "would believe everybody" in faults[1]


def test_a_store_that_cannot_be_opened_is_not_reachable(archive: Archive) -> None:
    archive.rewrite("sqlite:///copyfair.db", "sqlite:///gone/copyfair.db")

    said = archive.says("party", "list")

    assert said.status == 2
    assert f"{archive.folder}/gone does not exist; make it first" in said.err


# ── policies ─────────────────────────────────────────────────────────────────
def plant_ten_faults(policies: Path) -> set[str]:
    """Spoil a folder in ten places; gives `file:line:column` of each."""
    collections = policies / "collections"
    shutil.rmtree(collections)
    collections.mkdir()
    (collections / "maps.yaml").write_text(
        "collection: maps\n"
        "title: Maps\n"
        "steward: Map Room\n"
        "contact: maps@archive.example\n"
        "upsteam: archive\n"  # 5:1 unknown key; 1:1 the key itself is missing
        "match: {paths: [maps/**]}\n"  # 6:17 a pattern starts with a slash
        "licence: CC-BY-SA-4.0\n"
        "sensitivity: opne\n"  # 8:14
        "extends: copyfair\n"
        "rules:\n"
        "  - id: no-resale\n"
        "    when: {use: resell}\n"  # 12:17
        "    then: refuse\n"  # 13:11
        "    because: Assembly.\n",
        encoding="utf-8",
    )
    (collections / "registers.yaml").write_text(
        "collection: registers\n"
        "title: Registers\n"
        "steward: Diocese\n"
        "contact: licences@archive.example\n"
        "upstream: archive\n"
        'match: {paths: ["/registers/**"]}\n'
        "licence: CC0-1.0\n"
        "extends: copyfare\n"  # 8:10
        "tariff: ai-2062\n",  # 9:9
        encoding="utf-8",
    )
    (policies / "tariffs" / "ai-2026.yaml").write_text(
        "tariff: ai-2026\n"
        "version: 1\n"
        "currency: EURO\n"  # 3:11
        "per: 1 GiB\n"
        "brackets_over: yaer\n"  # 5:16
        "brackets:\n"
        "  - {price: 1.00}\n",
        encoding="utf-8",
    )
    return {
        *("collections/maps.yaml:1:1", "collections/maps.yaml:5:1"),
        *("collections/maps.yaml:6:17", "collections/maps.yaml:8:14"),
        *("collections/maps.yaml:12:17", "collections/maps.yaml:13:11"),
        *("collections/registers.yaml:8:10", "collections/registers.yaml:9:9"),
        *("tariffs/ai-2026.yaml:3:11", "tariffs/ai-2026.yaml:5:16"),
    }


def test_ten_faults_in_several_files_are_all_named_at_once(archive: Archive) -> None:
    planted = plant_ten_faults(archive.policies)

    done = subprocess.run(
        [COPYFAIR, "policy", "check", str(archive.policies)],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    *faults, last = done.stdout.splitlines()
    places = {fault.removeprefix(f"{archive.policies}/").split()[0] for fault in faults}
    assert places == planted
    assert last == "10 faults"
    assert done.stdout.count("did you mean") >= 5


def test_the_same_faults_as_a_document(archive: Archive) -> None:
    planted = plant_ten_faults(archive.policies)

    said = copyfair("policy", "check", archive.policies, "--json")

    assert said.status == 2
    told = said.json
    assert set(told) == {"schema", "ok", "folder", "version", "faults", "warnings"}
    assert told["ok"] is False
    assert told["version"] is None
    assert {
        f"{one['file']}:{one['line']}:{one['column']}" for one in told["faults"]
    } == planted


def test_a_warning_is_shown_and_does_not_forbid(archive: Archive) -> None:
    collection = archive.policies / "collections" / "whole-site.yaml"
    rules = (
        "rules:\n"
        "  - {id: all, then: allow, because: Open week.}\n"
        "  - {id: never-reached, then: deny, because: Nobody gets here.}\n"
    )
    collection.write_text(collection.read_text("utf-8") + rules, encoding="utf-8")

    said = copyfair("policy", "check", archive.policies)
    told = copyfair("policy", "check", archive.policies, "--json").json

    assert said.status == 0
    assert "(warning)" in said.out
    assert told["ok"] is True
    assert told["warnings"]


@pytest.mark.parametrize("verb", ["check", "test"])
def test_a_folder_that_is_not_there_is_faulty_input(tmp_path: Path, verb: str) -> None:
    said = copyfair("policy", verb, tmp_path / "nowhere")

    assert said.status == 2
    assert f"there is no folder {tmp_path}/nowhere" in said.err


def test_without_a_folder_the_policies_at_hand_are_meant(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = copyfair("policy", "check", "--json").json
    monkeypatch.chdir(archive.folder)
    own = copyfair("policy", "check", "--json").json
    archive.config.unlink()
    beside = copyfair("policy", "check", "--json").json

    assert Path(shipped["folder"]).name == "policies"
    assert not Path(shipped["folder"]).is_relative_to(tmp_path)
    assert Path(own["folder"]) == archive.policies
    assert beside["folder"] == "policies"


def test_cases_that_hold_and_one_that_does_not(archive: Archive) -> None:
    cases = archive.policies / "cases"
    cases.mkdir()
    file = cases / "whole-site.yaml"
    file.write_text(
        "- given: a person in a browser\n"
        "  when: {client: browser}\n"
        "  then: {allow: people-read-freely}\n",
        encoding="utf-8",
    )
    holds = archive.says("policy", "test")
    file.write_text(
        file.read_text("utf-8").replace("allow: people-read-freely", "deny: nobody"),
        encoding="utf-8",
    )
    fails = archive.says("policy", "test")
    told = archive.says("policy", "test", "--json")

    assert (holds.status, fails.status, told.status) == (0, 1, 1)
    assert holds.out.endswith("1 case, 0 failed\n")
    assert "FAILED" in fails.out
    assert set(told.json) == {"schema", "ok", "cases"}
    (case,) = told.json["cases"]
    assert set(case) == {
        *("given", "file", "line", "holds", "expected", "actual", "differs"),
    }
    assert (case["file"], case["line"], case["holds"]) == (
        "cases/whole-site.yaml",
        1,
        False,
    )


def test_policies_that_do_not_load_are_not_tested(archive: Archive) -> None:
    plant_ten_faults(archive.policies)

    said = archive.says("policy", "test")

    assert said.status == 2
    assert "collections/maps.yaml:5:1" in said.err


def test_the_schemas_are_written_for_editors(tmp_path: Path) -> None:
    said = copyfair("policy", "schema", tmp_path / "schema")

    assert said.status == 0
    written = sorted(tmp_path.glob("schema/*.json"))
    assert len(written) == len(said.out.splitlines()) == 9
    assert "$schema" in json.loads(written[0].read_text("utf-8"))


# ── explain, classify ────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("user_agent", "decision", "status", "exit_status"),
    [(BROWSER, "allow", None, 0), ("GPTBot/1.2", "offer", 402, 1)],
)
def test_explain_names_the_rule_and_where_it_stands(
    archive: Archive,
    user_agent: str,
    decision: str,
    status: int | None,
    exit_status: int,
) -> None:
    words = ("explain", "--url", PAGE, "--header", f"User-Agent: {user_agent}")

    said = archive.says(*words)
    told = archive.says(*words, "--json")

    assert (said.status, told.status) == (exit_status, exit_status)
    document = told.json
    assert set(document) == EXPLAINED
    assert (document["decision"], document["status"]) == (decision, status)
    place = archive.policies / document["file"]
    rule = place.read_text("utf-8").splitlines()[document["line"] - 1]
    assert f"id: {document['rule']}" in rule
    assert f"at {document['file']}:{document['line']}\n" in said.out
    assert document["reason"] in said.out
    assert {"fact", "value", "level", "source"} == set(document["facts"][0])


def test_a_denial_is_three(archive: Archive) -> None:
    file = "policies/collections/whole-site.yaml"
    archive.rewrite("sensitivity: open", "sensitivity: restricted", file=file)

    said = archive.says("explain", "--url", PAGE, "--json")

    assert said.status == 3
    assert said.json["decision"] == "deny"
    assert said.json["status"] == 403
    assert said.json["rule"] == "restricted-without-grant"


def test_a_key_that_is_none_of_ours_is_asked_again(archive: Archive) -> None:
    said = archive.says("explain", "--url", PAGE, "--token", "cg_live_nonsense")

    assert said.status == 1
    assert said.out.startswith("identify  credential-refused  (401)\n")
    assert "at the gateway itself" in said.out


@pytest.mark.parametrize("path", ["/robots.txt", "/_copyfair/usage"])
def test_an_address_of_the_gateways_own_is_no_question_of_policy(
    archive: Archive, path: str
) -> None:
    said = archive.says("explain", "--url", f"{PUBLIC_URL}{path}")

    assert said.status == 0
    assert said.out.startswith("allow  own-page  (the gateway answers)\n")


def test_a_key_of_ours_shows_its_party(archive: Archive) -> None:
    words = ("party", "add", "Translation Coop", "--set", "entity=coop-worker")
    archive.tells(*words, "--set", "surplus=to-workers")
    key = archive.tells("key", "issue", "--party", "Translation Coop")["key"]

    told = archive.tells("explain", "--url", PAGE, "--token", key)

    assert told["rule"] == "worker-cooperatives"
    assert told["class"] == "commoner"
    assert told["duties"] == ["attribution", "share-alike"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--url", "archive.example"), "a whole address"),
        (("--url", f"{PUBLIC_URL}/a/../b"), "no one reading"),
        (("--url", PAGE, "--header", "GPTBot"), "'Name: value'"),
        (("--url", PAGE, "--ip", "nonsense"), "'--ip'"),
        (("--url", PAGE, "--method", "GET /"), "'--method'"),
        ((), "Missing option '--url'"),
    ],
)
def test_a_question_with_a_mistake_is_sent_back(
    archive: Archive, words: tuple[str, ...], complaint: str
) -> None:
    said = archive.says("explain", *words)

    assert said.status == 2
    assert complaint in said.err
    assert said.out == ""


def test_classify_reads_and_writes_one_document_per_line() -> None:
    asked = (
        '{"ua": "GPTBot/1.2", "seen": 7}\n'
        "\n"
        '{"ua": "git/2.43.0"}\n'
        '{"ua": "x", "headers": {"Sec-Fetch-Mode": "navigate"}, "ip": "192.0.2.7"}\n'
        "{}\n"
    )

    said = copyfair("classify", stdin=asked)

    assert said.status == 0
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [set(one) for one in answers] == [
        {"kind", "operator", "level", "class", "because"}
    ] * 4
    assert (answers[0]["kind"], answers[0]["operator"]) == ("ai-crawler", "openai")
    assert answers[1]["kind"] == "git"
    assert answers[3]["kind"] == "unknown"


def test_classify_knows_the_agents_of_a_set_up(archive: Archive) -> None:
    agents = archive.policies / "agents"
    agents.mkdir()
    (agents / "atlasbot.yaml").write_text(
        "agent: atlasbot\noperator: atlas\nkind: ai-crawler\n"
        "tokens: [AtlasBot]\nsource: https://atlas.example/bot\n",
        encoding="utf-8",
    )

    said = archive.says("classify", stdin='{"ua": "AtlasBot/2.0"}')

    assert json.loads(said.out)["operator"] == "atlas"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("GPTBot", 'not JSON: Expecting value: line 1 column 1 (char 0); write {"ua"'),
        ('["GPTBot"]', 'not an object; write {"ua": "…"}'),
        ('{"ua": 5}', '"ua" is not a text'),
        ('{"headers": [1]}', '"headers" is not an object'),
    ],
)
def test_classify_names_the_line_that_is_wrong(line: str, complaint: str) -> None:
    said = copyfair("classify", stdin=f'{{"ua": "curl/8"}}\n{line}\n')

    assert said.status == 2
    assert said.err.startswith(f"copyfair: line 2: {complaint}")
    assert len(said.out.splitlines()) == 1


# ── off, on, serve ───────────────────────────────────────────────────────────
def test_off_and_on_are_one_file(archive: Archive) -> None:
    for _ in range(2):
        assert archive.tells("off")["off"] is True
        assert (archive.folder / "off").exists()
    assert "everything is passed on" in archive.says("off").out
    for _ in range(2):
        told = archive.tells("on")
        assert set(told) == {"schema", "off", "config"}
        assert told["off"] is False
    assert not (archive.folder / "off").exists()
    assert "policies decide again" in archive.says("on").out


@pytest.mark.parametrize("listener", ["--listen", "--admin-listen"])
def test_a_port_that_is_taken_is_not_reachable(archive: Archive, listener: str) -> None:
    other = ({"--listen", "--admin-listen"} - {listener}).pop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname()[:2])

        said = archive.says("serve", listener, address, other, "127.0.0.1:0")

    assert said.status == 69
    assert f"{address} is taken" in said.err
    assert "choose another address" in said.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--listen", "everywhere"), "an address such as 127.0.0.1:8700"),
        (("--listen", "192.0.2.1:80"), "cannot listen on 192.0.2.1:80"),
        (("--workers", "65"), "Invalid value for '--workers'"),
    ],
)
def test_an_address_that_cannot_be_is_faulty_input(
    archive: Archive, words: tuple[str, ...], complaint: str
) -> None:
    said = archive.says("serve", *words)

    assert said.status == 2
    assert complaint in said.err


def test_nothing_is_served_with_policies_that_do_not_load(archive: Archive) -> None:
    plant_ten_faults(archive.policies)

    said = archive.says("serve")

    assert said.status == 2
    assert "collections/maps.yaml:5:1" in said.err
    assert "and 5 more" in said.err


# ── db ───────────────────────────────────────────────────────────────────────
HEALTH = {"schema", "ok", "faults", "version", "applied", "pending"}


def test_a_store_is_brought_up_to_date_once(archive: Archive) -> None:
    pending = archive.says("db", "check")
    first = archive.tells("db", "migrate")
    second = archive.tells("db", "migrate")

    assert "pending" in pending.out
    assert first["applied"]
    assert second["applied"] == []
    assert archive.says("db", "migrate").out == "0 steps applied\n"
    checked = archive.tells("db", "check")
    assert set(checked) == HEALTH
    assert (checked["ok"], checked["pending"]) == (True, [])
    assert archive.says("db", "check").out.startswith("whole; ")


def test_a_backup_brings_back_what_was_there(archive: Archive, tmp_path: Path) -> None:
    archive.tells("party", "add", "Mapworks")
    copy = tmp_path / "backup.db"

    made = archive.tells("db", "backup", copy)
    archive.tells("party", "add", "Latecomer")
    brought = archive.tells("db", "restore", copy)

    assert set(made) == set(brought) == HEALTH
    names = [one["name"] for one in archive.tells("party", "list")["parties"]]
    assert names == ["Mapworks"]


def test_a_backup_never_replaces_a_file(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "backup.db").write_bytes(b"dear")

    said = archive.says("db", "backup", tmp_path / "backup.db")

    assert said.status == 1
    assert f"{tmp_path}/backup.db exists" in said.err
    assert (tmp_path / "backup.db").read_bytes() == b"dear"


@pytest.mark.parametrize("content", [b"", b"no database at all\n" * 100])
def test_what_is_no_backup_is_not_restored(
    archive: Archive, tmp_path: Path, content: bytes
) -> None:
    archive.tells("party", "add", "Mapworks")
    (tmp_path / "junk.db").write_bytes(content)

    said = archive.says("db", "restore", tmp_path / "junk.db")

    assert said.status == 2
    assert "Traceback" not in said.err
    assert str(tmp_path / "junk.db") in said.err  # the backup is at fault, no store
    assert len(archive.tells("party", "list")["parties"]) == 1


@pytest.mark.parametrize("start", [0, 5_000], ids=["its head", "a page"])
def test_a_damaged_store_is_not_whole(archive: Archive, start: int) -> None:
    archive.tells("db", "migrate")
    store = archive.folder / "copyfair.db"
    whole = store.read_bytes()
    store.write_bytes(whole[:start] + b"\xff" * 4_000 + whole[start + 4_000 :])

    said = archive.says("db", "check")

    assert said.status == 1
    assert said.err == ""
    assert "fault: " in said.out
    assert "not whole; schema " in said.out


def test_a_damaged_store_moved_aside_is_brought_back(
    archive: Archive, tmp_path: Path
) -> None:
    archive.tells("party", "add", "Mapworks")
    archive.tells("db", "backup", tmp_path / "backup.db")
    store = archive.folder / "copyfair.db"
    store.write_bytes(b"junk" * 1_000)

    refused = archive.says("db", "restore", tmp_path / "backup.db")
    store.rename(archive.folder / "damaged.db")
    archive.tells("db", "restore", tmp_path / "backup.db")

    assert refused.status == 2
    assert len(archive.tells("party", "list")["parties"]) == 1


def test_a_change_of_policies_is_told_by_what_it_changes(
    archive: Archive, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(archive.policies, before)
    assert copyfair("policy", "diff", before, archive.policies).status == 0
    (file,) = archive.policies.glob("collections/*.yaml")
    rule = "\nrules:\n  - {id: none, then: deny, because: We moved.}\n"
    file.write_text(file.read_text(encoding="utf-8") + rule, encoding="utf-8")

    said = copyfair("policy", "diff", before, archive.policies)
    told = copyfair("policy", "diff", before, archive.policies, "--json")

    assert (said.status, told.status) == (1, 1)
    assert f"rule none of {file.stem}: added\n  always: deny\n" in said.out
    assert [(one["how"], one["of"]) for one in told.json["changes"]] == [
        ("added", file.stem)
    ]
    assert told.json["before"] != told.json["after"]
    file.write_text("collection: 1", encoding="utf-8")
    assert copyfair("policy", "diff", before, archive.policies).status == 2


# ── appeals ──────────────────────────────────────────────────────────────────
def test_an_appeal_is_read_and_no_terminal_obeys_it(archive: Archive) -> None:
    with opened(read_settings(archive.config)) as house:
        StoredAppeals(house.store).keep(
            "apl_1",
            request_id="req_7",
            contact="anna@example.org",
            text="I am a person.\nPlease look.\x1b]0;owned\x07\x1b[2J",
            received_us=house.clock.now_us(),
        )

    said = archive.says("appeal", "list")
    (appeal,) = archive.tells("appeal", "list")["appeals"]

    assert "apl_1  req_7  anna@example.org\n" in said.out
    assert "  I am a person.\n" in said.out
    assert "\x1b" not in said.out
    assert said.out.endswith("1 appeal\n")
    assert set(appeal) == {
        *("appeal_id", "received_at", "request_id", "contact", "text"),
    }
