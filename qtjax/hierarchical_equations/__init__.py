"""Hierarchical equations of motion: the exact solution of finite systems, to a stated truncation."""
