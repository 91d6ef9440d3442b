"""Sweeps: one function at every point of a grid of parameters, chunked, sharded, saved and resumed."""

from ._sweep import sweep as sweep
