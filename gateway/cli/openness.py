"""copyfair openness: proof that a model was opened, and what was found."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import US_PER_DAY, iso
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.openness import Finding, Openness, Shown
from gateway.services.openness_desk import ProofView
from gateway.settings import Settings

PIECE = re.compile(r"([a-z][a-z-]*)=(\S.*)")
HELP = """--evidence weights=URL. Parts: weights, code, data-information, licences; of
MOF-II also architecture, model-card, evaluation; of MOF-I also training-data, paper."""


@click.group()
def openness() -> None:
    """Proof that what was built from the commons was opened."""


@openness.command()
@click.option("--agreement", "agreement_id", required=True, help="Whose use: agr_…")
@click.option("--model", required=True, help="The model's own page: https://…")
@click.option(
    "--class",
    "klass",
    type=click.Choice([one.value for one in Openness]),
    required=True,
    help="By which definition.",
)
@click.option(
    "--evidence", multiple=True, required=True, metavar="PART=WHERE", help=HELP
)
@click.option(
    "--days",
    type=click.IntRange(1, 730),
    default=365,
    show_default=True,
    help="For how long it holds.",
)
@config_option
@json_option
def prove(
    settings: Settings,
    *,
    agreement_id: str,
    model: str,
    klass: str,
    evidence: tuple[str, ...],
    days: int,
    as_json: bool,
) -> None:
    """Lay a proof open. It is worth nothing until somebody else accepts it.

    WHERE is a URL, or a file here, of which the digest is kept.
    """
    shown = [_shown(piece) for piece in evidence]
    with opened(settings) as house:
        view = house.openness_desk.prove(
            agreement_id,
            Openness(klass),
            model=model,
            evidence=shown,
            until_us=house.clock.now_us() + days * US_PER_DAY,
        )
    _show(view, as_json=as_json)


@openness.command()
@click.argument("proof_id", metavar="PROOF")
@click.argument("finding", type=click.Choice([one.value for one in Finding]))
@click.option("--by", "reviewer", required=True, help="A steward: id or name.")
@click.option("--reason", default="", help="Needed to refuse or withdraw.")
@config_option
@json_option
def review(
    settings: Settings,
    *,
    proof_id: str,
    finding: str,
    reviewer: str,
    reason: str,
    as_json: bool,
) -> None:
    """Accept, refuse or withdraw a proof; never of one's own."""
    with opened(settings) as house:
        view = house.openness_desk.review(
            proof_id,
            Finding(finding),
            reviewer_id=house.parties.show(reviewer).id,
            reason=reason,
        )
    _show(view, as_json=as_json)


@openness.command("list")
@click.option("--agreement", "agreement_id", default="", help="Only of this one.")
@config_option
@json_option
def list_(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """List proofs and where they stand."""
    with opened(settings) as house:
        views = house.openness_desk.list(agreement_id)
    if as_json:
        emit("openness-proofs", {"proofs": [_document(view) for view in views]})
        return
    table(
        ("proof", "agreement", "class", "model", "until", "state"),
        [
            (
                view.proved.proof.id,
                view.proved.proof.agreement_id,
                view.proved.proof.openness.value,
                view.proved.proof.model,
                iso(view.proved.proof.until_us)[:10],
                view.state.value,
            )
            for view in views
        ],
    )


def _shown(text: str) -> Shown:
    match = PIECE.fullmatch(text)
    if match is None:
        detail = f"--evidence takes PART=WHERE, such as weights=https://…, not {text!r}"
        raise InvalidValue(detail)
    part, where = match[1], match[2]
    if where.startswith(("https://", "http://")):
        return Shown(part, where)
    file = Path(where)
    if not file.is_file():
        detail = f"{where!r} is neither a URL nor a file here"
        raise InvalidValue(detail)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Shown(part, file.name, digest)


def _document(view: ProofView) -> dict[str, Any]:
    proof, reviews = view.proved.proof, view.proved.reviews
    return {
        "proof_id": proof.id,
        "agreement_id": proof.agreement_id,
        "party_id": proof.party_id,
        "model": proof.model,
        "openness_class": proof.openness.value,
        "evidence": [
            {"part": each.part, "where": each.where, "sha256": each.sha256 or None}
            for each in proof.evidence
        ],
        "shown_at": iso(proof.shown_us),
        "until": iso(proof.until_us),
        "state": view.state.value,
        "reviews": [
            {
                "by": each.reviewer_id,
                "finding": each.finding.value,
                "reason": each.reason,
                "reviewed_at": iso(each.reviewed_us),
            }
            for each in reviews
        ],
    }


def _show(view: ProofView, *, as_json: bool) -> None:
    if as_json:
        emit("openness-proof", _document(view))
        return
    proof = view.proved.proof
    console().print(
        f"{proof.id}  {proof.model} ({proof.openness.value}): {view.state.value}",
        markup=False,
    )
