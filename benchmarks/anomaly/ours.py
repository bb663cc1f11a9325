"""Our detector on labelled series: all files are columns of one run, as live series are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.detection.config import Config
    from benchmarks.anomaly.nab_series import Series

    FloatArray = NDArray[np.float64]

OWN_THRESHOLD = 0.5


def our_scores(series: Sequence[Series], config: Config) -> list[FloatArray]:
    """Return the score (0..1) of each row of each series."""
    longest = max(len(each.values) for each in series)
    values = np.full((longest, len(series)), np.nan)
    times = np.zeros((longest, len(series)), dtype=np.int64)
    for column, each in enumerate(series):
        values[: len(each.values), column] = each.values
        times[: len(each.values), column] = each.time_ns
    detector = Detector(len(series), config)
    scores = np.array([detector.step(*row).score for row in zip(values, times, strict=True)])
    return [scores[: len(each.values), column] for column, each in enumerate(series)]
