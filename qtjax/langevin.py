"""The exact solution of Gaussian networks: quantum Langevin equations, solved in frequency.

With the bath's susceptibility chi, J = Im chi, and the counterterm in the Hamiltonian the response to the
noise of bath b is R(w) = -G(w) c_b F_b(w),

    G(w) = [h - i w Omega + sum_b c_b c_b^T (2 Q_b - chi_b(w))]^-1            (Gonzalez 2017, Eqs. 28-33)
    sigma = sum_b int dw/2pi  J_b coth(w/2T_b)  (G c_b)(G c_b)^dagger
    J_a   = sum_b int_0^inf dw/2pi  w 4 J_a J_b [abs(c_b G c_a)^2 n_a - abs(c_a G c_b)^2 n_b]   (Landauer)

Resonances of width 1e-8 are the rule, so the quadrature is graded around each of them, and distances to them
are carried as such instead of being subtracted. The nodes are frozen: the integral does not depend on them,
so derivatives of any order go through the integrand.
"""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ._checks import NOT_UNIQUE, POTENTIAL, Fault, first_fault, shown
from ._linalg import NormalModes, conjugate_pair, eigvals, exponential, solve, symplectic_form
from ._quadrature import gauss_legendre_panels, on_panels, refined_breaks
from ._scopes import scope_of
from ._special import bose_weight, coth_weight
from ._typing import PerBath, QuadratureForm
from .baths import Bath, OpenSystem, for_each_bath
from .generators import AbstractDynamics
from .hamiltonians import OscillatorNetwork
from .spectral_densities import Drude
from .states import GaussianState

# Panels on the asinh scale on either side of each resonance, and on log scales below and above them all, finer
# at first because the outermost resonance is log 2 away; then how many there are once the densities have a say.
_SIDE, _SIDE_PANELS = np.linspace(0.0, 1.0, 17), 18
_LOW, _LOW_PANELS = np.array([0.0, 0.5, 1, 2, 3, *range(5, 37, 2)]), 24
_HIGH, _HIGH_PANELS = np.array([0.0, 0.5, 1, 2, 3, *range(5, 47, 2)]), 30
_CHUNK = 80
# Widths below rounding are not looked for; the error of the commutators up to which a result counts as resolved.
_NARROWEST, _RESOLVED = 1e-17, 1e-8


class LangevinDynamics(AbstractDynamics):
    """The exact linear dynamics of a network and its baths. `form` is that of H_S alone."""

    form: QuadratureForm
    static_form: QuadratureForm  # what remains of h at w -> 0: softened by a bath without counterterm
    modes: NormalModes  # of static_form
    baths: tuple[Bath, ...]  # stacked
    forces: Float[Array, "baths two_n"]  # Omega c_b: dR/dt = Omega h R + sum_b forces_b f_b
    temperatures: PerBath
    fault: Fault

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.form.shape[-1] // 2

    @property
    def couplings(self) -> Float[Array, "baths two_n"]:
        """c_b."""
        return jnp.concatenate([stack.coupling for stack in self.baths])

    @property
    def drift(self) -> Float[Array, "m m"]:
        """Drift of the first moments (R, y_1, ..., y_B), y_b the memory of Drude bath b: shape (2N+B,) * 2.

        dR/dt = Omega h R + sum_b Omega c_b (F_b - y_b + 2 Q_b c_b.R), the last term with a counterterm;
        dy_b/dt = - cutoff_b y_b + strength_b cutoff_b^2 c_b.R. Raises ValueError for other densities.
        """
        strength, cutoff = _drude_parameters(self.baths)
        compensation = jnp.asarray(self.counterterms, float) * strength * cutoff
        form = self.form + (self.couplings.T * compensation) @ self.couplings
        coherent = symplectic_form(self.nodes) @ form
        memory = (strength * cutoff**2)[:, None] * self.couplings
        return jnp.block([[coherent, -self.forces.T], [memory, -jnp.diag(cutoff)]])

    @property
    def evolution_matrix(self) -> Float[Array, "m m"]:
        """The drift."""
        return self.drift

    def spectrum(self) -> Complex[Array, " m"]:
        """The eigenvalues of the drift."""
        return jnp.linalg.eigvals(self.drift)

    @property
    def counterterms(self) -> tuple[bool, ...]:
        """Whether each bath is compensated."""
        return tuple(bath.counterterm for bath in self.baths for _ in range(bath.coupling.shape[0]))

    def __repr__(self) -> str:
        baths = self.forces.shape[0]
        return f"LangevinDynamics(nodes={self.nodes}, baths={baths}, counterterms={self.counterterms}): exact"


