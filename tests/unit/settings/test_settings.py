"""gateway.settings: every fault at once, secrets never, addresses never everybody."""

from pathlib import Path

import pytest

from gateway.bootstrap.pressing import letterhead_of
from gateway.kernel.errors import Misconfigured
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.policy_files.faults import Faults
from gateway.proxy.limits import ConnectionLimits
from gateway.settings import Tls, read_settings
from gateway.settings.section import listen_address, percent

SMALLEST = """\
public_url: https://archive.example
upstreams: {archive: http://127.0.0.1:8080}
store: sqlite:///copyfair.db
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_three_lines_are_enough_and_the_rest_watches(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, SMALLEST))

    assert settings.switches == Switches(Protect.WATCH, LicenceMode.OFF)
    assert settings.admin_listen.host == "127.0.0.1"
    assert settings.trusted_proxies == ()
    assert settings.invoicing.seller == "none"


def test_a_repeated_key_hides_no_other_fault(tmp_path: Path) -> None:
    text = f"{SMALLEST}protect: of\nprotect: on\n"

    with pytest.raises(Faults) as caught:
        read_settings(written(tmp_path, text))

    assert [fault.line for fault in caught.value.faults] == [4, 5]


def test_every_fault_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    text = "protect: of\nlicense_mode: off\nupstreams: {a: b}\nworkers: 65\n"

    with pytest.raises(Faults) as caught:
        read_settings(written(tmp_path, text))

    faults = caught.value.faults
    places = {(fault.line, fault.message.split(":")[0]) for fault in faults}
    assert places == {
        (1, '"protect"'),
        (1, 'the key "store" is missing'),
        (1, 'the key "public_url" is missing'),
        (2, 'unknown key "license_mode"'),
        (3, '"upstreams.a"'),
        (4, '"workers"'),
    }


@pytest.mark.parametrize(
    ("written_as", "workers", "drain_s"),
    [("", 1, 30), ("workers: 4\ndrain: 10m\n", 4, 600), ("drain: 2h\n", 1, 7_200)],
)
def test_workers_and_how_long_they_may_finish(
    tmp_path: Path, written_as: str, workers: int, drain_s: int
) -> None:
    settings = read_settings(written(tmp_path, SMALLEST + written_as))

    assert (settings.workers, settings.drain_s) == (workers, drain_s)


@pytest.mark.parametrize("key", ["workers: 0", "drain: 30", "drain: soon"])
def test_no_worker_and_no_unit_are_faults(tmp_path: Path, key: str) -> None:
    with pytest.raises(Faults):
        read_settings(written(tmp_path, f"{SMALLEST}{key}\n"))


def test_a_file_that_is_not_there_says_who_writes_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="copyfair init"):
        read_settings(tmp_path / "gateway.yaml")


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYFAIR_LISTEN", "[::1]:9000")
    monkeypatch.setenv("COPYFAIR_STORE", "sqlite:///other.db")

    settings = read_settings(written(tmp_path, SMALLEST))

    assert (settings.listen.host, settings.listen.port) == ("::1", 9000)
    assert str(settings.listen) == "[::1]:9000"
    assert settings.store == "sqlite:///other.db"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("trusted_proxies: [0.0.0.0/0]", "would believe everybody"),
        ("forward_auth: {trusted: [0.0.0.0/0]}", "would believe everybody"),
        ("forward_auth: {trusted: ['::/0']}", "would believe everybody"),
        ("forward_auth: {trust: [127.0.0.1]}", "unknown key"),
        ("forward_auth: {listen: 127.0.0.1:8702}", "needs forward_auth.trusted"),
        ("forward_auth: {listen: here, trusted: [127.0.0.1]}", "an address such as"),
        (
            "forward_auth: {listen: 'unix:decide.sock', trusted: [192.0.2.1]}",
            "counts as 127.0.0.1",
        ),
        ("access_log: {format: caddy}", "needs its `file`"),
        ("access_log: {file: a.log, format: iis}", "none of nginx"),
        ("trusted_proxies: [nginx]", "trusted_proxies"),
        ("trusted_proxies: 127.0.0.1", "a list"),
        ("costs: {cpu_hour: 0.04}", "costs need a `source`"),
        ("costs: {source: a bill}", "`cpu_hour` or `egress_gib`, above 0"),
        ("costs: {cpu_hour: much, source: a bill}", "write a price"),
        ("fund: {operator_fee: 11 %}", "at most 10 %"),
        ("fund: {labour: 60 %, solidarity: 50 %}", "more than what remains"),
        ("invoicing: {seller: self}", "name"),
        ("invoicing: {seller: self, name: A, vat: 20 %}", "4:12 .*`country`"),
        ("invoicing: {seller: self, name: A, country: FR}", "4:12 .*`vat_exemption`"),
        (
            "invoicing: {seller: alliance, name: A, country: FR, on_behalf_of: Us}",
            "4:12 .*for whom in `on_behalf_of`, and in `mandate`",
        ),
        (
            "invoicing: {seller: self, name: A, country: FR, vat: 20 %, mandate: us}",
            "4:12 .*are for seller: fiscal-host or alliance",
        ),
        ("invoicing: {currency: KWD}", "KWD"),
        ("fund: {barred: Register Commons}", "a list"),
        ("fund: {barred: [{a: b}]}", "4:17 .*one id or name"),
        ('fund: {barred: [""]}', "one id or name"),
        ("invoicing: {country: France}", "country code"),
        ("invoicing: {iban: DE89}", "an IBAN such as FR76"),
        ("invoicing: {iban: FR7630006000011234567890188}", "no IBAN: .*check digit"),
        ("invoicing: {bic: AGRI}", "a BIC such as AGRIFRPP"),
        ("invoicing: {vat_id: '4711'}", "a VAT id such as FR40303265045"),
        ("invoicing: {vat_id: DE136695977}", "no VAT id: .*check digit"),
        ("invoicing: {vat_exemption_code: none}", "a code such as VATEX-FR-FRANCHISE"),
        ("invoicing: {language: de}", "none of en, fr"),
        ("invoicing: none", "a section"),
        ("privacy: {retention: forever}", "30d"),
        ("privacy: {truncate_v4: 32}", "0 to 24"),
        ("listen: everywhere", "127.0.0.1:8700"),
    ],
)
def test_a_value_that_would_hurt_is_refused(
    tmp_path: Path, line: str, complaint: str
) -> None:
    with pytest.raises(Faults, match=complaint):
        read_settings(written(tmp_path, SMALLEST + line))


def test_the_fund_names_whom_the_labour_reserve_never_pays(tmp_path: Path) -> None:
    line = "fund: {barred: [pty_1, Register Commons]}"

    settings = read_settings(written(tmp_path, SMALLEST + line))

    assert settings.fund.barred == ("pty_1", "Register Commons")
    assert read_settings(written(tmp_path, SMALLEST)).fund.barred == ()


@pytest.mark.parametrize("vat", ["vat: 20 %", "vat: 0 %", "vat_exemption: art. 293 B"])
def test_a_seller_says_how_it_stands_towards_vat(tmp_path: Path, vat: str) -> None:
    line = f"invoicing: {{seller: self, name: A, country: FR, {vat}}}"

    settings = read_settings(written(tmp_path, SMALLEST + line))

    assert settings.invoicing.seller == "self"


def test_whoever_invoices_for_a_commons_says_for_whom(tmp_path: Path) -> None:
    line = (
        "invoicing: {seller: fiscal-host, name: Host, country: FR, vat: 20 %,"
        " on_behalf_of: Register Commons, mandate: agreement of 2026-09-12}"
    )

    told = letterhead_of(read_settings(written(tmp_path, SMALLEST + line)))

    assert (told.principal, told.mandate) == (
        "Register Commons",
        "agreement of 2026-09-12",
    )


def test_a_sellers_numbers_are_kept_without_spaces(tmp_path: Path) -> None:
    line = (
        "invoicing: {iban: fr76 3000 6000 0112 3456 7890 189, vat_id: DE 136 695 976,"
        " bic: agrifrpp, vat_exemption_code: vatex-fr-franchise}"
    )

    told = read_settings(written(tmp_path, SMALLEST + line)).invoicing

    assert (told.iban, told.bic) == ("FR7630006000011234567890189", "AGRIFRPP")
    assert told.vat_id == "DE136695976"
    assert told.vat_exemption_code == "VATEX-FR-FRANCHISE"


@pytest.mark.parametrize("url", ["ftp://a", "https://", "https://a/b", "https://u@a"])
def test_a_public_url_is_a_host_and_nothing_else(tmp_path: Path, url: str) -> None:
    text = SMALLEST.replace("https://archive.example", f'"{url}"')

    with pytest.raises(Faults, match="public_url"):
        read_settings(written(tmp_path, text))


@pytest.mark.parametrize("store", ["postgresql://x", "sqlite:///", "copyfair.db"])
def test_a_store_we_cannot_open_is_refused(tmp_path: Path, store: str) -> None:
    text = SMALLEST.replace("sqlite:///copyfair.db", f'"{store}"')

    with pytest.raises(Faults, match="store"):
        read_settings(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "basis_points"), [("19", 1_900), ("7.5 %", 750), ("0.01%", 1)]
)
def test_percentages_are_exact(text: str, basis_points: int) -> None:
    assert percent(text) == basis_points


def test_an_empty_host_means_every_interface() -> None:
    assert listen_address(":8700").host == "0.0.0.0"  # noqa: S104  as asked


def test_limits_are_set_one_by_one(tmp_path: Path) -> None:
    text = SMALLEST + "limits: {head_s: 3, reading_rate_min: 0}\n"

    limits = read_settings(written(tmp_path, text)).limits

    assert limits == ConnectionLimits(head_s=3, reading_rate_min=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limits: {head_s: 0}\n", "is at least 1"),
        ("limits: {heads: 3}\n", "unknown key"),
        ("tls: {certificate: a.pem}\n", "two PEM files"),
        ("proxy_protocol: yes\n", "needs trusted_proxies"),
        ("loop: trio\n", "none of auto, asyncio, uvloop"),
    ],
)
def test_a_listener_that_cannot_be_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(Faults, match=message):
        read_settings(written(tmp_path, SMALLEST + text))


def test_a_certificate_lies_beside_the_file(tmp_path: Path) -> None:
    text = SMALLEST + "tls: {certificate: a.pem, key: /etc/b.pem}\n"

    tls = read_settings(written(tmp_path, text)).tls

    assert tls == Tls(tmp_path.resolve() / "a.pem", Path("/etc/b.pem"))


@pytest.mark.parametrize(
    ("said", "requests"),
    [
        ("", "notable"),
        ("log: {requests: all}", "all"),
        ("log: {requests: none}", "none"),
    ],
)
def test_which_requests_get_a_line_may_be_said(
    tmp_path: Path, said: str, requests: str
) -> None:
    settings = read_settings(written(tmp_path, f"{SMALLEST}{said}\n"))

    assert settings.log_requests == requests


@pytest.mark.parametrize("said", ["log: {requests: some}", "log: {request: all}"])
def test_no_other_word_for_that_is_taken(tmp_path: Path, said: str) -> None:
    with pytest.raises(Faults):
        read_settings(written(tmp_path, f"{SMALLEST}{said}\n"))
