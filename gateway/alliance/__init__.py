"""Who stands with us?

Membership, mutual recognition of agreements, joint offers, netting between
members, and sanctions for those who break their word.
"""
