"""Who is asking?

A party and its attributes, each with the level of evidence behind it, the API
keys a party holds, and the principal that a request turns out to be.
"""
