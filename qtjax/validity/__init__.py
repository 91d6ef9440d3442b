"""Validity: which description to trust for a system, and why."""

from ._assess import assess as assess
from ._assessment import Assessment as Assessment
