"""A commons that sells nothing never meets a word of money: not typed, not served.

Every command is asked on a set-up without a seller, for people and for scripts, and
every page, document, refusal and figure, in both languages. What is a word of money,
and which are unavoidable, stands in `tests/fakes/money_words.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from gateway.cli.entry import copyfair as command_tree
from tests.fakes.money_words import told_in_text, words_of_money
from tests.journeys.archive import archive_running
from tests.journeys.command_line import SELLER, Archive, Said, an_archive, copyfair
from tests.journeys.commons import Commons
from tests.journeys.running import Gateway, Got, ask, gateway_before

CRAWLER = "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
LOG_LINE = (
    "203.0.113.{host} - - [20/Nov/2026:10:{minute:02}:00 +0000]"
    ' "GET /registers/{host} HTTP/1.1" 200 5120 "-" "{agent}"\n'
)

# Nouns that are about money: who types one is answered about it, in no other word.
OF_MONEY = {"tariff", "invoice", "payment", "fund"}
# Not asked here: what runs until it is stopped (its pages are asked below), what asks
# such a thing, and the story, whose archive has a seller.
ELSEWHERE = {"serve", "demo", "restart", "top", "init"}

COMMANDS = (
    "doctor",
    "off",
    "on",
    "party add Mapworks --set entity=company --set country=FR",
    "party set Mapworks staff=250",
    "party list",
    "party show Mapworks",
    "party export Mapworks",
    "usage capture",
    "usage footprint",
    "party challenge Mapworks --domain archive.example",
    "party unset Mapworks staff",
    "party recheck",
    "party recheck --list",
    "key issue --party Mapworks",
    "key issue --party Trial --create",
    "key list",
    "key ring list",
    "key ring rotate",
    "agreement offer",
    "agreement accept --party Mapworks",
    "agreement list",
    "agreement takers",
    "agreement announce --party Mapworks --by Ines",
    "contribution standing --party Mapworks",
    "need list",
    "need table",
    "openness list",
    "agreement applications",
    "agreement declarations",
    "agreement cap list agr_00000000000000000000000001",
    "key cap list key_00000000000000000000000001",
    "webhook list",
    "webhook test whk_00000000000000000000000001",
    "webhook deliveries whk_00000000000000000000000001",
    "statement list",
    "statement issue --period 2026-10",
    "statement issue --due",
    "statement show sta_00000000000000000000000001",
    "usage unbilled",
    "usage report",
    "usage export",
    "contribution claim --party Mapworks --kind care --title T --evidence E --hours 2",
    "contribution list",
    "contribution export",
    "contribution sample --reviewer Trial",
    "contribution samples",
    "contribution corrections",
    "contribution harm list",
    "contribution import csv {claims}",
    "vote open Roof --resolve roof",
    "vote list",
    "vote show vot_00000000000000000000000001",
    "vote close vot_00000000000000000000000001",
    "decision list",
    "decision show dec_00000000000000000000000001",
    "steward appoint whole-site Mapworks --deputy Trial",
    "steward list",
    "steward check",
    "audit",
    "appeal list",
    "db check",
    "data list",
    "explain --url https://archive.example/registers/1",
    "explain --url https://archive.example/ --header User-Agent:GPTBot/1.2",
    "export nginx",
    "export haproxy",
    "export caddy",
    "tariff list",
    "invoice list",
    "invoice run --period 2026-11",
    "invoice dispute list",
    "invoice remind --dry-run",
    "payment list",
    "payment attempts",
    "payment credits",
    "fund balance",
    "fund waterfall",
    "fund gifts",
    "fund payouts",
    "round list",
    "round show autumn",
    "round run autumn",
    "round run 2026 --equal",
    "letter --operator openai {log}",
    "letter --operator openai --lang fr {log}",
    "party leave Mapworks",
    "party erase Mapworks",
)
ON_POLICIES = ("policy check", "policy test")
WITHOUT_A_SET_UP = (
    "policy presets",
    "policy diff {policies} {policies}",
    "simulate {log} --jobs 0 --policies {policies}",
    "simulate {log} --jobs 0 --policies {policies} --html {folder}/en.html --lang en",
    "simulate {log} --jobs 0 --policies {policies} --html {folder}/fr.html --lang fr",
    "simulate {log} --jobs 0 --policies {policies} --share {folder}/share.json",
    "report merge {folder}/share.json",
)
HAS_NO_JSON = ("party export", "usage export", "contribution export")
ASKED_ONCE = ("simulate {log} --jobs 0 --policies {policies} --", "export")


def a_log(folder: Path) -> Path:
    path = folder / "access.log"
    path.write_text(
        "".join(
            LOG_LINE.format(host=host, minute=host % 60, agent=agent)
            for host in range(1, 30)
            for agent in (CRAWLER, BROWSER, "FreshRSS/1.20", "CCBot/2.0")
        ),
        encoding="utf-8",
    )
    return path


def asked(archive: Archive) -> Iterator[tuple[str, Said]]:
    """Every command on a set-up, for people and for scripts."""
    claims = archive.folder / "claims.csv"
    row = "Mapworks,care,Cooked,minutes,2"
    claims.write_text(f"party,kind,title,evidence,hours\n{row}\n", encoding="utf-8")
    places = {
        "log": a_log(archive.folder),
        "claims": claims,
        "policies": archive.policies,
        "folder": archive.folder,
    }
    for command in (*COMMANDS, *ON_POLICIES, *WITHOUT_A_SET_UP):
        words = [word.format(**places) for word in command.split()]
        for more in ((), ("--json",)):
            if more and command.startswith((*HAS_NO_JSON, *ASKED_ONCE)):
                continue
            if command in ON_POLICIES:
                yield command, copyfair(*words, archive.policies, *more)
            elif command in WITHOUT_A_SET_UP:
                yield command, copyfair(*words, *more)
            else:
                yield command, archive.says(*words, *more)
    for report in sorted(archive.folder.glob("*.html")):
        yield report.name, Said(0, report.read_text(encoding="utf-8"), "")


def spoken(command: str, said: Said) -> list[str]:
    """Words of money in an answer; who types a noun of money may hear it again."""
    text = f"{told_in_text(said.out)}\n{said.err}"
    noun = command.split(maxsplit=1)[0]
    found = words_of_money(text.replace(noun, "") if noun in OF_MONEY else text)
    return [f"{command}: {each}" for each in found]


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A set-up as `init` makes it: nobody sells."""
    folder = tmp_path_factory.mktemp("free") / "archive"
    return an_archive(folder, licence="label", sells=False)


