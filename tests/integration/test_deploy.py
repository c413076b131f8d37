"""What deploy/ says of the gateway is true: metrics, ports, files, and syntax."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.proxy.forward_auth.adapters import ADAPTERS, CLAIMS
from gateway.settings.handed_over import DECIDE
from gateway.telemetry import metrics
from gateway.telemetry.metrics import Metrics
from tests.journeys.running import COPYFAIR

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "copyfair.json"
PARTS_OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
LABELS = {
    "decision": metrics.DECISIONS,
    "class": metrics.CLASSES,
    "outcome": metrics.RELOADS,
    "kind": metrics.UPSTREAM_FAULTS,
    "budget": metrics.BUDGETS,
}


def alert_rules() -> list[dict[str, Any]]:
    document = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def strings_of(document: Any) -> Iterator[str]:
    match document:
        case str():
            yield document
        case dict():
            for value in document.values():
                yield from strings_of(value)
        case list():
            for value in document:
                yield from strings_of(value)
        case _:
            pass


def expressions() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    shown = [text for text in strings_of(dashboard) if "copyfair_" in text]
    return [rule["expr"] for rule in alert_rules()] + shown


def family_of(name: str) -> str:
    for part in PARTS_OF_A_HISTOGRAM:
        name = name.removesuffix(part)
    return name


def test_alerts_and_dashboard_name_only_metrics_that_exist() -> None:
    named = {
        family_of(name)
        for expression in expressions()
        for name in re.findall(r"\bcopyfair_\w+", expression)
    }

    assert named
    assert named <= set(Metrics().names())


def test_every_metric_is_on_the_dashboard() -> None:
    shown = DASHBOARD.read_text(encoding="utf-8")

    assert [name for name in Metrics().names() if name not in shown] == []


def test_alerts_and_dashboard_name_only_labels_that_exist() -> None:
    unknown = [
        f'{label}="{word}"'
        for expression in expressions()
        for label, words in re.findall(r'(\w+)[!=]~?"([^"]*)"', expression)
        if label in LABELS
        for word in words.split("|")
        if word not in LABELS[label]
    ]

    assert not unknown


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_every_alert_says_what_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["remedy"].endswith(".")


def test_panels_of_the_dashboard_do_not_lie_on_each_other() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_container_copies_what_there_is_and_is_not_root() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in text


def test_compose_runs_it_read_only_and_on_loopback() -> None:
    file = DEPLOY / "container" / "compose.yaml"
    services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]

    assert services["gateway"]["read_only"] is True
    assert services["gateway"]["cap_drop"] == ["ALL"]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    dockerfile = services["gateway"]["build"]["dockerfile"]
    assert (ROOT / dockerfile).exists()


def test_traefik_falls_back_to_the_archive() -> None:
    text = (DEPLOY / "traefik" / "dynamic.yaml").read_text(encoding="utf-8")
    http = yaml.safe_load(text)["http"]
    services = http["services"]
    failover = services[http["routers"]["archive"]["service"]]["failover"]

    assert failover.keys() == {"service", "fallback"}
    assert "healthCheck" in services[failover["service"]]["loadBalancer"]
    assert failover["fallback"] in services


def test_traefik_and_envoy_ask_their_own_address() -> None:
    traefik = yaml.safe_load((DEPLOY / "traefik" / "decide.yaml").read_text("utf-8"))
    envoy = yaml.safe_load((DEPLOY / "envoy" / "decide.yaml").read_text("utf-8"))
    asks = traefik["http"]["middlewares"]["decide"]["forwardAuth"]
    cleaned = traefik["http"]["middlewares"]["clean"]["headers"]
    removed = {name.lower() for name in cleaned["customRequestHeaders"]}
    service = envoy["http_filters"][0]["typed_config"]["http_service"]

    assert asks["address"].endswith("/decide/traefik")
    assert asks["trustForwardHeader"] is False
    foreign = CLAIMS - frozenset(ADAPTERS["traefik"].fields.values())
    assert {name for name in foreign if "envoy" not in name} <= removed
    assert service["path_prefix"] == "/decide/envoy"


@pytest.mark.parametrize("server", ["nginx/decide.conf", "caddy/decide.Caddyfile"])
def test_a_front_server_removes_every_field_of_another_set(server: str) -> None:
    text = (DEPLOY / server).read_text(encoding="utf-8").lower()
    foreign = CLAIMS - frozenset(ADAPTERS[server.partition("/")[0]].fields.values())
    stars = {"x-original-", "x-rewrite-", "x-envoy-"} if "caddy" in server else set()

    for name in foreign:
        is_by_star = any(name.startswith(star) for star in stars)
        assert is_by_star or name in text, name


SOCKET_UNITS = ("copyfair@.socket", "copyfair-decide@.socket")


def test_the_door_for_front_servers_is_handed_over_by_its_name() -> None:
    text = (DEPLOY / "systemd" / "copyfair-decide@.socket").read_text(encoding="utf-8")

    assert f"FileDescriptorName={DECIDE}\n" in text
    assert "Service=copyfair@%i.service\n" in text


@pytest.mark.services
def test_systemd_finds_no_fault_in_the_units(
    tmp_path: Path, require_program: Callable[[str], Path]
) -> None:
    analyze = require_program("systemd-analyze")
    shipped = (DEPLOY / "systemd" / "copyfair@.service").read_text(encoding="utf-8")
    here = shipped.replace("/opt/copyfair/bin/copyfair", COPYFAIR)
    (tmp_path / "copyfair@.service").write_text(here, encoding="utf-8")
    for name in SOCKET_UNITS:
        text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        [
            str(analyze),
            "verify",
            "--man=no",
            str(tmp_path / "copyfair@library.service"),
            *(str(tmp_path / name.replace("@", "@library")) for name in SOCKET_UNITS),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert here != shipped
    assert "copyfair" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
