"""Every table of the store, room by room, in the order the rooms stand."""

from __future__ import annotations

from sqlite_utils import Migrations

from gateway.storage.sqlite.migrations.access_logs import migrations as access_logs
from gateway.storage.sqlite.migrations.appeals import migrations as appeals
from gateway.storage.sqlite.migrations.applications import (
    migrations as applications,
)
from gateway.storage.sqlite.migrations.as_booked import migrations as as_booked
from gateway.storage.sqlite.migrations.bank import migrations as bank
from gateway.storage.sqlite.migrations.barter import migrations as barter
from gateway.storage.sqlite.migrations.billing import migrations as billing
from gateway.storage.sqlite.migrations.buyers import migrations as buyers
from gateway.storage.sqlite.migrations.caps import migrations as caps
from gateway.storage.sqlite.migrations.checkouts import migrations as checkouts
from gateway.storage.sqlite.migrations.credit_names import (
    migrations as credit_names,
)
from gateway.storage.sqlite.migrations.departures import migrations as departures
from gateway.storage.sqlite.migrations.documents import migrations as documents
from gateway.storage.sqlite.migrations.dunning import migrations as dunning
from gateway.storage.sqlite.migrations.effort import migrations as effort
from gateway.storage.sqlite.migrations.effort_classes import (
    migrations as effort_classes,
)
from gateway.storage.sqlite.migrations.evidence import migrations as evidence
from gateway.storage.sqlite.migrations.footings import migrations as footings
from gateway.storage.sqlite.migrations.forgotten_names import (
    migrations as forgotten_names,
)
from gateway.storage.sqlite.migrations.fund import migrations as fund
from gateway.storage.sqlite.migrations.gifts import migrations as gifts
from gateway.storage.sqlite.migrations.giving_back import migrations as giving_back
from gateway.storage.sqlite.migrations.identity import migrations as identity
from gateway.storage.sqlite.migrations.licensing import migrations as licensing
from gateway.storage.sqlite.migrations.metering import migrations as metering
from gateway.storage.sqlite.migrations.notices import migrations as notices
from gateway.storage.sqlite.migrations.oversight import migrations as oversight
from gateway.storage.sqlite.migrations.payers import migrations as payers
from gateway.storage.sqlite.migrations.proof_notices import (
    migrations as proof_notices,
)
from gateway.storage.sqlite.migrations.reciprocity import migrations as reciprocity
from gateway.storage.sqlite.migrations.rounds import migrations as rounds
from gateway.storage.sqlite.migrations.span_charges import migrations as span_charges
from gateway.storage.sqlite.migrations.stays import migrations as stays
from gateway.storage.sqlite.migrations.taken_back import migrations as taken_back
from gateway.storage.sqlite.migrations.transparency import migrations as transparency
from gateway.storage.sqlite.migrations.voting import migrations as voting

ALL: tuple[Migrations, ...] = (
    identity,
    licensing,
    metering,
    billing,
    fund,
    reciprocity,
    appeals,
    access_logs,
    bank,
    documents,
    dunning,
    span_charges,
    effort,
    checkouts,
    caps,
    notices,
    applications,
    evidence,
    transparency,
    barter,
    departures,
    giving_back,
    payers,
    voting,
    rounds,
    oversight,
    gifts,
    credit_names,
    proof_notices,
    forgotten_names,
    taken_back,
    as_booked,
    buyers,
    footings,
    effort_classes,
    stays,
)
