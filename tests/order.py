"""Which files of tests begin first where several run side by side."""

# Whole stories of minutes come first, so that none of them begins when all else is
# done; `make test` hands out whole files.
FIRST = (
    "integration/test_front_servers.py",
    "docs/test_pages.py",
    "journeys/test_killed_at_load.py",
    "journeys/test_rolling_restart.py",
    "journeys/test_workers_killed.py",
    "journeys/test_same_ledger.py",
    "journeys/test_clients.py",
    "journeys/test_outages_around.py",
    "unit/proxy/test_canonical.py",
    "integration/proxy/test_express.py",
    "journeys/test_outages.py",
    "journeys/test_reloads.py",
    "journeys/test_workers.py",
    "journeys/test_live_controls.py",
)
