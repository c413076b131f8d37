"""Voting: what the members want, counted so that anybody can count it again."""
