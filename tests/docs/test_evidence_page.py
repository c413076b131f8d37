"""docs/reference/evidence.md names every reason and weight there is."""

from gateway.classification.testimony import WEIGHTS
from gateway.credentials.signature_reasons import DETAILS
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/reference/evidence.md").read_text(encoding="utf-8")


def test_every_reason_of_a_signature_is_explained() -> None:
    missing = [
        reason
        for reason, detail in DETAILS.items()
        if not any(
            line.startswith(f"| `{reason}` |") and detail in line
            for line in PAGE.splitlines()
        )
    ]

    assert not missing


def test_every_weight_is_published() -> None:
    missing = [
        signal
        for signal, weight in WEIGHTS.items()
        if not any(
            f"`{signal}`" in line and f"| {weight} |" in line
            for line in PAGE.splitlines()
        )
    ]

    assert not missing
