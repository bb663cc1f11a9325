"""Medians and counts over groups of series, without a loop over the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analytics.gate.columns import BoolArray, FloatArray, IndexArray


class Groups:
    """Which series belong together; series of the group -1 are alone."""

    def __init__(self, of: IndexArray) -> None:
        """Take the group of each series, numbered from 0."""
        self.of = of
        self.count = int(of.max(initial=-1)) + 1
        self._members = np.flatnonzero(of >= 0)
        self._own = of[self._members]

    def median(self, values: FloatArray) -> FloatArray:
        """Return for each series the median of the known values of its group; NaN where there is none."""
        found = np.full(len(values), np.nan)
        if not self.count:
            return found
        own = values[self._members]
        ordered = own[np.lexsort((own, self._own))]
        sizes = np.bincount(self._own, minlength=self.count)
        known = np.bincount(self._own[~np.isnan(own)], minlength=self.count)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        last = max(0, len(ordered) - 1)
        low = ordered[np.minimum(starts + np.maximum(known - 1, 0) // 2, last)]
        high = ordered[np.minimum(starts + known // 2, last)]
        medians = np.where(known > 0, (low + high) / 2.0, np.nan)
        found[self._members] = medians[self._own]
        return found

    def total(self, flags: BoolArray) -> IndexArray:
        """Return for each series in how many of its group a flag is set, itself among them; 0 for one that is alone."""
        found = np.zeros(len(flags), dtype=np.intp)
        if self.count:
            own = flags[self._members]
            counts = np.bincount(self._own[own], minlength=self.count)
            found[self._members] = counts[self._own]
        return found
