"""Importers: what a host has already, as a preset of ours."""
