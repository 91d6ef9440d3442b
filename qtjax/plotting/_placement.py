"""Where the baths of a graph stand: beside their nodes, where there is room."""

from collections.abc import Sequence

import numpy as np

_AWAY = 0.55  # of a link, from a node to its bath


def bath_positions(nodes: np.ndarray, linked: np.ndarray, baths: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Coordinates of shape (B, 2) of baths, given the nodes (N, 2) and which of them each touches.

    One on a single node stands in the widest gap between what that node is linked to; one on several where it, and
    its lines, keep clear of other nodes and baths.
    """
    taken = {node: [nodes[other] - nodes[node] for other in np.flatnonzero(linked[node])] for node in range(len(nodes))}
    found = np.zeros((len(baths), 2))
    placed: list[np.ndarray] = []
    for bath, touched in sorted(enumerate(baths), key=lambda pair: len(pair[1]) != 1):
        if len(touched) == 1:
            direction = _widest_gap(taken[touched[0]])
            taken[touched[0]].append(direction)
            found[bath] = nodes[touched[0]] + _AWAY * direction
        else:
            found[bath] = _clear_place(nodes, touched, placed)
        placed.append(found[bath])
    return found


def _widest_gap(directions: list[np.ndarray]) -> np.ndarray:
    """The middle of the widest angle between directions; to the left where there are none, rather up than down."""
    if not directions:
        return np.array([-1.0, 0.0])
    angles = np.sort([np.arctan2(y, x) for x, y in directions])
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    middle = angles + gaps / 2
    widest = np.flatnonzero(gaps > gaps.max() - 1e-6)
    best = max(middle[widest], key=lambda angle: (round(np.sin(angle), 6), np.cos(angle)))
    return np.array([np.cos(best), np.sin(best)])


def _clear_place(nodes: np.ndarray, touched: tuple[int, ...], placed: list[np.ndarray]) -> np.ndarray:
    own = nodes[list(touched)] if touched else nodes
    others = np.delete(nodes, list(touched), axis=0) if touched else nodes
    centre = own.mean(axis=0)
    reach = np.ptp(nodes, axis=0).max() + 1.5
    angles = np.pi / 2 - np.arange(16) * np.pi / 8
    places = [centre] + [
        centre + r * np.array([np.cos(a), np.sin(a)]) for r in np.arange(0.25, reach, 0.25) for a in angles
    ]

    def cost(place: np.ndarray) -> float:
        near = [*nodes, *placed]
        room = min(float(np.linalg.norm(place - other)) for other in near)
        free = min((_distance_to(other, place, end) for other in others for end in own), default=1.0)
        crowded = 8 * max(0.0, _AWAY - room) + 8 * max(0.0, 0.35 - free)
        return crowded + float(np.mean(np.linalg.norm(own - place, axis=1)))

    return min(places, key=cost)


def _distance_to(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """The distance of a point from the line between two others."""
    along = end - start
    length = along @ along
    share = np.clip((point - start) @ along / length, 0, 1) if length > 0 else 0.0
    return float(np.linalg.norm(point - start - share * along))
