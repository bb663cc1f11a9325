"""Which part of a past counts as evidence: the plant as it is set now."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice.as_set import last_set_otherwise, without_racks
from tests.analytics.site_model.made_frame import RACKS, START_NS, STEP_NS, Coefficients, made_frame

FRAME = msgspec.structs.replace(
    made_frame(Coefficients(), days=8),
    chilled_set_c=np.full(8 * 96, 10.0),
)
DAY = 96


def _chilled(values: np.ndarray) -> int | None:
    return last_set_otherwise(msgspec.structs.replace(FRAME, chilled_set_c=values))


def test_a_plant_that_was_never_set_otherwise_has_all_of_its_past() -> None:
    """Registers that round by a tenth are no change; unknown set-points are none either."""
    assert last_set_otherwise(FRAME) is None
    assert _chilled(10.0 + 0.1 * (np.arange(8 * DAY) % 2)) is None
    assert _chilled(np.full(8 * DAY, np.nan)) is None


@pytest.mark.parametrize("change", [0.5, -2.0, 4.0])
def test_evidence_starts_where_a_person_turned_a_set_point(change: float) -> None:
    """The end of the last row with the old set-point, however far it was turned."""
    values = np.where(np.arange(8 * DAY) < 5 * DAY, 10.0, 10.0 + change)
    assert _chilled(values) == START_NS + 5 * DAY * STEP_NS


def test_the_latest_of_several_changes_counts() -> None:
    """Chilled water on the third day, one unit's air on the sixth."""
    chilled = np.where(np.arange(8 * DAY) < 3 * DAY, 10.0, 12.0)
    supply = FRAME.supply_set_c.copy()
    supply[: 6 * DAY, 2] -= 1.0
    frame = msgspec.structs.replace(FRAME, chilled_set_c=chilled, supply_set_c=supply)
    assert last_set_otherwise(frame) == START_NS + 6 * DAY * STEP_NS


def test_a_set_point_that_follows_a_schedule_is_as_it_always_is() -> None:
    """Warmer every night for eight nights and more: that is how the plant runs, not a change."""
    frame = made_frame(Coefficients(), days=12)
    night = 10.0 + 2.0 * (np.arange(12 * DAY) % DAY < DAY // 2)
    assert last_set_otherwise(msgspec.structs.replace(frame, chilled_set_c=night)) is None


def test_racks_are_left_out_by_name_in_every_column() -> None:
    """The others keep their order and their values."""
    left = without_racks(FRAME, {RACKS[1]})
    assert left.racks == (RACKS[0], *RACKS[2:])
    assert left.inlet_c.shape == (len(FRAME), len(RACKS) - 1)
    assert np.array_equal(left.inlet_c[:, 0], FRAME.inlet_c[:, 0])
    assert without_racks(FRAME, ()) is FRAME
