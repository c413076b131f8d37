"""Which files of tests begin first where several run side by side."""

# Whole stories of minutes come first, so that none of them begins when all else is
# done; `make test` hands out whole files.
FIRST = (
    "integration/test_bench.py",
    "journeys/test_rolling_restart.py",
    "journeys/test_workers_killed.py",
    "journeys/test_demo.py",
    "journeys/test_socket_activation.py",
    "journeys/test_workers.py",
    "journeys/test_clients.py",
    "integration/test_front_servers.py",
    "conformance/test_spellings.py",
    "journeys/test_no_word_of_money.py",
    "journeys/test_cli_books.py",
    "journeys/test_decide_door.py",
    "integration/test_any_store_call_may_fail.py",
    "journeys/test_outages.py",
    "journeys/test_cli_doctor.py",
    "journeys/test_same_ledger.py",
    "journeys/test_killed_at_load.py",
    "docs/test_pages.py",
    "journeys/test_signed_bots.py",
    "journeys/test_outages_around.py",
    "integration/proxy/test_limits.py",
    "integration/relief/test_ladder.py",
    "journeys/test_public_books.py",
    "journeys/test_reloads.py",
    "journeys/test_live_controls.py",
    "unit/proxy/test_canonical.py",
    "integration/proxy/test_express.py",
)
