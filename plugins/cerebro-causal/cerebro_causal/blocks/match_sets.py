"""Who is nearest to whom: sets of matches, ties kept together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

SAME_PLACE = 1e-8
PLACE_DIGITS = 12
WIDE = 12  # more columns than this make a tree slower than all distances at once
DISTANCES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class MatchSets:
    """The donors that each target is matched with.

    Donors that stand at the same place are kept as one place, so that ties cost neither time nor memory.

    Attributes:
        targets: (t,) numbers of the rows that are matched.
        donors: (d,) numbers of the rows they may be matched with.
        place: (d,) number of each donor's place.
        links: (t, places) sparse; 1 where the donors of a place are among a target's matches.
        size: (t,) how many donors a target is matched with; 0 where none is near enough.
        total: (t,) their sampling weights, added up.
        farthest: (t,) distance of the farthest of them; NaN without any.
        weights: (d,) sampling weights of the donors.
    """

    targets: np.ndarray
    donors: np.ndarray
    place: np.ndarray
    links: sparse.csr_matrix
    size: np.ndarray
    total: np.ndarray
    farthest: np.ndarray
    weights: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """(t,) whether a target has any match."""
        return self.total > 0

    def sums(self, values: np.ndarray) -> np.ndarray:
        """(t,) weighted sums over the matches of values (d,) of the donors."""
        count = self.links.shape[1]
        return np.asarray(self.links @ np.bincount(self.place, weights=self.weights * values, minlength=count))

    def means(self, values: np.ndarray) -> np.ndarray:
        """(t,) weighted means over the matches; 0 without any."""
        return np.divide(self.sums(values), self.total, out=np.zeros(len(self.targets)), where=self.found)

    def variances(self, values: np.ndarray) -> np.ndarray:
        """(t,) sample variances over the matches; 0 for a set of one."""
        # of deviations from a common mean, so that large values lose no digits
        values = values - values.mean()
        spread = self.means(values**2) - self.means(values) ** 2
        return np.where(self.size > 1, np.maximum(spread, 0.0) * self.size / np.maximum(self.size - 1, 1), 0.0)

    def used(self, loads: np.ndarray, power: int = 1) -> np.ndarray:
        """(d,) how much each donor stands for: sum over targets of (load times its share of the set) ** power."""
        share = np.divide(loads, self.total, out=np.zeros(len(loads)), where=self.found) ** power
        return np.asarray(self.weights**power * (self.links.T @ share)[self.place])


def nearest_sets(
    places: np.ndarray,
    targets: np.ndarray,
    donors: np.ndarray,
    weights: np.ndarray,
    least: int,
    farthest: float = np.inf,
) -> MatchSets:
    """Match each target with the nearest donors, all that are as near as the last of them included.

    Args:
        places: (n, k) where each row stands; distances are Euclidean.
        targets, donors: numbers of rows.
        weights: (n,) sampling weights.
        least: how many donors a set has at least.
        farthest: donors farther than this are left out.
    """
    points, place = distinct_places(places[donors])
    counts = np.bincount(place)
    asked, asker = distinct_places(places[targets])
    search = NearestPoints(points, cKDTree(points) if points.shape[1] <= WIDE else None)
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    reached = np.full(len(asked), np.nan)
    left, k = np.arange(len(asked)), min(least + 3, len(points))
    while len(left):
        distances, found = search.nearest(asked[left], k)
        enough = np.cumsum(counts[found], axis=1) >= least
        last = np.where(enough.any(axis=1), enough.argmax(axis=1), k - 1)
        bound = distances[np.arange(len(left)), last]
        within = distances <= bound[:, None] + SAME_PLACE
        done = (enough.any(axis=1) & ~within[:, -1]) | (k == len(points))
        within &= distances <= farthest + SAME_PLACE
        row, column = np.nonzero(within & done[:, None])
        rows.append(left[row])
        columns.append(found[row, column])
        any_within = within.any(axis=1) & done
        reached[left[any_within]] = np.where(within, distances, 0.0).max(axis=1)[any_within]
        left, k = left[~done], min(2 * k, len(points))
    at = (np.concatenate(rows), np.concatenate(columns))
    links = sparse.csr_matrix((np.ones(len(at[0])), at), shape=(len(asked), len(points)))
    known = weights[donors]
    mass = np.bincount(place, weights=known, minlength=len(points))
    return MatchSets(
        targets=targets,
        donors=donors,
        place=place,
        links=links[asker],
        size=np.asarray(links @ counts)[asker],
        total=np.asarray(links @ mass)[asker],
        farthest=reached[asker],
        weights=known,
    )


def distinct_places(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places that differ, and the number of each row's place."""
    rounded = np.round(places, PLACE_DIGITS)
    if rounded.shape[1] == 1:  # sorting numbers is much quicker than sorting rows
        values, place = np.unique(rounded[:, 0], return_inverse=True)
        return values[:, None], place.ravel()
    points, place = np.unique(rounded, axis=0, return_inverse=True)
    return points, place.ravel()


@dataclass(frozen=True)
class NearestPoints:
    """Points among which the nearest are looked up.

    Attributes:
        points: (m, k).
        tree: of the points; None where they have so many columns that a tree is slower than all distances at once.
    """

    points: np.ndarray
    tree: cKDTree | None

    def nearest(self, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances and numbers, both (rows, count), of the nearest points, nearest first."""
        if self.tree is not None:
            distances, found = self.tree.query(asked, k=np.arange(1, count + 1))
            return np.asarray(distances), np.asarray(found)
        step = max(1, DISTANCES_AT_ONCE // len(self.points))
        parts = [self.of_all(asked[start : start + step], count) for start in range(0, len(asked), step)]
        return np.concatenate([one for one, _ in parts]), np.concatenate([other for _, other in parts])

    def of_all(self, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The same by one product of matrices; the nearest ones are then measured exactly."""
        rough = (self.points**2).sum(axis=1) - 2 * asked @ self.points.T
        whole = count >= len(self.points)
        found = np.argsort(rough, axis=1) if whole else np.argpartition(rough, count - 1, axis=1)[:, :count]
        exact = np.sqrt(((self.points[found] - asked[:, None, :]) ** 2).sum(axis=2))
        order = np.argsort(exact, axis=1, kind="stable")
        return np.take_along_axis(exact, order, axis=1), np.take_along_axis(found, order, axis=1)
