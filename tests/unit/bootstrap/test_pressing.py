"""Documents are an extra: without it everything else works, and the remedy is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXTRA = ("facturx", "lxml", "pypdf", "saxonche", "segno", "stdnum", "typst")
WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRA!r}))
import gateway.bootstrap.worker, gateway.cli.invoice, gateway.cli.doctor
from gateway.bootstrap import pressing
from gateway.kernel.errors import Misconfigured
from gateway.settings.identifiers import iban
assert iban("FR76 3000 6000 0112 3456 7890 188").endswith("188")
try:
    pressing.carried_by(b"%PDF-")
except Misconfigured as fault:
    print(fault.detail)
"""
AT_START = f"""
import sys
import gateway.bootstrap.worker, gateway.cli.invoice, gateway.cli.serve
print(sorted(set({EXTRA!r}) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (WITHOUT, "pip install 'copyfair-gateway[invoices]'"),
        (AT_START, "[]"),
    ],
    ids=["without the extra", "with it, and nothing issued"],
)
def test_nothing_but_documents_needs_the_extra(script: str, said: str) -> None:
    ran = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", script],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )

    assert said in ran.stdout