def test_no_command_speaks_of_money_where_nobody_sells(free: Archive) -> None:
    answers = list(asked(free))

    usage_faults = [said.err for _, said in answers if said.err.startswith("Usage:")]
    assert usage_faults == []
    assert [each for one in answers for each in spoken(*one)] == []


def test_the_same_commands_do_where_somebody_sells(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive")

    speaking = {command for command, said in asked(archive) if spoken(command, said)}

    assert speaking >= {
        *("doctor", "agreement offer", "agreement list", "audit", "tariff list"),
        *("policy check", "contribution list", "en.html", "fr.html"),
        *(word for word in COMMANDS if word.startswith("letter")),
        *(word for word in WITHOUT_A_SET_UP if word.startswith("simulate")),
    }


def test_a_fresh_set_up_is_made_without_a_word_of_money(tmp_path: Path) -> None:
    words = ("--upstream", "http://127.0.0.1:9", "--public-url", "http://a.example")

    first_evening = copyfair("init", tmp_path / "a", *words, "--protect", "on")
    labels = copyfair("init", tmp_path / "b", *words, "--licence", "label", "--json")

    for said in (first_evening, labels):
        assert said.status == 0
        assert spoken("init", said) == []


def leaves(group: click.Command, *words: str) -> Iterator[str]:
    """Every command there is, as it is typed."""
    if not isinstance(group, click.Group):
        yield " ".join(words)
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from leaves(command, *words, name)


def test_every_command_that_shows_something_is_asked() -> None:
    """A new verb that lists, shows or checks is to be asked too, or said to be not."""
    showing = {"list", "show", "check", "report", "offer", "run", "balance", "test"}
    known = " · ".join((*COMMANDS, *ON_POLICIES, *WITHOUT_A_SET_UP))
    there = [
        words
        for words in leaves(command_tree)
        if words.split()[0] not in ELSEWHERE and words.split()[-1] in showing
    ]

    assert len(there) > 10
    missing = [words for words in there if words not in known]
    assert missing == ["invoice show"]  # there is none that could be shown


# ── what is served ───────────────────────────────────────────────────────────
BOOKS = (
    *("takers", "give-take.csv", "give-take.json", "takers.en.svg", "takers.fr.svg"),
    *("decisions", "footprint", "proof", "figures.json"),
)
MONEY_PAGES = (
    *("income", "waterfall", "rounds", "income.csv", "waterfall.json"),
    *("recipients.csv", "rounds.en.svg", "income.fr.svg"),
)
TARGETS = (
    *("/", "/registers/1742", "/robots.txt", "/license.xml", "/a%ZZ"),
    *("/.well-known/tdmrep.json", "/.well-known/copyfair", "/.well-known/security.txt"),
    *(f"/_copyfair/{each}" for each in ("", "offers/off_x", "agreements", "usage")),
    *(f"/_copyfair/{each}" for each in ("appeals", "books/", "portal/", "pass")),
    "/_copyfair/corrections",
    *(f"/_copyfair/{each}" for each in ("token", "introspect", "votes", "portal")),
    *(f"/_copyfair/books/{each}" for each in BOOKS),
)
ASKING: Mapping[str, Mapping[str, str]] = {
    "crawler": {"User-Agent": CRAWLER},
    "crawler as a page": {"User-Agent": CRAWLER, "Accept": "text/html"},
    "browser": {"User-Agent": BROWSER, "Accept": "text/html"},
    "script": {"User-Agent": "x", "Accept": "application/problem+json"},
    "bad token": {"User-Agent": "x", "Authorization": "License nonsense"},
    "bad key": {"User-Agent": "x", "X-Api-Key": "cg_live_x", "Accept": "text/html"},
}
ADMIN = ("/metrics", "/healthz", "/readyz", "/admin/", "/api/v1/openapi.json")
# Counts of files of each kind, and the words of a switch, in a description of formats.
OPENAPI = ('"tariffs"', '"invoice"')


def served(gateway: Gateway) -> Iterator[tuple[str, Got]]:
    """Every page, document, refusal and figure, in both languages."""
    for language in ("en", "fr"):
        more = {"Accept-Language": language}
        for who, headers in ASKING.items():
            for target in TARGETS:
                got = gateway.ask(target, headers={**headers, **more})
                yield f"{language} {who} {target}", got
        for target in ("appeals", "corrections", "offers/off_x", "token", "agreements"):
            for headers in ({"Accept": "text/html"}, {"Accept": "application/json"}):
                kind = {"Content-Type": "application/json", **headers, **more}
                page = f"/_copyfair/{target}"
                got = gateway.ask(page, "POST", body=b"{}", headers=kind)
                yield f"{language} POST {target}", got
    for target in ADMIN:
        yield target, ask(gateway.admin_port, target)


def heard(what: str, got: Got) -> list[str]:
    text = got.body.decode("utf-8", "replace")
    if what.endswith("openapi.json"):
        for name in OPENAPI:
            text = text.replace(name, "")
    headers = "\n".join(f"{name}: {value}" for name, value in got.headers.items())
    return [f"{what}: {each}" for each in words_of_money(f"{headers}\n{text}")]


def test_nothing_that_is_served_speaks_of_money_where_nobody_sells(
    tmp_path: Path,
) -> None:
    with (
        archive_running() as archive,
        gateway_before(
            f"http://127.0.0.1:{archive}",
            tmp_path,
            *("--protect", "on", "--licence", "label"),
        ) as gateway,
    ):
        labelled = dict(served(gateway))
        gateway.stop()
        # The same archive makes offers, without asking for money.
        settings = gateway.folder / "gateway.yaml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(
            text.replace("licence_mode: label", "licence_mode: offer"), encoding="utf-8"
        )
        gateway.start()
        offering = dict(served(gateway))
        log = gateway.log()

    assert offering["en crawler /"].status == 402
    assert labelled["en crawler /"].status == 200
    for answers in (labelled, offering):
        assert [each for one in answers.items() for each in heard(*one)] == []
    assert words_of_money(log) == []


