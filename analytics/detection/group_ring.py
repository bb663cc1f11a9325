"""The last days of the residuals of groups, in one array that never grows with time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.deviation import STEPS_A_WEEK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.detection.intake import BoolArray, FloatArray

RING_STEPS = STEPS_A_WEEK


class GroupRing:
    """A week of steps of some series: 8 KB a series. A step in which a series' group is not clean holds NaN."""

    def __init__(self) -> None:
        """Begin with no series."""
        self._places = np.zeros(0, dtype=np.int64)
        self._rows = np.zeros((RING_STEPS, 0), dtype=np.float32)
        self._next = 0

    def bind(self, places: Sequence[int]) -> None:
        """Keep these series from now on; what is known of those that stay is kept."""
        fresh = np.array(sorted(set(places)), dtype=np.int64)
        rows = np.full((RING_STEPS, len(fresh)), np.nan, dtype=np.float32)
        _, own, theirs = np.intersect1d(fresh, self._places, return_indices=True)
        rows[:, own] = self._rows[:, theirs]
        self._places, self._rows = fresh, rows

    def add(self, residual: FloatArray, clean: BoolArray) -> None:
        """Take a step of all series of the site."""
        row = np.where(clean, residual, np.nan)[self._places]
        self._rows[self._next % RING_STEPS] = row
        self._next += 1

    def rows_of(self, places: Sequence[int]) -> FloatArray:
        """Return the steps of some series in the order of time, without those in which none of them is known."""
        columns = np.searchsorted(self._places, np.array(places, dtype=np.int64))
        start = self._next % RING_STEPS
        rows = np.concatenate([self._rows[start:, columns], self._rows[:start, columns]]).astype(np.float64)
        found: FloatArray = rows[np.isfinite(rows).any(axis=1)]
        return found

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {"places": self._places, "rows": self._rows, "next": np.array([self._next])}

    @classmethod
    def resume(cls, arrays: Mapping[str, NDArray[np.generic]]) -> GroupRing:
        """Return a ring that goes on.

        Raises:
            KeyError, ValueError: a part is missing, or has another shape.
        """
        made = cls()
        made._places = arrays["places"].astype(np.int64)
        made._rows = arrays["rows"].astype(np.float32)
        made._next = int(arrays["next"].item())
        if made._rows.shape != (RING_STEPS, len(made._places)):
            raise ValueError(f"a ring of {made._rows.shape}, not of {RING_STEPS} steps")
        return made
