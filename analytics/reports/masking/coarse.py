"""A public report gives no step shorter than a month: what is finer is left out, and the report says that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import replace

from analytics.reports.request import Masking
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.reports.facts import Facts


def by_month(facts: Facts) -> Facts:
    """Return facts as their readers may have them in data files: a public report without hours and days."""
    return replace(facts, hours=(), quality=()) if facts.request.masking is Masking.PUBLIC else facts


def only_at_edges(registers: bytes, facts: Facts) -> bool:
    """Tell whether register readings stand at the ends of the period and of its months only, within the hour.

    A reading at a gap or at a meter's exchange says what happened on a day.
    """
    edges = np.array(
        sorted({edge for month in facts.months for edge in (month.start_ns, month.end_ns)}), dtype=np.int64
    )
    times = pq.read_table(pa.BufferReader(registers), columns=["time_ns"]).column("time_ns").to_numpy()
    away = np.abs(times[:, None].astype(np.int64) - edges[None, :])
    return bool((away.min(axis=1, initial=NS_PER_HOUR + 1) <= NS_PER_HOUR).all())
