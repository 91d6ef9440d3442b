"""Hierarchical equations of motion: the exact solution of finite systems, to a stated truncation."""

from ._description import HierarchicalEquations as HierarchicalEquations
from ._dynamics import LEAST_EIGENVALUE as LEAST_EIGENVALUE, Hierarchy as Hierarchy
from ._generator import Generator as Generator
from ._tiers import auxiliary_operators as auxiliary_operators
