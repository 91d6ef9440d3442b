"""Where the nodes of a graph stand: neighbours at distance one."""

import numpy as np

from ..lattices import square_lattice


def positions(linked: np.ndarray) -> np.ndarray:
    """Coordinates of shape (N, 2) of the nodes of a graph, given which of them are linked, booleans (N, N).

    A chain is a line, a ring a circle, a square lattice (nodes in the order of `qt.square_lattice`) a grid, anything
    else placed by its distances along the links. Parts that nothing connects stand side by side.
    """
    n = linked.shape[0]
    for columns in range(2, n // 2 + 1):
        if n % columns == 0 and np.array_equal(linked, np.asarray(square_lattice(n // columns, columns)) > 0):
            return np.stack([np.arange(n) % columns, -(np.arange(n) // columns)], axis=1).astype(float)
    found, right = np.zeros((n, 2)), 0.0
    for part in _parts(linked):
        own = _connected(linked[np.ix_(part, part)])
        own = own - [own[:, 0].min(), own[:, 1].mean()]
        found[part] = own + np.array([right, 0.0])
        right += own[:, 0].max() + 1.0
    return found


def _parts(linked: np.ndarray) -> list[np.ndarray]:
    distance = distances(linked)
    first = [np.flatnonzero(np.isfinite(row))[0] for row in distance]
    return [np.flatnonzero(np.isfinite(distance[node])) for node in sorted(set(first))]


def distances(linked: np.ndarray) -> np.ndarray:
    """The numbers of links between nodes, infinite where there is no path."""
    distance = np.where(linked, 1.0, np.inf)
    np.fill_diagonal(distance, 0.0)
    for node in range(len(distance)):
        distance = np.minimum(distance, distance[:, [node]] + distance[[node]])
    return distance


def _connected(linked: np.ndarray) -> np.ndarray:
    n, degrees = len(linked), linked.sum(axis=1)
    if n == 1:
        return np.zeros((1, 2))
    if degrees.max() <= 2:  # walk along it
        path = [int(np.argmin(degrees))]
        while len(path) < n:
            path.append(next(int(k) for k in np.flatnonzero(linked[path[-1]]) if k not in path))
        place = np.argsort(path)
        if degrees.min() == 1:
            return np.stack([place, np.zeros(n)], axis=1).astype(float)
        angles = np.pi - 2 * np.pi * place / n  # the first to the left, then clockwise
        return np.stack([np.cos(angles), np.sin(angles)], axis=1) / (2 * np.sin(np.pi / n))
    return _by_distance(distances(linked))


def _by_distance(distance: np.ndarray, steps: int = 300) -> np.ndarray:
    """The plane that shows distances best: spectral, then stress majorisation, which parts what fell together."""
    n = len(distance)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centre @ distance**2 @ centre / 2)
    found = vectors[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:][::-1], 0))
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(n)  # a sunflower: reproducible, and no two points alike
    found = found + 0.05 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    weights = 1 / np.where(distance > 0, distance, np.inf) ** 2
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    for _ in range(steps):
        apart = np.linalg.norm(found[:, None] - found[None], axis=2)
        pull = -weights * distance / np.where(apart > 1e-9, apart, np.inf)
        np.fill_diagonal(pull, 0.0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        found = inverse @ (pull @ found)
    found = found - found.mean(axis=0)
    _, axes = np.linalg.eigh(found.T @ found)  # its longer side is horizontal
    return found @ axes[:, ::-1]
