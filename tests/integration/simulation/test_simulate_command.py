"""`copyfair simulate` as a host types it, on real logs where they are at hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from gateway.bootstrap.simulating import policies_in
from gateway.cli.entry import copyfair
from gateway.kernel.errors import InvalidValue
from gateway.services.simulation.figures import figures
from gateway.services.simulation.suggestions import COST_MAX, suggestions
from gateway.services.simulation.tally import MALFORMED, Tally
from tests.architecture.house import ROOT

LOGS = ROOT.parent / "shared/data/logs"
NAMES = (
    "elastic_apache_logs.combined.log",
    "farmfresh_2024-12_2025-02.combined.log",
    "farmfresh_20241210.csv2mysql.raw.csv",
    "meatlabel_nginx_2025-12.combined.log",
)
PROMISED = {
    *("lines", "parsed", "skipped", "period", "by_kind", "by_operator", "by_decision"),
    *("by_rule", "hurt", "bytes", "cost", "load_shed", "list_price", "unverified"),
    *("top_takers", "capture_index"),
}
REFUSED_PER_MILLION_MAX = 200
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
LINE = (
    '192.0.2.7 - - [18/Dec/2024:09:{:02}:{:02} +0000] "GET /{} HTTP/1.1" 200 9 "-" "{}"'
)


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(copyfair, ["simulate", *words], input=given)


def told(*words: str, given: str | None = None) -> dict[str, Any]:
    result = run(*words, "--json", given=given)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def small_log(tmp_path: Path) -> Path:
    lines = [LINE.format(n // 60, n % 60, n, BROWSER) for n in range(120)]
    lines += [LINE.format(3, n, n, "GPTBot/1.2") for n in range(30)]
    file = tmp_path / "access.log"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.skipif(not LOGS.exists(), reason="../shared/data/logs is not here")
@pytest.mark.parametrize("name", NAMES)
def test_people_of_real_logs_are_not_refused(name: str) -> None:
    document = told(str(LOGS / name))

    assert document["lines"] == document["parsed"] + document["skipped"]
    assert document["skipped"] <= 1
    people = document["by_kind"].get("browser", 0) + document["by_kind"].get(
        "person", 0
    )
    assert document["hurt"]["readers"] * 1_000_000 <= people * REFUSED_PER_MILLION_MAX
    assert document["hurt"] == {"readers": 0, "feeds": 0, "archives": 0, "git": 0}


def test_the_document_has_every_key_that_is_promised(small_log: Path) -> None:
    document = told(str(small_log))

    assert document.keys() >= PROMISED
    assert document["schema"] == "copyfair/simulate/1"
    assert document["by_kind"] == {"browser": 120, "ai-crawler": 30}
    assert document["switches"]["protect"] == "on"
    assert document["period"]["from"] == "2024-12-18T09:00:00Z"


def test_standard_input_says_the_same_as_the_file(small_log: Path) -> None:
    assert told("-", given=small_log.read_text()) == told(str(small_log))


def test_the_summary_puts_load_and_the_hurt_first(small_log: Path) -> None:
    shown = run(str(small_log)).stdout.splitlines()

    assert "150 lines" in shown[0]
    assert "20.0%" in shown[1]
    assert "No reader" in shown[2]


def test_two_policies_are_compared(small_log: Path, tmp_path: Path) -> None:
    other = tmp_path / "policies"
    (other / "collections").mkdir(parents=True)
    (other / "packs").mkdir()
    shutil.copy(ROOT / "policies/packs/watch.yaml", other / "packs")
    whole = (ROOT / "policies/collections/whole-site.yaml").read_text()
    watching = whole.replace("extends: copyfair", "extends: watch")
    (other / "collections/whole-site.yaml").write_text(
        watching.replace("tariff: ai-2026\n", "")
    )

    document = told(str(small_log), "--against", str(other))

    assert document["by_decision"] == {"allow": 120, "offer": 30}
    assert document["against"]["by_decision"] == {"allow": 150}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_is_one_file_that_asks_nobody(
    language: str, small_log: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    run(str(small_log), "--html", str(page), "--lang", language)

    text = page.read_text("utf-8")
    assert f'<html lang="{language}">' in text
    assert text.count('<svg role="img" class="wide"') == 3
    assert text.count('<svg role="img" class="narrow"') == 3
    assert "<script" not in text
    assert "src=" not in text
    assert "http://" not in text
    assert "https://" not in text


def test_what_a_stranger_wrote_is_text_in_the_report(tmp_path: Path) -> None:
    file, page = tmp_path / "access.log", tmp_path / "report.html"
    file.write_text(LINE.format(0, 0, "<script>x</script>", BROWSER) + "\n")

    run(str(file), "--html", str(page))

    assert "<script" not in page.read_text("utf-8")


def test_shared_aggregates_are_merged(small_log: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    half = tmp_path / "half.log"
    half.write_text("".join(small_log.read_text().splitlines(keepends=True)[:75]))
    run(str(small_log), "--share", str(one))
    run(str(half), "--share", str(other))

    words = ["report", "merge", str(one), str(other), "--json"]
    whole = json.loads(CliRunner().invoke(copyfair, words).stdout)

    assert (whole["archives"], whole["parsed"]) == (2, 225)
    assert "192.0.2" not in one.read_text()


def test_an_amount_is_written_as_its_currency_is(
    small_log: Path, tmp_path: Path
) -> None:
    """A yen has no hundredth."""
    folder, page = tmp_path / "policies", tmp_path / "report.html"
    shutil.copytree(ROOT / "policies", folder)
    tariff = folder / "tariffs" / "ai-2026.yaml"
    yen = tariff.read_text("utf-8").replace("currency: EUR", "currency: JPY")
    tariff.write_text(yen, encoding="utf-8")
    told = [
        LINE.format(n // 60, n % 60, f"registers/{n}", "GPTBot/1.2").replace(
            " 200 9 ", " 200 99000000 "
        )
        for n in range(300)
    ]
    small_log.write_text("\n".join(told) + "\n")

    words = (str(small_log), "--policies", str(folder), "--html", str(page))
    shown = run(*words).stdout

    (price,) = (each for each in shown.splitlines() if each.startswith("List price"))
    assert re.search(r", [0-9]{2,} JPY only claimed", price)
    assert re.search(r">[0-9]{2,}\xa0JPY<", page.read_text("utf-8"))


def test_a_line_to_think_about_is_yaml_whatever_strangers_asked_for(
    small_log: Path,
) -> None:
    page = Tally()
    page.pages.add('/find?a"b: {', [100, 0, 100, 900_000_000])
    page.pages.add("/page", [9_000, 0, 9_000, 9_000_000])
    page.hurt_rules["readers", MALFORMED] = 1

    (line,) = suggestions(page, figures(page, policies_in(None, None)))

    assert yaml.safe_load(line.line) == {"costs": {'/find?*a"b: {=*': COST_MAX}}


def test_pages_are_dear_beside_what_most_requests_take() -> None:
    """Beside the mean a search that takes most of the time would seem ordinary."""
    tally = Tally()
    tally.pages.add("/search?q", [4_000, 0, 4_000, 4_000 * 9_000_000])
    tally.pages.add("/page", [6_000, 0, 6_000, 6_000 * 50_000])

    (line,) = suggestions(tally, figures(tally, policies_in(None, None)))

    assert line.figures == {"times": 180}


def test_an_archive_given_twice_is_counted_once_or_not_at_all(
    small_log: Path, tmp_path: Path
) -> None:
    one, copy = tmp_path / "one.json", tmp_path / "copy.json"
    run(str(small_log), "--share", str(one))
    copy.write_bytes(one.read_bytes())

    merged = CliRunner().invoke(copyfair, ["report", "merge", str(one), str(copy)])
    assert isinstance(merged.exception, InvalidValue)
    twice = run(
        str(small_log), f"{small_log.parent}/../{small_log.parent.name}/access.log"
    )
    assert isinstance(twice.exception, InvalidValue)


@pytest.mark.parametrize(
    "change",
    [
        '"rows": [{"kind": 3}]',
        '"period": {"from": 5, "to": "2026-11-28"}',
        '"period": {}',
        '"list_price": {"agreed_minor": 0}',
        '"list_price": {"agreed_minor": 0, "currency": ["EUR"]}',
        '"period": {"from": "\\u001b[31m", "to": null}',
        '"rows": "\\ud800"',
        '"lines": 1e400',
    ],
)
def test_a_file_that_is_no_share_is_refused(
    change: str, small_log: Path, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    run(str(small_log), "--share", str(one))
    # Of a name that stands there twice the later one counts.
    other.write_text(one.read_text().rstrip()[:-1] + f", {change}}}")

    result = CliRunner().invoke(copyfair, ["report", "merge", str(one), str(other)])

    assert isinstance(result.exception, InvalidValue)


def test_a_share_in_another_encoding_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(b"\xff\xfe{}")

    result = CliRunner().invoke(copyfair, ["report", "merge", str(other)])

    assert isinstance(result.exception, InvalidValue)


def test_a_log_that_is_not_there_says_so() -> None:
    result = run("nowhere.log")

    assert isinstance(result.exception, InvalidValue)
