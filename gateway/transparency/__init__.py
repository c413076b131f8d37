"""Who can prove it?

A Merkle log over the books, its checkpoints and proofs, and the means to
recompute a statement from its inputs.
"""
