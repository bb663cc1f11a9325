"""Everything the lineage page shows: one figure of one period with all that it was made of, and its versions."""

from __future__ import annotations

from analytics.lineage_view.formula import amount, filled_in, formula
from analytics.lineage_view.origin import (
    Choice,
    Origin,
    Step,
    Version,
    choices,
    kept_origin,
    rolling_origin,
    window_choices,
)

__all__ = [
    "Choice",
    "Origin",
    "Step",
    "Version",
    "amount",
    "choices",
    "filled_in",
    "formula",
    "kept_origin",
    "rolling_origin",
    "window_choices",
]
