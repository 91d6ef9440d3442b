"""Hierarchical equations of motion: the exact solution of finite systems, to a stated truncation."""

from ._description import HierarchicalEquations as HierarchicalEquations
from ._dynamics import Hierarchy as Hierarchy
from ._generator import Generator as Generator
