"""A family of matrices: what the user's function makes of parameters, as one pure function of a real vector."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Complex, Float, Inexact

from .._checks import Fault, check_values, shown
from .._linalg import changes_of, continuation_rule, with_weights
from .._typing import as_inexact, as_real
from ..generators import AbstractDynamics

_EPS = float(np.finfo(float).eps)


def matrix_of(dynamics: Any) -> tuple[Inexact[Array, "n n"], Fault]:
    """The drift of a network, the superoperator of a finite system, or a square matrix as it is; and its fault."""
    fault = Fault()
    if isinstance(dynamics, AbstractDynamics):
        fault = dynamics.fault
        dynamics = dynamics.evolution_matrix
    matrix = as_inexact(dynamics, "The matrix (or dynamics that a description returns)")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise ValueError(
            f"A square matrix is needed, or the dynamics that a description returns, but the shape is {matrix.shape}. "
            "Use `jax.vmap` over a batch."
        )
    return matrix if jnp.iscomplexobj(matrix) else matrix.astype(float), fault


def as_eigenvalue(value: Any) -> Complex[Array, ""]:
    """A guess of an eigenvalue; ValueError for what is not one number."""
    found = as_inexact(value, "`eigenvalue`")
    if found.shape != ():
        raise ValueError(f"`eigenvalue` must be one number, but has shape {found.shape}.")
    return jnp.asarray(found, complex)


class Sample(NamedTuple):
    """A family at one point."""

    matrix: Inexact[Array, "n n"]
    slopes: Inexact[Array, "p n n"]  # dM/dparameters
    errors: Float[Array, "n n"]  # of the elements, from rounding
    weights: Complex[Array, " nodes"]  # of the continuation
    fault: Fault  # of the dynamics

    def in_units(self, units: Float[Array, " n"]) -> "Sample":
        """The same for coordinates divided by `units`."""
        scaling = units / units[:, None]
        return self._replace(matrix=self.matrix * scaling, slopes=self.slopes * scaling, errors=self.errors * scaling)


class Family(eqx.Module):
    """function(parameters) with everything that it closes over as leaves, called at real vectors only."""

    closure: Callable[..., tuple[Array, Fault]]
    real: bool = eqx.field(static=True)  # whether the parameters are to stay real

    def sample(self, parameters: Complex[Array, " p"]) -> Sample:
        """M and its slopes."""

        def at(x: Float[Array, " p"]) -> tuple[Array, Array, Fault]:
            def along(direction: Array) -> tuple[Array, Array, Fault]:
                matrix, slope, fault = jax.jvp(self.closure, (x,), (direction,), has_aux=True)
                return matrix, slope, fault

            return jax.vmap(along, out_axes=(None, 0, None))(jnp.eye(x.shape[0]))

        if self.real:
            matrix, slopes, fault = at(parameters.real)
            return Sample(matrix, slopes, _EPS * jnp.abs(matrix), jnp.zeros(0, complex), fault)
        (matrix, slopes, fault), (changes, bends, _) = changes_of(at, parameters)
        weights, errors = continuation_rule(matrix, changes)
        return Sample(
            with_weights(matrix, changes, weights), with_weights(slopes, bends, weights), errors, weights, fault
        )

    def matrix(self, parameters: Complex[Array, " p"], weights: Array) -> Inexact[Array, "n n"]:
        """M with the weights of a sample there; differentiable."""
        if self.real:
            return self.closure(parameters.real)[0]
        return with_weights(*changes_of(lambda x: self.closure(x)[0], parameters), weights)

    def frozen(self) -> "Family":
        """The same without derivatives."""
        return jax.tree.map(lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, self)


def family_of(
    function: Callable[..., Any], guess: Any, order: int | None, *values: Array
) -> tuple[Family, Array, Callable[[Array], Any]]:
    """The family, the guess as a vector, and the function that gives a vector the structure of the guess.

    order: of the exceptional point, or None for parameters that stay real whatever their number. values: examples of
    further arguments of the function.
    """
    if not callable(function):
        raise ValueError(
            "`function` must be one from parameters to a square matrix or to dynamics, such as "
            f"`lambda k: qt.local_master_equation()(device(k))`, but is {shown(function)}."
        )
    leaves = jax.tree.map(lambda leaf: as_real(leaf, "`guess`"), guess)
    start, unravel = ravel_pytree(leaves)
    check_values(start, "`guess`")
    number = start.shape[0]
    if number == 0 or (order is not None and number > 2 * (order - 1)):
        allowed = "" if order is None else f", at most {order - 1} complex or {2 * (order - 1)} real ones"
        raise ValueError(f"`guess` must hold at least one number{allowed}, but holds {number}.")

    def evaluate(vector: Float[Array, " p"], *values: Array) -> tuple[Array, Fault]:
        return matrix_of(function(unravel(vector), *values))

    closure = eqx.filter_closure_convert(evaluate, start, *values)
    size = jax.eval_shape(closure, start, *values)[0].shape[0]
    if size < (order or 2):
        raise ValueError(f"A point of order {order or 2} needs as many eigenvalues, but the matrix has {size}.")
    return Family(closure, order is None or number > order - 1), start, unravel