def test_books_without_money_are_open_and_speak_of_none(tmp_path: Path) -> None:
    with (
        archive_running() as archive,
        gateway_before(
            f"http://127.0.0.1:{archive}", tmp_path, "--licence", "offer"
        ) as gateway,
    ):
        gateway.stop()
        Commons(Archive(gateway.folder)).live_without_money()
        gateway.start()
        told, gone = (
            {
                f"{language} {target}": gateway.ask(
                    f"/_copyfair/books/{target}",
                    headers={"Accept": "text/html", "Accept-Language": language},
                )
                for language in ("en", "fr")
                for target in targets
            }
            for targets in (("", *BOOKS), MONEY_PAGES)
        )

    assert {got.status for got in told.values()} <= {200, 303}
    assert b"Mapworks SAS" in told["en "].body
    assert {got.status for got in gone.values()} == {404}
    for answers in (told, gone):
        assert [each for one in answers.items() for each in heard(*one)] == []


def test_the_same_is_heard_where_somebody_sells(tmp_path: Path) -> None:
    with (
        archive_running() as archive,
        gateway_before(
            f"http://127.0.0.1:{archive}", tmp_path, *("--licence", "invoice")
        ) as gateway,
    ):
        gateway.stop()
        settings = gateway.folder / "gateway.yaml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(
            text.replace("\n  seller: none\n", SELLER), encoding="utf-8"
        )
        gateway.start()
        for target, headers in (
            ("/", {"User-Agent": CRAWLER}),
            ("/", {"User-Agent": CRAWLER, "Accept-Language": "fr"}),
            ("/license.xml", {"User-Agent": BROWSER}),
        ):
            assert heard(target, gateway.ask(target, headers=headers)), target
