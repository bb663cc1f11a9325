"""Parts of the site model on a hand-made plant whose coefficients are known."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.site_model import Parameter, SiteModel, fit
from tests.analytics.site_model.made_frame import Coefficients, made_frame, without


@pytest.fixture(scope="module")
def model() -> SiteModel:
    """Return the model of two weeks of the hand-made plant."""
    return fit(made_frame(Coefficients()))


def _named(model: SiteModel, name: str) -> Parameter:
    return next(one for one in model.parameters() if one.name == name)


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("fan_fixed", 0.15),
        ("fan_exponent", 2.2),
        ("chiller_per_k_chilled", 0.03),
        ("chiller_per_k_condenser", 0.02),
        ("recirculation/r01", 0.06),
        ("exchanger", 0.7),
        ("economiser_approach", 3.0),
        ("pump_exponent", 2.5),
    ],
)
def test_known_coefficients_are_found(model: SiteModel, name: str, truth: float) -> None:
    """What the data tell is told within three standard errors, and says that it was fitted."""
    found = _named(model, name)
    assert abs(found.value - truth) < 3.0 * found.error + 0.02 * truth
    assert found.error < 0.25 * truth + 0.02


def test_the_losses_of_a_ups_are_reproduced_and_never_negative(model: SiteModel) -> None:
    """Over the loads that were seen the loss is right within 2 %, whatever its parts."""
    (law,) = model.ups
    for load in (0.45, 0.5, 0.55):
        truth = 120_000.0 * (0.015 + 0.018 * load + 0.010 * load * load)
        assert law.expected_w(120_000.0 * load) == pytest.approx(truth, rel=0.02)
    assert all(one.value >= 0.0 for one in law.parameters())


def test_the_economiser_switches_where_it_was_seen_to(model: SiteModel) -> None:
    """The head that tells free cooling from none is the one it was made with."""
    assert model.free_cooling is not None
    assert model.free_cooling.head.value == pytest.approx(6.0, abs=0.3)
    assert model.free_cooling.seen


def test_what_has_not_varied_stays_as_believed_and_says_so() -> None:
    """Chilled water that never moved teaches nothing: the prior, its error and the reason stand."""
    still = fit(made_frame(Coefficients(chilled_moves_k=0.0)))
    found = _named(still, "chiller_per_k_chilled")
    assert (found.source, found.reason) == ("prior", "not_varied")
    assert found.error > 0.005
    assert "catalogue" in found.evidence


def test_what_is_not_metered_leaves_its_part_out_or_its_prior() -> None:
    """No fan power: the prior of the law, with the reason; no economiser: no such part."""
    frame = without(made_frame(Coefficients()), "fan_w", "free_w", "tower_w")
    model = fit(frame)
    assert _named(model, "fan_exponent").reason == "not_metered"
    assert model.free_cooling is None
    assert model.tower is None


def test_every_prior_says_why_and_where_from(model: SiteModel) -> None:
    """A coefficient that was not fitted has a reason, and a source unless it is geometry."""
    for one in model.parameters():
        assert one.source in {"fitted", "prior"}
        assert one.source == "fitted" or one.reason
        assert np.isfinite([one.value, one.error]).all()
        assert one.low <= one.value <= one.high


def test_outliers_and_gaps_do_not_move_a_fit(model: SiteModel) -> None:
    """A hundredth of wild readings and a tenth of missing ones leave the chiller's coefficients where they were."""
    frame = made_frame(Coefficients())
    wild = frame.chiller_w.copy()
    wild[::100] *= 5.0
    wild[5::10] = np.nan
    found = fit(msgspec.structs.replace(frame, chiller_w=wild))
    for name in ("chiller_per_k_chilled", "chiller_per_k_condenser"):
        assert _named(found, name).value == pytest.approx(_named(model, name).value, rel=0.15)
