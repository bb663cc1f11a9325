"""The median of several series, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.counters import Floats


def middle(rows: Sequence[Floats], size: int) -> Floats:
    """Return the median of what is known at each of ``size`` steps, NaN where nothing is."""
    found = np.full(size, np.nan)
    if len(rows):
        table = np.array(rows)
        known = ~np.isnan(table).all(axis=0)
        found[known] = np.nanmedian(table[:, known], axis=0)
    return found
