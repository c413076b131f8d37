"""Policies as YAML files: read, checked, and swapped whole or not at all.

The reader takes every scalar as text, keeps file, line and column, and reports
every fault at once. Only this package knows PyYAML.
"""
