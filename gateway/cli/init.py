"""copyfair init: a set-up in a new folder, commented, with keys of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from textwrap import fill
from urllib.parse import urlsplit

import click

from gateway.bootstrap.keys import make_keys
from gateway.bootstrap.shipped import shipped_policies
from gateway.cli import templates
from gateway.cli.screen import console, emit, json_option
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.policy_files.faults import Mark, did_you_mean
from gateway.policy_files.preset_folder import FOLDER as PRESETS
from gateway.policy_files.preset_folder import preset_names
from gateway.policy_files.reader import Text
from gateway.policy_files.scalars import LICENCE
from gateway.policy_files.shapes import Notes
from gateway.settings import read_settings
from gateway.settings.section import http_url

STARTER_TARIFF = "ai-2026"
COPIED = ("packs", "schema")


class HttpUrl(click.ParamType[str]):
    """Scheme, host and port of a site."""

    name = "URL"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        try:
            return http_url(value)
        except InvalidValue as error:
            self.fail(error.detail, param, ctx)


class LicenceId(click.ParamType[str]):
    """A licence, as a collection may name it."""

    name = "ID"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        notes = Notes()
        LICENCE.read(Text.at(Mark(value), value), notes)
        for fault in notes.faults:
            self.fail(f"{fault.message}; {fault.suggestion}", param, ctx)
        return value


class PresetName(click.ParamType[str]):
    """A preset that comes with the gateway."""

    name = "NAME"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        known = preset_names(shipped_policies())
        if value not in known:
            hint = did_you_mean(value, known)
            self.fail(f'there is no preset "{value}"; {hint}', param, ctx)
        return value


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--upstream", type=HttpUrl(), required=True, help="The archive behind.")
@click.option("--public-url", type=HttpUrl(), required=True, help="As readers type it.")
@click.option(
    "--protect",
    type=click.Choice(["watch", "on"]),
    default="watch",
    help="Only decide and log, or let budgets act.",
    show_default=True,
)
@click.option(
    "--licence",
    "licence_mode",
    type=click.Choice(["off", "label", "offer", "invoice"]),
    default="off",
    help="How far terms go; each includes the ones before.",
    show_default=True,
)
@click.option("--steward", default="", help="Who answers for the collection.")
@click.option("--contact", default="", help="E-mail for licences and appeals.")
@click.option(
    "--spdx",
    type=LicenceId(),
    default="LicenseRef-unstated",
    help="SPDX id of the archive's licence.",
    show_default=True,
)
@click.option(
    "--preset",
    "presets",
    type=PresetName(),
    multiple=True,
    help="What is known about its software; may be repeated. Known: "
    f"{', '.join(preset_names(shipped_policies()))}.",
)
@json_option
def init(folder: Path, *, presets: tuple[str, ...], as_json: bool, **told: str) -> None:
    """Set up a gateway in FOLDER, in front of your archive.

    Writes a commented gateway.yaml, policies with the copyfair pack, and keys of
    its own (mode 0600). Watching is the default: nothing is slowed, nothing is
    licensed, and the log says what would have happened.

    \b
    Examples:
      copyfair init my-archive --upstream http://127.0.0.1:8080 \\
          --public-url https://archive.example
      copyfair init my-archive … --protect on          # the first evening
      copyfair init my-archive … --licence offer       # terms for machines
      copyfair init my-archive … --preset mediawiki    # `copyfair policy presets`
    """
    _assert_new(folder)
    host = urlsplit(told["public_url"]).hostname or "archive.example"
    told["steward"] = told["steward"] or host
    told["contact"] = told["contact"] or f"licences@{host}"
    written = write_set_up(folder, told, tuple(dict.fromkeys(presets)))
    read_settings(folder / "gateway.yaml")
    if as_json:
        document = {"folder": str(folder), "files": [str(file) for file in written]}
        emit("init", document | {"notes": _notes(told)})
        return
    for file in written:
        console().print(f"  {file}", markup=False)
    console().print(_next_steps(folder, told), markup=False)


def _assert_new(folder: Path) -> None:
    """Refuse a folder that holds anything but a repository's own `.git`."""
    if (folder / "gateway.yaml").exists():
        detail = f"{folder}/gateway.yaml exists; edit it, or choose another folder"
        raise Conflict(detail)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = {path.name for path in folder.iterdir()} - {".git"}
    except OSError as error:
        detail = f"{folder} cannot be made: {error.strerror}; choose another folder"
        raise InvalidValue(detail) from None
    if there:
        detail = f"{folder} is not empty ({min(there)} …); choose another folder"
        raise Conflict(detail)


def write_set_up(
    folder: Path, told: dict[str, str], presets: tuple[str, ...] = ()
) -> list[Path]:
    """Write a set-up's files; gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    policies = folder / "policies"
    licenses = told["licence_mode"] in {"offer", "invoice"}
    files = {
        folder / "gateway.yaml": templates.GATEWAY_YAML.format(
            config=folder / "gateway.yaml", seller="none", **told
        ),
        folder / ".gitignore": templates.GITIGNORE,
        policies / "collections" / "whole-site.yaml": templates.COLLECTION_YAML.format(
            steward=_quoted(told["steward"]),
            contact=_quoted(told["contact"]),
            licence=told["spdx"],
            tariff=f"tariff: {STARTER_TARIFF}\n" if licenses else "",
            costs=_costs(presets),
        ),
    }
    if licenses:
        tariff = policies / "tariffs" / f"{STARTER_TARIFF}.yaml"
        files[tariff] = templates.TARIFF_YAML
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in COPIED:
        source = shipped_policies() / name
        if source.exists():
            shutil.copytree(source, policies / name, dirs_exist_ok=True)
    for preset in presets:
        # A copy of its own: an upgrade never changes what the gateway answers.
        name = f"{PRESETS}/{preset}.yaml"
        files[policies / name] = (shipped_policies() / name).read_text("utf-8")
        (policies / PRESETS).mkdir(exist_ok=True)
        (policies / name).write_text(files[policies / name], encoding="utf-8")
    keys = make_keys(folder / "keys")
    return [*files, *(policies / name for name in COPIED), *keys]


def _costs(presets: tuple[str, ...]) -> str:
    if not presets:
        return templates.STARTER_COSTS
    return templates.PRESET_COSTS.format(presets=", ".join(presets))


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w .@+-]*", text)
    return text if plain else '"' + text.replace("\\", "").replace('"', "'") + '"'


def _notes(told: dict[str, str]) -> list[str]:
    notes = []
    if told["licence_mode"] == "invoice":
        notes.append(
            "invoicing.seller is `none`: usage is metered and reported, and nothing "
            "is invoiced until gateway.yaml names a seller."
        )
    if told["licence_mode"] == "off":
        notes.append(
            "licence_mode is `off`: nobody is refused, not even where a collection "
            "is restricted."
        )
    return notes


def _next_steps(folder: Path, told: dict[str, str]) -> str:
    config = folder / "gateway.yaml"
    notes = "".join("\n" + fill(f"Note: {note}", 88) for note in _notes(told))
    return f"""{notes}
Next:
  1. In policies/collections/whole-site.yaml put your licence and contact.
  2. copyfair doctor --config {config}
  3. copyfair serve  --config {config}
     and let your front server send readers to 127.0.0.1:8700.
  4. The switches are in {config}, now
     protect: {told["protect"]} and licence_mode: {told["licence_mode"]}.
The way back: copyfair off --config {config}"""
