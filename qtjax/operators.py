"""Operators: quadratures of a network's nodes, operators of qubits and qudits, and Lindblad superoperators."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ._checks import as_dims, check_count, check_hermitian, check_site, shown
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
    dims = as_dims(dims)
    check_site(site, len(dims))
    local = as_inexact(operator, "The operator")
    if local.shape != (dims[site], dims[site]):
        raise ValueError(
            f"The operator on site {site} must have shape {(dims[site],) * 2}, but has shape {local.shape}."
        )
    before, after = np.eye(int(np.prod(dims[:site]))), np.eye(int(np.prod(dims[site + 1 :])))
    return jnp.kron(jnp.kron(before, local), after)


# Longer sums, and operators on more levels, are not spelled out.
_LISTED, _NAMED = 4, 256
_PAULI = {
    "sigma_x": [[0.0, 1.0], [1.0, 0.0]],
    "sigma_y": [[0.0, -1.0j], [1.0j, 0.0]],
    "sigma_z": [[1.0, 0.0], [0.0, -1.0]],
}


def _on_qubit(operator: Sequence[Sequence[float | complex]], site: int, qubits: int) -> Operator:
    check_site(site, qubits)
    return embed(np.array(operator), site, dims=(2,) * qubits)


def sigma_x(site: int, *, of: int) -> Float[Array, "d d"]:
    """sigma_x of one of `of` qubits, shape (2^of, 2^of).

    The first basis state of a qubit is |1>, the excited one, so sigma_z = diag(1, -1). Raises ValueError when
    the site is not one of 0, ..., of - 1.
    """
    return _on_qubit(_PAULI["sigma_x"], site, of)


def sigma_y(site: int, *, of: int) -> Operator:
    """sigma_y of one of `of` qubits, shape (2^of, 2^of), complex; see `sigma_x`."""
    return _on_qubit(_PAULI["sigma_y"], site, of)


def sigma_z(site: int, *, of: int) -> Float[Array, "d d"]:
    """sigma_z = |1><1| - |0><0| of one of `of` qubits, shape (2^of, 2^of); see `sigma_x`."""
    return _on_qubit(_PAULI["sigma_z"], site, of)


def sigma_plus(site: int, *, of: int) -> Float[Array, "d d"]:
    """|1><0|, which raises one of `of` qubits, shape (2^of, 2^of); see `sigma_x`."""
    return _on_qubit([[0.0, 1.0], [0.0, 0.0]], site, of)


def sigma_minus(site: int, *, of: int) -> Float[Array, "d d"]:
    """|0><1|, which lowers one of `of` qubits, shape (2^of, 2^of); see `sigma_x`."""
    return _on_qubit([[0.0, 0.0], [1.0, 0.0]], site, of)


def destroy(levels: int) -> Float[Array, "levels levels"]:
    """a with a|n> = sqrt(n)|n-1> on the number states |0>, ..., |levels - 1>, in this order.

    Shape (levels, levels). Raises ValueError unless `levels` is a positive integer.
    """
    check_count(levels, "levels")
    return jnp.asarray(np.diag(np.sqrt(np.arange(1.0, levels)), 1))


def create(levels: int) -> Float[Array, "levels levels"]:
    """a^dagger on the number states |0>, ..., |levels - 1>, shape (levels, levels); see `destroy`."""
    return destroy(levels).T


def number(levels: int) -> Float[Array, "levels levels"]:
    """diag(0, 1, ..., levels - 1), shape (levels, levels); see `destroy`."""
    check_count(levels, "levels")
    return jnp.asarray(np.diag(np.arange(float(levels))))


def local_part(matrix: np.ndarray, site: int, dims: tuple[int, ...]) -> np.ndarray:
    """Tr_others[matrix] / Tr_others[1]: what an operator is on one site, the others in the even mixture."""
    n, before = dims[site], math.prod(dims[:site])
    tensor = matrix.reshape(before, n, -1, before, n, matrix.shape[0] // (before * n))
    return np.einsum("aibajb->ij", tensor) * (n / matrix.shape[0])


def is_sum_over_sites(matrix: Any, dims: tuple[int, ...]) -> bool:
    """Whether an operator, known now, is a sum of operators on single sites: its parts then carry its whole norm."""
    values = np.asarray(matrix)
    size = values.shape[0]
    mean = np.trace(values) / size
    norms = [
        size / n * np.linalg.norm(local_part(values, site, dims) - mean * np.eye(n)) ** 2 for site, n in enumerate(dims)
    ]
    whole = np.linalg.norm(values) ** 2
    return bool(abs(whole - size * abs(mean) ** 2 - sum(norms)) <= 1e-12 * whole)


def named_quadratures(coupling: Any) -> str:
    """A vector on the quadratures, known now, as a sum such as `x0 + 0.5 p1`; a stack as the first and the last."""
    values = np.asarray(coupling)
    if values.ndim > 1:
        return f"{named_quadratures(values[0])} ... {named_quadratures(values[-1])}"
    terms = [(values[i], f"{'xp'[i % 2]}{i // 2}") for i in np.flatnonzero(values)]
    if not 0 < len(terms) <= _LISTED:
        return f"sum of {len(terms)} quadratures"
    return _as_sum(terms)


def named_operator(coupling: Any, dims: tuple[int, ...]) -> str:
    """A matrix, known now: which sites it acts on, of a qubit as a sum of Pauli matrices such as `sigma_x(0)`."""
    values = np.asarray(coupling)
    if values.ndim > 2:
        return f"{named_operator(values[0], dims)} ... {named_operator(values[-1], dims)}"
    sites = [site for site in range(len(dims)) if not _is_idle(values, site, dims)] if len(values) <= _NAMED else None
    if sites is None or len(sites) != 1:
        return f"operator on {'all' if sites is None else len(sites)} sites"
    local = local_part(values, sites[0], dims)
    if dims[sites[0]] != 2:
        return f"operator on site {sites[0]}"
    weights = {f"{name}({sites[0]})": np.trace(local @ np.array(pauli)).real / 2 for name, pauli in _PAULI.items()}
    weights["1"] = np.trace(local).real / 2
    terms = [(w, name) for name, w in weights.items() if abs(w) > 1e-12 * np.abs(local).max()]
    return _as_sum(terms)


def _as_sum(terms: Sequence[tuple[float, str]]) -> str:
    return " + ".join(name if weight == 1 else f"{weight:.6g} {name}" for weight, name in terms).replace("+ -", "- ")


def _is_idle(matrix: np.ndarray, site: int, dims: tuple[int, ...]) -> bool:
    """Whether an operator does nothing on a site."""
    n, before = dims[site], math.prod(dims[:site])
    tensor = matrix.reshape(before, n, -1, before, n, matrix.shape[0] // (before * n))
    rest = np.einsum("aibcid->abcd", tensor)[:, None, :, :, None] / n
    return bool(np.abs(tensor - rest * np.eye(n)[None, :, None, None, :, None]).max() <= 1e-12 * np.abs(matrix).max())


def lindblad_superoperator(hamiltonian: Numbers, jumps: Sequence[Numbers]) -> Complex[Array, "d2 d2"]:
    """rho -> -i [H, rho] + sum_k (L_k rho L_k^dagger - {L_k^dagger L_k, rho}/2), on matrices stacked row by row.

    hamiltonian: (d, d), Hermitian; jumps: matrices L_k of shape (d, d), their rates included. Returns (d^2, d^2), in
    the order of `Liouvillian.matrix`. For equations that no bath of the package stands behind, such as that of a
    driven qubit in the rotating frame. Raises ValueError for shapes that do not fit and a Hamiltonian known not to be
    Hermitian.
    """
    h = as_inexact(hamiltonian, "`hamiltonian`")
    if h.ndim != 2 or h.shape[0] != h.shape[1]:
        raise ValueError(f"`hamiltonian` must have shape (d, d), but has shape {h.shape}.")
    check_hermitian(h, "`hamiltonian`")
    if not isinstance(jumps, (Sequence, jax.Array, np.ndarray)) or isinstance(jumps, str):
        raise ValueError(f"`jumps` must be a list of matrices of shape {h.shape}, but is {shown(jumps)}.")
    each = [as_inexact(jump, "A jump operator") for jump in jumps]
    for jump in each:
        if jump.shape != h.shape:
            raise ValueError(
                f"The jump operators must have the shape {h.shape} of `hamiltonian`, but one has {jump.shape}."
            )
    left = jnp.stack(each)[None] if each else jnp.zeros((1, 0, *h.shape))
    return superoperator(h, left, left / 2)
