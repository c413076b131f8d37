"""The adversary ladder: what each kind of crawler still gets, and who pays for it.

The gateway's own admission and relief run on a clock that is moved by hand, before an
archive of a fixed capacity, with readers among the crawlers' networks. Seeded: the
same figures each time.
"""
