"""Where things are kept: SQLite by default, PostgreSQL for many nodes.

Stores are written once against a small database port; engines differ in one
file each. Only this package knows sqlite3, sqlite-utils and asyncpg.
"""
