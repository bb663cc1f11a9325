"""The chart's own arithmetic: where an axis ends."""

from __future__ import annotations

import pytest

from dashboard import chart


@pytest.mark.parametrize(("values", "top"), [([1.3, None, 1.32], 1.7), ([], 2.0), ([None], 2.0), ([2.0], 3.0)])
def test_the_pue_axis_leaves_room_above(values: list[float | None], top: float) -> None:
    """The axis reaches twice as far from 1 as the data, so that the line keeps clear of the powers."""
    assert chart._pue_top(values) == pytest.approx(top)
