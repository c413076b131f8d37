"""The ground floor: the words every room speaks.

Errors, money, periods, clocks, ids, requests, evidence and use are plain
values here. This package imports nothing of ours, does no I/O and knows no
library but Python's own.
"""
