"""The licences an archive is likely to name, as SPDX spells them.

Not the whole SPDX list: another id is no fault, only a question. Identifiers of
the SPDX License List 3.27, https://spdx.org/licenses/.
"""

from __future__ import annotations

OWN_PREFIX = "LicenseRef-"


def _versions(name: str, versions: str) -> set[str]:
    return {f"{name}-{version}" for version in versions.split()}


def _gnu(name: str, versions: str) -> set[str]:
    endings = ("only", "or-later")
    return {f"{name}-{one}-{end}" for one in versions.split() for end in endings}


KNOWN = frozenset(
    _versions("CC-BY", "1.0 2.0 2.5 2.5-AU 3.0 3.0-AT 3.0-AU 3.0-DE 3.0-IGO 3.0-NL")
    | _versions("CC-BY", "3.0-US 4.0")
    | _versions("CC-BY-NC", "1.0 2.0 2.5 3.0 3.0-DE 4.0")
    | _versions("CC-BY-NC-ND", "1.0 2.0 2.5 3.0 3.0-DE 3.0-IGO 4.0")
    | _versions("CC-BY-NC-SA", "1.0 2.0 2.0-DE 2.0-FR 2.0-UK 2.5 3.0 3.0-DE 3.0-IGO")
    | _versions("CC-BY-NC-SA", "4.0")
    | _versions("CC-BY-ND", "1.0 2.0 2.5 3.0 3.0-DE 4.0")
    | _versions("CC-BY-SA", "1.0 2.0 2.0-UK 2.1-JP 2.5 3.0 3.0-AT 3.0-DE 3.0-IGO 4.0")
    | {"CC0-1.0", "CC-PDDC", "CC-PDM-1.0", "CC-SA-1.0"}
    | {"ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0"}
    | {"etalab-2.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "OGL-UK-3.0", "NLOD-2.0"}
    | {"LAL-1.3", "OGL-Canada-2.0", "Unlicense", "0BSD"}
    | _gnu("GFDL", "1.1 1.2 1.3")
    | _gnu("GPL", "2.0 3.0")
    | _gnu("LGPL", "2.1 3.0")
    | _gnu("AGPL", "3.0")
    | {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0"}
    | _versions("EUPL", "1.0 1.1 1.2")
)


def is_known(licence: str) -> bool:
    """Is it spelled as SPDX spells one of these, or a licence of one's own?"""
    return licence in KNOWN or licence.startswith(OWN_PREFIX)
