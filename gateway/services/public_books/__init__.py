"""What everybody may see of the books: figures for the public pages.

Each file reads one topic; `reading` puts them together as of one instant. Whoever is
named here may be named (`identity.public_name`); everybody else is counted.
"""
