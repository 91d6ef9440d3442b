"""Operators: quadratures of a network's nodes, operators of qubits and qudits, and Lindblad superoperators."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ._checks import check_hermitian, check_site
from ._linalg import superoperator
from ._typing import Numbers, Operator, QuadratureVector, as_inexact


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


def embed(operator: Numbers, site: int, *, dims: Sequence[int]) -> Operator:
    """1 (x) ... (x) operator (x) ... (x) 1: a local operator on one site of a composite system.

    operator (dims[site], dims[site]); `dims` are the dimensions of the sites, in order. Returns (d, d) with
    d the product of `dims`. Raises ValueError for a site that does not exist or an operator that does not fit.
    """
    dims = tuple(dims)
    if not dims or any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in dims):
        raise ValueError(f"`dims` must be positive integers, one per site, but are {dims}.")
    check_site(site, len(dims))
    local = jnp.asarray(operator)
    if local.shape != (dims[site], dims[site]):
        raise ValueError(
            f"The operator on site {site} must have shape {(dims[site],) * 2}, but has shape {local.shape}."
        )
    before, after = np.eye(int(np.prod(dims[:site]))), np.eye(int(np.prod(dims[site + 1 :])))
    return jnp.kron(jnp.kron(before, local), after)


def _on_qubit(operator: Sequence[Sequence[float | complex]], site: int, qubits: int) -> Operator:
    check_site(site, qubits)
    return embed(np.array(operator), site, dims=(2,) * qubits)


def sigma_x(site: int, *, of: int) -> Float[Array, "d d"]:
    """sigma_x of one of `of` qubits, shape (2^of, 2^of).

    The first basis state of a qubit is |1>, the excited one, so sigma_z = diag(1, -1). Raises ValueError when
    the site is not one of 0, ..., of - 1.
    """
    return _on_qubit([[0.0, 1.0], [1.0, 0.0]], site, of)


def sigma_y(site: int, *, of: int) -> Operator:
    """sigma_y of one of `of` qubits, complex; see `sigma_x`."""
    return _on_qubit([[0.0, -1.0j], [1.0j, 0.0]], site, of)


def sigma_z(site: int, *, of: int) -> Float[Array, "d d"]:
    """sigma_z = |1><1| - |0><0| of one of `of` qubits; see `sigma_x`."""
    return _on_qubit([[1.0, 0.0], [0.0, -1.0]], site, of)


def sigma_plus(site: int, *, of: int) -> Float[Array, "d d"]:
    """|1><0|, which raises one of `of` qubits; see `sigma_x`."""
    return _on_qubit([[0.0, 1.0], [0.0, 0.0]], site, of)


def sigma_minus(site: int, *, of: int) -> Float[Array, "d d"]:
    """|0><1|, which lowers one of `of` qubits; see `sigma_x`."""
    return _on_qubit([[0.0, 0.0], [1.0, 0.0]], site, of)


def destroy(levels: int) -> Float[Array, "levels levels"]:
    """a with a|n> = sqrt(n)|n-1> on the number states |0>, ..., |levels - 1>, in this order."""
    _check_levels(levels)
    return jnp.asarray(np.diag(np.sqrt(np.arange(1.0, levels)), 1))


def create(levels: int) -> Float[Array, "levels levels"]:
    """a^dagger on the number states |0>, ..., |levels - 1>; see `destroy`."""
    return destroy(levels).T


def number(levels: int) -> Float[Array, "levels levels"]:
    """diag(0, 1, ..., levels - 1)."""
    _check_levels(levels)
    return jnp.asarray(np.diag(np.arange(float(levels))))


def _check_levels(levels: int) -> None:
    if isinstance(levels, bool) or not isinstance(levels, (int, np.integer)) or levels < 1:
        raise ValueError(f"`levels` must be a positive integer, but is {levels!r}.")


def lindblad_superoperator(hamiltonian: Numbers, jumps: Sequence[Numbers]) -> Complex[Array, "d2 d2"]:
    """rho -> -i [H, rho] + sum_k (L_k rho L_k^dagger - {L_k^dagger L_k, rho}/2), on matrices stacked row by row.

    hamiltonian: (d, d), Hermitian; jumps: matrices L_k of shape (d, d), their rates included. Returns (d^2, d^2), in
    the order of `Liouvillian.matrix`. For equations that no bath of the package stands behind, such as that of a
    driven qubit in the rotating frame. Raises ValueError for shapes that do not fit and a Hamiltonian known not to be
    Hermitian.
    """
    h = as_inexact(hamiltonian)
    if h.ndim != 2 or h.shape[0] != h.shape[1]:
        raise ValueError(f"`hamiltonian` must have shape (d, d), but has shape {h.shape}.")
    check_hermitian(h, "`hamiltonian`")
    each = [as_inexact(jump) for jump in jumps]
    for jump in each:
        if jump.shape != h.shape:
            raise ValueError(
                f"The jump operators must have the shape {h.shape} of `hamiltonian`, but one has {jump.shape}."
            )
    left = jnp.stack(each)[None] if each else jnp.zeros((1, 0, *h.shape))
    return superoperator(h, left, left / 2)
