"""A harvest as libraries do it with Sickle: all records, list after list.

    python harvest.py ADDRESS

Prints how many records came.
"""

from __future__ import annotations

import sys

from sickle import Sickle

records = Sickle(sys.argv[1]).ListRecords(metadataPrefix="oai_dc")
titles = [record.metadata["title"][0] for record in records]
print(len(set(titles)))  # noqa: T201 whoever started it reads that
