"""What do they give back?

Contribution claims, their review, the standing that follows from them, and the
offsets granted: who may set off which amount, until when.
"""
