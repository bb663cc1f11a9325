"""Whether a frame tells what an advisor needs: what is missing by name, or what is known too seldom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.air_limits import air_limits
from analytics.advice.recommendation import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame


def lacking(situation: Situation, advisor: str, needs: Mapping[str, tuple[str, ...]]) -> Refusal | None:
    """Return why an advisor cannot look, None when it can.

    ``needs`` names by need (`advice.needs.*`) the frame's columns of which one must be known, in enough of the rows.
    """
    frame = situation.whole
    missing = tuple(need for need, columns in needs.items() if not _known(frame, columns).any())
    if missing:
        return Refusal(advisor=advisor, reason="missing", missing=missing)
    every = np.all([_known(frame, columns) for columns in needs.values()], axis=0)
    if float(every.mean()) >= air_limits().supply.least_coverage:
        return None
    seldom = min(needs, key=lambda need: float(_known(frame, needs[need]).mean()))
    return Refusal(advisor=advisor, reason="coverage", missing=(seldom,))


def too_short(advisor: str, days: float) -> Refusal:
    """Return that the evidence must be longer, so many days at least."""
    return Refusal(advisor=advisor, reason="time", facts={"days": f"{days:g}"})


def _known(frame: PlantFrame, columns: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the rows in which one of the columns is known."""
    known = np.stack([_row_known(getattr(frame, name)) for name in columns])
    return np.asarray(known.any(axis=0), dtype=np.bool_)


def _row_known(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    known = np.isfinite(values)
    return known if known.ndim == 1 else np.asarray(known.any(axis=1), dtype=np.bool_)
