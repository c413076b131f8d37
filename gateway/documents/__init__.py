"""Documents for people and tax offices.

Invoices as PDF and as structured data, and statements; written once, then kept
byte for byte.
"""
