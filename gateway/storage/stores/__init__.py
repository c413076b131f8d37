"""One store per noun, each written once in the SQL that both engines speak."""
