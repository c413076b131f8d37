"""Where work leaves its traces: repositories, wikis, tables.

Read as found work; what it weighs and who is credited is decided elsewhere.
"""
