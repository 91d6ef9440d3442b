"""The entropic cost of diffusivity in two dimensions: a lattice with a probe on every site, and a baffle.

    python examples/entropic_cost_of_diffusivity.py [--quick] [--out DIR]

Resonant modes on a rectangle, hot baths on the left column, cold ones on the right, and a probe at every site: a bath
that takes no net quanta, its occupation solved for. As their rate Gamma grows, transport turns from ballistic to
diffusive, and the Wigner entropy is no longer produced at the baths but at the probes: Malouf et al. (2019), for a
chain; an open lattice is a chain in every row. A baffle of missing bonds is not: the quanta must turn twice, and the
probes along their way pay. jax.grad, through the self-consistent occupations, tells what the rate of each of them does
to the total: lower it, most of all at the gaps, but while the probes are weak not everywhere. At a few sites beside the
stream a stronger probe helps the quanta through, which raises current and production.
Units hbar = k_B = 1, frequency of the modes 1; currents, rates and production in hoppings lambda.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="a smaller lattice and fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% The problem. Site (row, column) is number row * COLUMNS + column.
ROWS, COLUMNS = (3, 4) if options.quick else (6, 8)
SITES = ROWS * COLUMNS
FREQUENCY, HOPPING = 1.0, 1e-3
CONTACT = 2 * HOPPING  # rate of the hot and the cold baths: the best for a chain without probes
N_HOT, N_COLD = 2.0, 1.0
AFFINITY = 1 / (N_COLD + 0.5) - 1 / (N_HOT + 0.5)  # Wigner entropy of a quantum that goes from hot to cold

sites = np.arange(SITES).reshape(ROWS, COLUMNS)
# Column after which there is a wall, and the row in which it has its gap.
WALLS = {(COLUMNS - 2) // 3: 0, COLUMNS - 2 - (COLUMNS - 2) // 3: ROWS - 1}
missing = np.zeros((SITES, SITES), bool)
for column, gap in WALLS.items():
    for row in set(range(ROWS)) - {gap}:
        missing[sites[row, column], sites[row, column + 1]] = True
OPEN = np.asarray(qt.square_lattice(ROWS, COLUMNS))
LATTICES = {"open": OPEN, "baffled": np.where(missing | missing.T, 0.0, OPEN)}

COUPLINGS = np.sqrt(2) * jnp.stack([qt.position(site, of=SITES) for site in range(SITES)])  # a + a^dagger


def temperature(occupation):
    """At which a mode has this occupation."""
    return FREQUENCY / np.log1p(1 / occupation)


def lattice(bonds, rates):
    """The system; the temperature of its probes is yet to be found. Bonds and rates are in hoppings."""
    network = qt.OscillatorNetwork.from_hopping(FREQUENCY * np.eye(SITES) + HOPPING * bonds)
    contact = qt.Flat(CONTACT)
    hot = qt.Bath(COUPLINGS[sites[:, 0]], contact, temperature(N_HOT), name="hot")
    cold = qt.Bath(COUPLINGS[sites[:, -1]], contact, temperature(N_COLD), name="cold")
    probes = qt.Bath(COUPLINGS, qt.Flat(HOPPING * rates), temperature(N_COLD), name="probes")
    return qt.OpenSystem(network, (hot, cold, probes))


def solve(rates, bonds):
    """The total entropy production in hoppings, and all that the figure shows."""
    description = qt.local_master_equation()
    system = qt.self_consistent(description, lattice(bonds, rates), "probes")
    dynamics = description(system)
    state = qt.steady_state(dynamics)
    production = qt.wigner_entropy_rates(dynamics, state)[0] / HOPPING
    from_baths, from_probes = production[:-SITES], production[-SITES:]
    flows = qt.quanta_currents(dynamics, state) / HOPPING
    x, p = jnp.diagonal(state.covariance).reshape(SITES, 2).T
    found = {
        "current": jnp.sum(flows[:ROWS]),
        "baths": jnp.sum(from_baths),
        "probes": from_probes,
        "occupations": (x + p - 1) / 2,
        "bonds": qt.bond_quanta_currents(system, state) / HOPPING,  # into row from column
        "kept": jnp.max(jnp.abs(flows[-SITES:])),  # by any probe, which should keep nothing
        "residual": qt.certificate(dynamics, state).residual,
    }
    return jnp.sum(production), found


# %% One compiled function for all: ((production, what is read), the derivative by every probe's rate).
with_gradient = jax.jit(jax.value_and_grad(solve, has_aux=True))

strengths = np.geomspace(1e-2, 10.0, 7 if options.quick else 10)
SHOWN = 0.1  # the strength of the maps, one of those
swept = {}
for name, bonds in LATTICES.items():
    points = [jax.device_get(with_gradient(np.full(SITES, strength), bonds)) for strength in strengths]
    swept[name] = jax.tree.map(lambda *xs: np.stack(xs), *points)
shown = np.argmin(abs(strengths - SHOWN))
(total, mapped), gradient = jax.tree.map(lambda x: x[shown], swept["baffled"])

# %% The numbers that matter.
# The vertical hoppings of the open lattice commute with its state: it is a chain in every row, and its current known
# in closed form (Malouf 2019, Eq. 30).
resistance = (4 + (CONTACT / HOPPING) ** 2) / (CONTACT / HOPPING) + strengths * (COLUMNS - 1)
closed_form = ROWS * 2 * (N_HOT - N_COLD) / resistance
print(f"{ROWS} x {COLUMNS} sites; all in hoppings; the entropy of a quantum from hot to cold is {AFFINITY:.4f}")
print(f"{'':10}{'open lattice':^33}{'with a baffle':^33}")
print(f"{'Gamma':>9} {2 * '     J      baths     probes     '}")
every = slice(None, None, 1 if options.quick else 3)
for i in np.arange(strengths.size)[every]:
    cells = ""
    for (_, found), _ in swept.values():
        cells += f"{found['current'][i]:10.5f}{found['baths'][i]:11.6f}{found['probes'][i].sum():11.6f} "
    print(f"{strengths[i]:9.2g} {cells}")
for name, ((totals, found), gradients) in swept.items():
    share = found["probes"].sum(axis=1) / totals
    half = np.exp(np.interp(0.5, share, np.log(strengths)))
    helping = (gradients > 1e-9).sum(axis=1)
    gap = np.max(abs(totals / found["current"] / AFFINITY - 1))
    print(f"{name}: half of the production is at the probes for Gamma = {half:.2f}")
    print(f"  production / (J x entropy of a quantum) - 1: {gap:.0e}; kept by a probe: {found['kept'].max():.0e}")
    print(f"  residual of the steady state: {found['residual'].max():.0e}")
    counts = (f"{count} at Gamma = {strength:.2g}" for count, strength in zip(helping, strengths, strict=True))
    print(f"  sites where a stronger probe raises production: {', '.join(list(counts)[every])}")
current = swept["open"][0][1]["current"]
print(f"open lattice against {ROWS} chains in closed form: {np.max(abs(current / closed_form - 1)):.0e}\n")

print(f"derivative of the total production {total:.6f} by the rate of one probe, baffled lattice, Gamma = {SHOWN:g}")
print(f"{'site (row, column)':>22}{'jax.grad':>15}{'difference':>15}")
STEP = 1e-3 * SHOWN
for site in (np.argmin(gradient), np.argmax(gradient)):
    change = STEP * np.eye(SITES)[site]
    ends = [with_gradient(np.full(SITES, SHOWN) + sign * change, LATTICES["baffled"])[0][0] for sign in (1, -1)]
    position = f"({site // COLUMNS}, {site % COLUMNS})"
    print(f"{position:>22}{gradient[site]:15.8f}{float(ends[0] - ends[1]) / (2 * STEP):15.8f}")
print(f"their sum over the sites {gradient.sum():.6f}, of the positive ones {gradient[gradient > 0].sum():.6f}")
first, last = WALLS
passage = mapped["probes"].reshape(ROWS, COLUMNS)[:, first + 1 : last + 1].sum() / mapped["probes"].sum()
print(f"of what the probes produce there, {passage:.0%} is produced in the {last - first} columns between the walls")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
COLORS = {"total": "#000000", "baths": "#0072B2", "probes": "#D55E00"}
STYLES = {"open": (0, (4, 2)), "baffled": "-"}
GRID = {"extent": (0.5, COLUMNS + 0.5, ROWS + 0.5, 0.5), "aspect": "equal"}

figure, ((a, c), (b, d)) = plt.subplots(2, 2, figsize=(7.0, 5.2), width_ratios=(1.0, 1.25))
for name, ((totals, found), _) in swept.items():
    look = {"linestyle": STYLES[name], "linewidth": 1.6}
    a.loglog(strengths, found["current"], color="k", label=f"{name} lattice", **look)
    b.loglog(strengths, totals, color=COLORS["total"], **look)
    b.loglog(strengths, found["baths"], color=COLORS["baths"], **look)
    b.loglog(strengths, found["probes"].sum(axis=1), color=COLORS["probes"], **look)
a.plot(strengths, closed_form, "o", color="0.6", markersize=3.5, zorder=0, label=f"{ROWS} chains, closed form")
a.set(ylabel=r"current of quanta $J$  [$\lambda$]", ylim=(closed_form[-1] / 10, 3 * closed_form[0]))
a.legend(loc="lower left", handlelength=2.6)
b.set(ylabel=r"entropy production $\Pi$  [$\lambda k_\mathrm{B}$]", ylim=(swept["baffled"][0][1]["baths"][-1] / 2, 8.0))
handles = [plt.Line2D([], [], color=color, linewidth=1.6, label=name) for name, color in COLORS.items()]
b.legend(handles=handles, loc="lower left", handlelength=1.6)
for axes in (a, b):
    axes.axvline(SHOWN, color="0.6", linewidth=0.8, linestyle=":", zorder=-1)
    axes.text(1.1 * SHOWN, 0.93, "(c, d)", transform=axes.get_xaxis_transform(), color="0.4", va="center")
    axes.set(xlabel=r"rate of the probes $\Gamma$  [$\lambda$]", xlim=strengths[[0, -1]])
    axes.tick_params(which="both", direction="in", top=True, right=True)

# Occupations as shades, the production of the probes as discs, currents as arrows in the middle of their bonds.
shades = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", "#56B4E9"])
image = c.imshow(mapped["occupations"].reshape(ROWS, COLUMNS), cmap=shades, vmin=N_COLD, vmax=N_HOT, **GRID)
figure.colorbar(image, ax=c, label=r"occupation $\langle a^\dagger a\rangle$", ticks=(N_COLD, 1.5, N_HOT))
y, x = np.indices((ROWS, COLUMNS)).reshape(2, -1) + 1.0
radii = 0.34 * np.sqrt(mapped["probes"] / mapped["probes"].max())  # area ~ production
for column, row, radius in zip(x, y, radii, strict=True):
    c.add_patch(plt.Circle((column, row), radius, facecolor=COLORS["probes"], edgecolor="none"))
into, out = np.nonzero((OPEN > 0) & (mapped["bonds"] > 0))
flow = mapped["bonds"][into, out]
length = 0.9 * flow / flow.max()
middle = (x[into] + x[out]) / 2, (y[into] + y[out]) / 2
arrow = (x[into] - x[out]) * length, (y[into] - y[out]) * length
c.quiver(*middle, *arrow, pivot="mid", angles="xy", scale_units="xy", scale=1, width=0.008, headwidth=3.4, minlength=0)

# Derivatives as colours and as numbers.
bound = 1e3 * np.abs(gradient).max()
image = d.imshow(1e3 * gradient.reshape(ROWS, COLUMNS), cmap="PuOr_r", vmin=-bound, vmax=bound, **GRID)
figure.colorbar(image, ax=d, label=r"$\partial\Pi/\partial\Gamma_k$  [$10^{-3}k_\mathrm{B}$]")
for site, value in enumerate(1e3 * gradient):
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if abs(value) >= 0.05 else "0"
    color = "w" if abs(value) > 0.6 * bound else "k"
    d.text(x[site], y[site], text, ha="center", va="center", fontsize=6.5, color=color)

for axes in (c, d):
    for column, gap in WALLS.items():
        for row in set(range(ROWS)) - {gap}:
            axes.plot((column + 1.5,) * 2, (row + 0.5, row + 1.5), color="k", linewidth=2.2, solid_capstyle="butt")
    axes.set(xticks=range(1, COLUMNS + 1), yticks=range(1, ROWS + 1), ylabel="row")
    axes.tick_params(length=0)
d.set(xlabel=f"column (baths: hot on 1, cold on {COLUMNS})")
largest = rf"longest arrow ${flow.max():.2f}\lambda$, largest disc ${mapped['probes'].max():.4f}\lambda k_\mathrm{{B}}$"
c.set(xlabel=f"column\n{largest}")
maps = rf"$J$ of the bonds, $\Pi$ of the probes, $\Gamma={SHOWN:g}\lambda$", "what the rate of every probe does"
titles = ("current", "where entropy is produced", *maps)
for letter, title, axes in zip("abcd", titles, (a, b, c, d), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "entropic_cost_of_diffusivity.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'entropic_cost_of_diffusivity.png'}")
