"""Entropy production in phase space, where it stays finite at zero temperature (Malouf 2019).

The Wigner function W of a Gaussian state is a distribution, and each thermal channel of a bath, a mode b with
[b, b^dagger] = 1 damped at a rate gamma towards n quanta, drives it to a Gaussian of its own. The relative entropy to
that one gives production and flux of every bath, dS_W/dt = sum_b (Pi_b - Phi_b) (Malouf 2019, Eqs. 13 to 20).
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ._checks import UNPHYSICAL, Fault, first_fault, guard, nan_where, shown
from ._linalg import cholesky_and_least, solve
from ._typing import PerBath, Scalar
from .generators import AbstractDynamics, Lyapunov
from .states import AbstractState, GaussianState, fitting_gaussian


def wigner_entropy(state: AbstractState, *, throw: bool = True) -> Scalar:
    """S_W = -int W ln W with the measure d^2 alpha per mode: N (1 + ln pi) + ln(det sigma)/2   (Malouf 2019, Eq. 12).

    The same in every canonical set of quadratures. Raises ValueError for a density matrix, a run-time error (NaN with
    throw=False) for a covariance that is not positive.
    """
    return guard(*_wigner_entropy(_gaussian(state)), throw)


@eqx.filter_jit
def _wigner_entropy(state: GaussianState) -> tuple[Scalar, Fault]:
    factor, least = cholesky_and_least(state.covariance)
    result = state.nodes * (1.0 + math.log(math.pi)) + jnp.sum(jnp.log(jnp.diagonal(factor)))
    known = state.is_finite()
    return nan_where(~known, result), _not_positive(factor, least).unless(~known)


def wigner_entropy_rates(
    dynamics: AbstractDynamics, state: AbstractState, *, throw: bool = True
) -> tuple[PerBath, PerBath]:
    """(production, flux) of every bath, each of shape (B,), in any Gaussian state.

    For a channel of one boson b with damping rate gamma, n quanta in its bath and N = n + 1/2,

        Phi = gamma (<b^dagger b> - n)/N,
        Pi = gamma [(c' - N)^2/(N c') + s/N + abs(<b>)^2/N],

    with the variance c' of b that is left when all else is known, 1/c' = [Theta^-1]_bb, and s = <b^dagger b> + 1/2 - c'
    of the fluctuations: the sum of squares behind Malouf 2019, Eq. C2, whose large terms cancel; s of a bath of one
    channel is a square too. Summed over baths, Pi - Phi = dS_W/dt; Pi >= 0 for every bath. Defined where baths act by
    such channels, so under equations that keep equal frequencies only: `qt.local_master_equation` (one channel for each
    node that a bath touches) and `qt.global_master_equation`. Raises ValueError for others, and where the state does
    not fit; a run-time error (NaN with throw=False) for a covariance that is not positive.
    """
    if not isinstance(dynamics, Lyapunov):
        raise ValueError(f"`dynamics` must be what a master equation makes of a network, but is {shown(dynamics)}.")
    if not dynamics.description.kernel.one_rate:
        raise ValueError(
            "Wigner entropy rates are defined for equations whose baths act by thermal channels of one frequency: the "
            f"local and the global one, but not {dynamics.description!r}."
        )
    return guard(*_rates(dynamics, fitting_gaussian(state, dynamics.form.shape)), throw)


@eqx.filter_jit
def _rates(dynamics: Lyapunov, state: GaussianState) -> tuple[tuple[PerBath, PerBath], Fault]:
    modes, channels = dynamics.eigenoperator_modes, dynamics.dissipators.channels()
    factor, least = cholesky_and_least(state.covariance)
    half = solve(factor, jnp.eye(factor.shape[0]))
    covariance, inverse = modes.raise_covariance(state.covariance), modes.raise_form(half.T @ half)
    variance, precision = channels.variance(covariance), channels.precision(inverse)
    correlated = channels.correlated(covariance, inverse, variance, precision)
    left = variance - correlated
    mean = channels.mean(modes.to_modes @ state.mean)
    n = channels.occupation + 0.5
    displaced = mean.real**2 + mean.imag**2
    flux = (variance + displaced - n) / n
    production = (left - n) ** 2 / (n * left) + (correlated + displaced) / n
    known = state.is_finite()
    rates = channels.summed(production), channels.summed(flux)
    return nan_where(~known, rates), first_fault(dynamics.fault, _not_positive(factor, least)).unless(~known)


def _not_positive(factor: Array, least: Array) -> Fault:
    return Fault(~jnp.all(jnp.isfinite(factor)), UNPHYSICAL, jax.lax.stop_gradient(least))


def _gaussian(state: AbstractState) -> GaussianState:
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state must be a `qt.GaussianState`, but is {shown(state)}.")
    if state.covariance.ndim != 2:
        raise ValueError(
            f"The state must be one state, but has a covariance of shape {state.covariance.shape}. Use `jax.vmap` over "
            "the leading axes."
        )
    return state
