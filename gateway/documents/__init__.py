"""Documents for people and tax offices.

Invoices and credit notes as PDF and as data; checked first, written once, and then
kept byte for byte. An extra: nothing here is imported before it is asked for.
"""
