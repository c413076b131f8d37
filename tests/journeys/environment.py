"""What processes of a test find around them."""

from __future__ import annotations

import os

# As a host runs it: with its bytecode kept, or each start compiles the half of it anew.
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
