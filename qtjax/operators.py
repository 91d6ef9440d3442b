"""Coupling operators: position and momentum of a node of a network."""

import jax.numpy as jnp
import numpy as np

from ._checks import check_site
from ._typing import QuadratureVector


def _unit_vector(site: int, nodes: int, offset: int) -> QuadratureVector:
    check_site(site, nodes)
    vector = np.zeros(2 * nodes)
    vector[2 * site + offset] = 1.0
    return jnp.asarray(vector)


def position(site: int, *, of: int) -> QuadratureVector:
    """The coupling vector of x_site in a network of `of` nodes.

    Returns a unit vector of shape (2 of,) on the quadratures (x1, p1, x2, p2, ...); sites count from 0.
    Raises ValueError when the site is not one of 0, ..., of - 1.
    """
    return _unit_vector(site, of, 0)


def momentum(site: int, *, of: int) -> QuadratureVector:
    """The coupling vector of p_site in a network of `of` nodes: shape (2 of,); see `position`."""
    return _unit_vector(site, of, 1)
