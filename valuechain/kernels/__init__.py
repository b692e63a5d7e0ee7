"""Numerics on bare arrays, compiled by numba: they see no labels, no tables, and check no user input."""
