"""Areas under the curve of precision over recall, which need no threshold: by rows, and with softened window edges.

VUS-PR (volume under the surface, Paparrizos et al. 2022) averages the area over the width of a buffer around each
window, in which rows count in part, and weighs recall by the share of windows that are touched at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

WIDTHS = 5
THRESHOLDS = 250


def auc_pr(score: FloatArray, inside: BoolArray) -> float:
    """Return the average precision of rows; rows of one score stand together."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0.0, True)
    true = np.cumsum(inside[order])[last]
    precision = true / (np.flatnonzero(last) + 1.0)
    return float((np.diff(true, prepend=0) * precision).sum() / max(int(inside.sum()), 1))


def vus_pr(score: FloatArray, inside: BoolArray) -> float:
    """Return the volume under the surface for buffers from none to half of the mean window's length on each side."""
    edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    if not len(edges):
        return float("nan")
    widest = float((edges[:, 1] - edges[:, 0]).mean()) / 2
    thresholds = np.unique(np.quantile(score, np.linspace(1.0, 0.0, THRESHOLDS)))[::-1]
    return float(np.mean([_area(score, edges, width, thresholds) for width in np.linspace(0.0, widest, WIDTHS)]))


def _area(score: FloatArray, edges: NDArray[np.int64], width: float, thresholds: FloatArray) -> float:
    label = _softened(len(score), edges, width)
    # Recall is of the windows and half of what the buffers add, as the original has it.
    positive = float(label.sum() + (edges[:, 1] - edges[:, 0]).sum()) / 2
    tops = np.array([score[max(a - int(width), 0) : b + int(width)].max() for a, b in edges])
    recall, precision = [0.0], [1.0]
    for threshold in thresholds:
        flagged = score >= threshold
        true = float(label[flagged].sum())
        recall.append(min(true / positive, 1.0) * float((tops >= threshold).mean()))
        precision.append(true / float(flagged.sum()))
    return float((np.diff(recall) * np.array(precision[1:])).sum())


def _softened(rows: int, edges: NDArray[np.int64], width: float) -> FloatArray:
    """Return 1 in windows, falling like sqrt(1 - distance / (2 width)) within the buffers, 0 elsewhere."""
    label = np.zeros(rows)
    at = np.arange(rows)
    for first, end in edges:
        away = np.maximum(np.maximum(first - at, at - end + 1), 0)
        worth = np.sqrt(np.maximum(1.0 - away / (2.0 * width), 0.0)) if width else (away == 0).astype(np.float64)
        worth[away > width] = 0.0
        label = np.maximum(label, worth)
    return label
