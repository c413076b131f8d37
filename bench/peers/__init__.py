"""Who is measured beside us, one server program per file."""
