"""Which rows of the reporting period lie where the baseline has been: a model knows nothing of other conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from analytics.verification.observations import Flags, Observations

MARGIN = 0.02
"""Beyond the range of a driver by so much of it still counts as inside."""
NEIGHBOURS = 5
USUAL = 0.995
FARTHER = 1.5
"""A row is near when its neighbours are within this many times the distance that is usual inside of the baseline."""


def covered(baseline: Observations, reporting: Observations) -> Flags:
    """Return for each reporting row [m] whether every driver, and all of them together, were met before."""
    if not baseline.names:
        return np.ones(len(reporting), dtype=np.bool_)
    low, high = baseline.drivers.min(axis=0), baseline.drivers.max(axis=0)
    margin = MARGIN * (high - low)
    inside = ((reporting.drivers >= low - margin) & (reporting.drivers <= high + margin)).all(axis=1)
    if len(baseline.names) > 1 and len(baseline) > NEIGHBOURS and inside.any():
        mean, spread = baseline.drivers.mean(axis=0), baseline.drivers.std(axis=0)
        known = (baseline.drivers - mean) / spread
        tree = cKDTree(known)
        usual = np.quantile(tree.query(known, k=NEIGHBOURS + 1)[0][:, -1], USUAL)
        far = tree.query((reporting.drivers[inside] - mean) / spread, k=NEIGHBOURS)[0][:, -1]
        inside[inside] = far <= FARTHER * usual
    return np.asarray(inside, dtype=np.bool_)
