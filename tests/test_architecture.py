"""The house: a room imports from floors below it, or from its own floor without a circle."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qtjax as qt

PACKAGE = Path(qt.__file__).parent
FLOORS = [
    {"_typing", "_checks", "_display", "_linalg", "_quadrature", "_rational_fits", "_scopes", "_special"},
    {"operators", "lattices", "spectral_densities", "states"},
    {"hamiltonians", "baths"},
    {"generators", "master_equations", "langevin", "hierarchical_equations", "thermal_states"},
    {
        "steady_states",
        "evolution",
        "thermodynamics",
        "correlations",
        "certificates",
        "convergence",
        "bonds",
        "wigner_entropies",
        "probes",
        "exceptional_points",
        "optimisation",
        "validity",
    },
    {"sweeps", "plotting", "papers", "interop"},
    {"__main__"},
    {"__init__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms of qtjax that a file imports, however it says so."""
    package = ("qtjax", *path.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = base + (node.module.split(".") if node.module else [])
            names = [[*module, alias.name] for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == "qtjax" and len(name) > 1 and name[1] in FLOOR}
        found |= {"__init__" for name in names if name == ["qtjax"]}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path):
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor"
    for other in imported_rooms(path) - {room}:
        if room in ("papers", "__main__") and other == "__init__":
            continue  # like a user, through the door
        assert FLOOR[other] <= FLOOR[room], f"{room} imports {other} from a floor above"


def test_no_circles():
    graph: dict[str, set[str]] = {}
    for path in FILES:
        room = room_of(path)
        if FLOOR[room] <= 4:
            graph.setdefault(room, set()).update(imported_rooms(path) - {room})

    def visit(room, trail):
        assert room not in trail, f"circle: {' -> '.join([*trail, room])}"
        for other in graph[room]:
            visit(other, (*trail, room))

    for room in graph:
        visit(room, ())


def test_no_room_overflows():
    for path in FILES:
        assert len(path.read_text().splitlines()) <= 400, path


def test_public_names_are_documented_and_listed_once():
    names = [name for name in vars(qt) if not name.startswith("_") and not hasattr(getattr(qt, name), "__path__")]
    public = [n for n in names if getattr(getattr(qt, n), "__module__", "").startswith("qtjax")]
    assert len(public) > 40
    for name in public:
        assert getattr(qt, name).__doc__, name


def test_import_starts_no_backend_and_loads_no_plotting():
    code = (
        "import sys, qtjax; from jax._src import xla_bridge;"
        "assert not xla_bridge._backends, 'a backend was started';"
        "attic = {'matplotlib', 'xarray', 'pandas', 'optax', 'zarr', 'tqdm'};"
        "assert not attic & set(sys.modules), 'an attic was opened'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
