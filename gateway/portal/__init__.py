"""The control plane in HTML, for people.

Public books, commercial users, stewards and contributors. It works without
JavaScript.
"""
