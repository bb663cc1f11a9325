"""The site model on a simulated room: what it says of changes beside what the room then does."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.site_model import Draws, fit
from benchmarks.advice.lived_plant import SEASONS
from benchmarks.site_model import CHANGES, judged, table, telemetry, total_w, twin_w

DAYS = 5.0
CASES = ("supply, chilled +2 K", "fans x 0.9")


def test_a_room_of_the_simulator_fills_the_frame() -> None:
    """Every column of the frame is found among the room's series."""
    frame, record = telemetry(1, SEASONS["summer"], 0.5)
    assert frame.missing == ()
    assert (len(frame.units), len(frame.racks), len(frame.ups), len(frame.chillers)) == (6, 20, 2, 2)
    assert frame.zones == 2
    assert frame.ups_rated_w == pytest.approx((120e3, 120e3), rel=0.02)
    heat = record.signal("chilled.heat_w").mean()
    assert np.nanmean(frame.heat_w) == pytest.approx(heat, rel=0.03)


def test_what_a_change_saves_is_said_with_its_sign_and_range() -> None:
    """Set-points and fans of one room in spring, after five days: sign right, size near, one range holds it."""
    frame, record = telemetry(0, SEASONS["spring"], DAYS)
    model, usual = fit(frame), total_w(record)
    found = [
        judged(
            model,
            frame,
            (0, name, CHANGES[name]),
            usual - twin_w(0, SEASONS["spring"], DAYS, CHANGES[name]),
            Draws(100),
        )
        for name in CASES
    ]
    assert all(one.right_sign for one in found), table(found)
    assert all(0.6 < one.p50 / one.truth_w < 1.6 for one in found), table(found)
    assert any(one.contained for one in found), table(found)
