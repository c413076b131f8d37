"""The default engine: one SQLite file, opened and migrated by sqlite-utils."""