class Langevin(eqx.Module):
    """The exact solution of a network: description(system) -> dynamics, like a master equation.

    Steady states for any spectral density with a cut-off, transients for Drude baths. A bath with
    `counterterm` is compensated; without it, it softens the potential by 2 Q. Raises ValueError for densities
    without cut-off.
    """

    def __call__(self, system: OpenSystem) -> LangevinDynamics:
        """The dynamics of a system. Faults of its values are reported by `steady_state` and `evolve`."""
        if not isinstance(system, OpenSystem):
            raise ValueError(f"A description acts on a `qt.OpenSystem`, but got {shown(system)}.")
        if not isinstance(system.hamiltonian, OscillatorNetwork):
            raise ValueError("`qt.Langevin` solves oscillator networks (`qt.OscillatorNetwork`) only.")
        with scope_of(self):
            return _langevin_dynamics(system)

    def __repr__(self) -> str:
        return "Langevin(): exact"


@eqx.filter_jit
def _langevin_dynamics(system: OpenSystem) -> LangevinDynamics:
    assert isinstance(system.hamiltonian, OscillatorNetwork)
    stacks, form = system.stacks(), system.hamiltonian.form
    couplings = jnp.concatenate([stack.coupling for stack in stacks])
    softening = for_each_bath(
        lambda bath: bath.spectral_density.reorganisation() * (0.0 if bath.counterterm else 2.0), stacks
    )
    static = form - (couplings.T * softening) @ couplings
    modes = NormalModes.of(static)
    forces = couplings @ symplectic_form(form.shape[0] // 2).T
    fault = first_fault(system.fault(), Fault(~modes.positive, POTENTIAL, modes.least))
    return LangevinDynamics(
        form=form,
        static_form=static,
        modes=modes,
        baths=stacks,
        forces=forces,
        temperatures=system.temperatures,
        fault=fault,
    )


class _Nodes(eqx.Module):
    """Quadrature nodes: frequency, weight, and the distance w_i - w of every mode, cancellation-free."""

    frequency: Float[Array, "chunks chunk"]
    weight: Float[Array, "chunks chunk"]
    distance: Float[Array, "chunks chunk two_n"]


def _densities(dynamics: LangevinDynamics, frequency: Array) -> tuple[Array, Array]:
    """J_b(w) and 2 Q_b - chi_b(w), each of shape (B, ...)."""
    density = for_each_bath(lambda bath: bath.spectral_density(frequency), dynamics.baths)
    lag = for_each_bath(lambda bath: bath.spectral_density.lag(frequency), dynamics.baths)
    return density, lag - 1j * density


def _resonances(dynamics: LangevinDynamics) -> tuple[Array, Array]:
    """Complex resonance frequencies, ascending real part, and an error estimate of their width."""
    w = dynamics.modes.frequencies
    s = jax.vmap(dynamics.modes.mode_vector)(dynamics.couplings)
    _, inertia = _densities(dynamics, jnp.abs(w))
    inertia = jnp.where(w > 0, inertia, inertia.conj())
    damped = jnp.diag(w) + w[:, None] * jnp.einsum("bi,bi,bj->ij", s.conj(), inertia, s)
    poles = eigvals(jnp.where(jnp.isfinite(damped), damped, 0.0))
    return poles[jnp.argsort(poles.real)][dynamics.nodes :], jnp.max(jnp.abs(w))


def _quadrature(dynamics: LangevinDynamics) -> _Nodes:
    """Nodes on (0, inf), each half-interval between resonances graded towards its own."""
    dynamics = jax.tree.map(lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, dynamics)
    poles, scale = _resonances(dynamics)
    w = dynamics.modes.frequencies
    centre = jnp.maximum(poles.real, 1e-6 * scale)
    width = jnp.min(jnp.abs(poles[None, :] - centre[:, None]), axis=1)
    width = jnp.maximum(width, _NARROWEST * scale)
    gaps = jnp.diff(centre) / 2
    lengths = jnp.stack(
        [jnp.concatenate([centre[:1] / 2, gaps]), jnp.concatenate([gaps, centre[-1:] / 2])]
    )  # below and above each resonance
    grids = for_each_bath(lambda bath: bath.spectral_density.breaks(), dynamics.baths)
    sign = np.array([[-1.0], [1.0]])

    def side(sign: Array, centre: Array, width: Array, length: Array) -> tuple[Array, Array]:
        extent = jnp.arcsinh(length / width)
        away = lambda t: sign * width * jnp.sinh(extent * t)  # noqa: E731
        t, weight = on_panels(refined_breaks(_SIDE, lambda t: jnp.log(centre + away(t)), grids, _SIDE_PANELS))
        return away(t), weight * extent * width * jnp.cosh(extent * t)

    offset, weight = jnp.vectorize(side, signature="(),(),(),()->(n),(n)")(sign, centre, width, lengths)
    distance = (w - centre[:, None])[None, :, None, :] - offset[..., None]

    def outer(start: Array, sign: float, breaks: np.ndarray, panels: int) -> tuple[Array, Array]:
        v, weight = on_panels(refined_breaks(breaks, lambda v: jnp.log(start) + sign * v, grids, panels))
        frequency = start * jnp.exp(sign * v)
        return frequency, frequency * weight

    low, low_weight = outer(centre[0] / 2, -1.0, _LOW, _LOW_PANELS)
    high, high_weight = outer(1.5 * centre[-1], 1.0, _HIGH, _HIGH_PANELS)
    outside = jnp.concatenate([low, high])
    frequency = jnp.concatenate([(centre[:, None] + offset).ravel(), outside])
    weights = jnp.concatenate([weight.ravel(), low_weight, high_weight])
    distance = jnp.concatenate([distance.reshape(-1, w.shape[0]), w - outside[:, None]])
    spare = -frequency.shape[0] % _CHUNK  # nodes of no weight that fill the last chunk
    frequency, distance = (jnp.concatenate([x, x[:spare]]) for x in (frequency, distance))
    weights = jnp.pad(weights, (0, spare))
    nodes = _Nodes(*(x.reshape(-1, _CHUNK, *x.shape[1:]) for x in (frequency, weights, distance)))
    return jax.lax.stop_gradient(nodes)


def _integrate(dynamics: LangevinDynamics, integrand: Any) -> tuple[Any, Fault]:
    """int_0^inf dw/2pi integrand(w, J, G c_b in the mode frame), chunk by chunk to bound the memory; and a fault.

    The commutators [R_k, R_l] = 2 int dw/2pi J G c (G c)^dagger = i Omega_kl are integrated along: they fail where
    a mode is not damped, and where the nodes miss a resonance.
    """
    nodes = _quadrature(dynamics)
    w = dynamics.modes.frequencies
    s = jax.vmap(dynamics.modes.mode_vector)(dynamics.couplings)
    static = dynamics.modes.splitting / w[:, None]

    def responses(distance: Array, inertia: Array) -> Array:
        stiffness = jnp.diag(distance / w) + static + jnp.einsum("bi,b,bj->ij", s.conj(), inertia, s)
        return solve(stiffness, s.conj().T)

    @jax.checkpoint
    def chunk(node: _Nodes) -> Any:
        density, inertia = _densities(dynamics, node.frequency)
        response = jax.vmap(responses)(node.distance, inertia.T)
        frozen = jax.lax.stop_gradient((density, response))
        commutators = jnp.einsum("bk,kib,kjb->kij", frozen[0], frozen[1], frozen[1].conj())
        values = integrand(node.frequency, density, response), commutators
        return jax.tree.map(lambda v: jnp.tensordot(node.weight / (2 * math.pi), v, 1), values)

    zeros = jax.tree.map(jnp.zeros_like, jax.eval_shape(chunk, jax.tree.map(lambda x: x[0], nodes)))
    sums, _ = jax.lax.scan(lambda total, node: (jax.tree.map(jnp.add, total, chunk(node)), None), zeros, nodes)
    result, commutators = sums
    missing = 2 * (commutators - conjugate_pair(commutators)) - jnp.diag(w)
    error = jnp.max(jnp.abs(missing) / jnp.sqrt(jnp.abs(w[:, None] * w))) / _RESOLVED
    return result, Fault(~(error < 1), NOT_UNIQUE, error)


def stationary_covariance(dynamics: LangevinDynamics) -> tuple[Float[Array, "two_n two_n"], Fault]:
    """The covariance of the exact steady state, and a fault."""

    def integrand(frequency: Array, density: Array, response: Array) -> Array:
        noise = density / frequency * coth_weight(frequency, dynamics.temperatures[:, None])
        return jnp.einsum("bk,kib,kjb->kij", noise, response, response.conj())

    modal, fault = _integrate(dynamics, integrand)
    # The negative frequencies add the complex conjugate on the quadratures.
    return 2.0 * dynamics.modes.lower_covariance(modal), fault


def stationary_heat_currents(dynamics: LangevinDynamics) -> tuple[PerBath, Fault]:
    """The exact steady heat currents, from transmissions between pairs of baths; and a fault."""
    s = jax.vmap(dynamics.modes.mode_vector)(dynamics.couplings)
    others = 1.0 - np.eye(s.shape[0])

    def integrand(frequency: Array, density: Array, response: Array) -> Array:
        amplitude = jnp.einsum("ai,kib->kab", s, response)
        # Not abs(amplitude)**2, whose second derivative is lost where no amplitude passes.
        probability = amplitude.real**2 + amplitude.imag**2
        transmission = 4 * jnp.einsum("ak,bk,kab->kab", density, density, probability)
        # What a bath gets back from itself is far larger, and would cancel to rounding only.
        transmission = transmission * others
        quanta = bose_weight(-frequency, dynamics.temperatures[:, None])  # w n(w)
        out = jnp.einsum("kba,ak->kab", transmission, quanta)
        return jnp.sum(out - jnp.swapaxes(out, 1, 2), axis=2)

    return _integrate(dynamics, integrand)


# Transients of Drude baths --------------------------------------------------------------------------------
#
# z = (R, y) obeys dz/dt = A z + sum_b b_b F_b. Its solution from a factorised start is the stationary one
# minus what that started from, z(t) = E z(0) + z_ss(t) - E z_ss(0), E = exp(At), so with the stationary
# correlations R(t) = <z_ss(t) z_ss(0)> and r_b(t) = <z_ss(0) F_b(t)>
#
#     Sigma(t) = E Sigma(0) E^T + Sigma_ss + E Sigma_ss E^T - R E^T - E R^T,   <z F_b> = r_b(0) - E r_b(t).
#
# Both correlations are integrals of exp(-iwt) over w. Turned from the positive axis to exp(-i pi/4) it decays,
# half-way between the resonances and the Matsubara poles, and nothing there is narrower than a panel of a
# logarithmic grid. Turning R crosses resonances, whose residues are E X, with X fixed by R(0) = Sigma_ss.

_RAY, _RAY_WEIGHT = gauss_legendre_panels(np.linspace(-60.0, 48.0, 109), 12)
_TURN = np.exp(-0.25j * math.pi)


def _drude_parameters(stacks: tuple[Bath, ...]) -> tuple[PerBath, PerBath]:
    densities = [stack.spectral_density for stack in stacks if isinstance(stack.spectral_density, Drude)]
    if len(densities) < len(stacks):
        raise ValueError(
            "The exact transient is known for Drude baths only, because their memory is one exponential. "
            "Use `qt.Drude`, or `qt.steady_state`, which takes any density with a cut-off."
        )
    return jnp.concatenate([d.strength for d in densities]), jnp.concatenate([d.cutoff for d in densities])


def _extended_covariance(dynamics: LangevinDynamics, memory: Array, cutoff: Array) -> tuple[Array, Fault]:
    """Sigma_ss of z = (R, y), and a fault."""
    s = jax.vmap(dynamics.modes.mode_vector)(dynamics.couplings)

    def integrand(frequency: Array, density: Array, response: Array) -> Array:
        noise = density / frequency * coth_weight(frequency, dynamics.temperatures[:, None])
        lowpass = memory[:, None] / (cutoff[:, None] - 1j * frequency)
        follower = jnp.einsum("ak,ai,kib->kab", lowpass, s, response)
        z = jnp.concatenate([jnp.einsum("ij,kjb->kib", dynamics.modes.from_modes, response), follower], axis=1)
        return jnp.einsum("bk,kib,kjb->kij", noise, z, z.conj())

    half, fault = _integrate(dynamics, integrand)
    return half.real + half.real.T, fault


def _turned_correlations(dynamics: LangevinDynamics, drift: Array, strength: Array, cutoff: Array, times: Array):
    """The decaying part I(t) of <z_ss(t) z_ss(0)>, (times, m, m), and r_b(t) = <z_ss(0) F_b(t)>, (times, m, B)."""
    m, baths = drift.shape[0], strength.shape[0]
    scale = jax.lax.stop_gradient(jnp.max(jnp.abs(dynamics.modes.frequencies)))
    w = scale * np.exp(_RAY) * _TURN
    noise_vectors = jnp.concatenate([dynamics.forces, jnp.zeros((baths, baths))], axis=1).T
    identity = jnp.eye(m)

    def respond(frequency: Array) -> Array:
        return solve(-1j * frequency * identity - drift, noise_vectors)

    forward, backward = jax.vmap(respond)(w), jax.vmap(respond)(-w)
    coth = _turned_coth(w[:, None], dynamics.temperatures)
    density = strength * w[:, None] / (1 + (w[:, None] / cutoff) ** 2) * coth
    weight = (scale * _RAY_WEIGHT * np.exp(_RAY) * _TURN)[:, None] / (2 * math.pi) * density
    phases = jnp.exp(-1j * times[:, None] * w)
    pairs = jnp.einsum("kb,kib,kjb->kij", weight, forward, backward)
    correlation = 2 * jnp.einsum("tk,kij->tij", phases, pairs).real
    return correlation, 2 * jnp.einsum("tk,kb,kib->tib", phases, weight, backward).real


def _turned_coth(w: Complex[Array, "nodes 1"], temperature: PerBath) -> Complex[Array, "nodes baths"]:
    """coth(w/2T) on the turned ray, 1 at T = 0."""
    half = w / (2 * jnp.where(temperature > 0, temperature, 1.0))
    small = jnp.abs(half) < 1e-3
    decay = jnp.exp(-2 * jnp.where(small | (half.real > 350), 350.0, half))
    series = 1 / jnp.where(small, half, 1.0) + half / 3
    return jnp.where(temperature > 0, jnp.where(small, series, (1 + decay) / (1 - decay)), 1.0)


def transient(
    dynamics: LangevinDynamics, state: GaussianState, times: Float[Array, " times"]
) -> tuple[GaussianState, Fault]:
    """The exact state at each time from a factorised start, with its force correlations; and a fault."""
    strength, cutoff = _drude_parameters(dynamics.baths)
    drift, n, baths = dynamics.drift, 2 * dynamics.nodes, strength.shape[0]
    stationary, fault = _extended_covariance(dynamics, strength * cutoff**2, cutoff)
    everything = jnp.concatenate([jnp.zeros(1), times])
    turned, forces = _turned_correlations(dynamics, drift, strength, cutoff, everything)
    start = jnp.zeros((n + baths, n + baths)).at[:n, :n].set(state.covariance)
    start = start - stationary + turned[0] + turned[0].T
    mean = jnp.concatenate([state.mean, jnp.zeros(baths)])
    compensation = (jnp.asarray(dynamics.counterterms, float) * strength * cutoff)[:, None] * dynamics.couplings

    def at(time: Array, turned_t: Array, forces_t: Array) -> tuple[Array, Array, Array]:
        propagator = exponential(drift, time)
        moving = turned_t @ propagator.T
        covariance = stationary + propagator @ start @ propagator.T - moving - moving.T
        noise = forces[0] - propagator @ forces_t
        moved = propagator @ mean
        second = covariance + jnp.outer(moved, moved)
        force = noise[:n].T - second[n:, :n] + compensation @ second[:n, :n]
        return moved[:n], covariance[:n, :n], force

    means, covariances, correlations = jax.vmap(at)(times, turned[1:], forces[1:])
    return GaussianState(means, covariances, force_correlations=correlations), fault
