"""The topics of the public books: one function each, from figures to a section."""
