"""Pages written from the code; `python -m tests.docs.generated` renews them."""

from __future__ import annotations

from collections.abc import Callable

from tests.docs import (
    command_reference,
    hardness_reference,
    policy_reference,
    preset_reference,
)
from tests.docs.pages import ROOT

GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": command_reference.page,
    "docs/reference/hardness.md": hardness_reference.page,
    "docs/reference/policy-files.md": policy_reference.page,
    "docs/reference/presets.md": preset_reference.page,
}

if __name__ == "__main__":
    for name, page in GENERATED.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
