"""Heat that no longer comes into the rooms, and eco mode of some UPSs only."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.site_model import Change, Draws, fit
from analytics.site_model.heat import cooling_saved_w
from tests.analytics.site_model.made_frame import Coefficients, made_frame

CERTAIN = Draws(certain=True)


def test_a_kilowatt_less_of_heat_saves_the_marginal_cold() -> None:
    """A plant that makes cold at a COP of 4 to 8 takes 100 to 400 W less for a kilowatt less of heat."""
    frame = made_frame(Coefficients())
    saved = cooling_saved_w(fit(frame), frame, np.full((1, len(frame)), 1000.0), CERTAIN)
    assert 60.0 < float(np.nanmean(saved)) < 400.0


def test_no_heat_saves_nothing() -> None:
    """The plant as it is, is the plant as it was."""
    frame = made_frame(Coefficients(), days=3)
    assert not cooling_saved_w(fit(frame), frame, np.zeros((1, len(frame))), CERTAIN).any()


def test_eco_mode_of_one_ups_leaves_the_others() -> None:
    """Of two UPSs that are alike, one in eco mode saves half of what both save."""
    one = made_frame(Coefficients(noise=0.0), days=3)
    half, rated = one.ups_out_w / 2.0, one.ups_rated_w[0]
    both = msgspec.structs.replace(
        one,
        ups=("ups-a", "ups-b"),
        ups_out_w=np.hstack([half, half]),
        ups_in_w=np.hstack([one.ups_in_w / 2.0, one.ups_in_w / 2.0]),
        ups_rated_w=(rated / 2.0, rated / 2.0),
    )
    model = fit(both)
    whole = model.replay(both, Change(ups_eco=True), CERTAIN).mean_saved_w()[0]
    part = model.replay(both, Change(ups_eco=True, ups=("ups-b",)), CERTAIN).mean_saved_w()[0]
    assert part == pytest.approx(whole / 2.0, rel=0.02)


def test_changes_of_single_upss_add_up() -> None:
    """Eco mode of one and of the other is eco mode of both; one that names none names all."""
    one, other = Change(ups_eco=True, ups=("a",)), Change(ups_eco=True, ups=("b",))
    assert one.merged(other).ups == ("a", "b")
    assert one.merged(Change(ups_eco=True)).ups == ()
    assert one.merged(Change(supply_k=1.0)) == Change(ups_eco=True, ups=("a",), supply_k=1.0)
    assert one.merged(Change(ups_eco=False, ups=("b",))).ups == ("b",)
