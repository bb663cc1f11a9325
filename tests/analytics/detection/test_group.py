"""Groups of sensors: what is found, what is left in peace, and what holds of every score."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from analytics.detection.group import PARTS, GroupDetector, GroupStateMismatch, GroupSurprise
from analytics.detection.group_fit import GroupModel, NotEnoughRows, filled, fit

FloatArray = NDArray[np.float64]
TRAIN = 400
DAY = 86400.0


def machine(rows: int = 1200, seed: int = 1) -> FloatArray:
    """Return a calm machine: speed drives flow and power, two more sensors have noise of their own."""
    rng = default_rng(seed)
    speed = 50.0 + rng.standard_normal(rows)
    noise = rng.standard_normal((rows, 5))
    return np.column_stack(
        [
            speed + 0.05 * noise[:, 0],
            0.6 * speed + 0.05 * noise[:, 1],
            16.0 * speed + 1.0 * noise[:, 2],
            21.0 + 0.2 * noise[:, 3],
            0.03 * (1.0 + 0.1 * noise[:, 4]),
        ]
    )


def run(values: FloatArray, train: int = TRAIN) -> list[GroupSurprise]:
    """Return what is said of the rows behind those learned from."""
    detector = GroupDetector(fit(values[:train]), DAY)
    return [detector.step(row) for row in values[train:]]


def active(found: list[GroupSurprise]) -> NDArray[np.bool_]:
    """Return in which rows there is an episode."""
    return np.array([each.active for each in found])


def test_a_calm_machine_is_left_in_peace() -> None:
    """Normal running raises next to nothing, over several machines."""
    share = np.mean([active(run(machine(seed=seed))).mean() for seed in range(6)])
    assert share < 0.03


def test_a_fault_is_found_held_and_let_go() -> None:
    """A shift of one sensor is one episode that lasts as long as the fault, and names the sensor."""
    values = machine()
    values[700:900, 3] += 1.0
    found = run(values)
    here = active(found)
    assert here[305:500].all()
    assert here[520:].mean() < 0.05
    assert sum(each.alarm for each in found[300:500]) == 1
    assert all(each.contributions.argmax() == 3 for each in found[310:500])


def test_a_relation_that_breaks() -> None:
    """Flow that no longer fits the speed is told as a relation, though each sensor is where it has been."""
    values = machine()
    values[700:, 1] -= 0.5
    found = run(values)[320]
    assert found.active
    assert dict(zip(PARTS, found.shares, strict=True))["relation"] > 0.5


def test_a_slow_drift_is_followed() -> None:
    """Water that warms up in the time learned from, and goes on doing so, is no fault."""
    values = machine()
    values[:, 3] += 3.0 * np.arange(1200) / 1200
    assert active(run(values)).mean() < 0.05


def test_a_spike_alone_is_no_fault() -> None:
    """One absurd reading is forgotten at once."""
    values = machine()
    values[800, 3] = 1e6
    assert not active(run(values))[402:410].any()


def test_a_sensor_that_freezes() -> None:
    """A sensor that never repeated itself and now says one value only is found, and named."""
    values = machine()
    values[700:, 4] = values[700, 4]
    found = run(values)[-1]
    assert found.active
    assert found.contributions[4] == 1.0
    assert found.shares[PARTS.index("stuck")] == 1.0


def test_a_new_normal_is_learned_in_the_end() -> None:
    """An episode that lasts for thrice the time learned from ends: the machine runs so from now on."""
    values = machine(4000)
    values[700:, 3] += 1.0
    here = active(run(values))
    assert here[310:1300].all()
    assert here[-500:].mean() < 0.1


def test_scores_and_shares() -> None:
    """Scores lie in 0..1, an alarm is a score of a half or more, and all shares sum to 1."""
    values = machine()
    values[700:900, 0] += 3.0
    found = run(values)
    scores = np.array([each.score for each in found])
    assert ((scores >= 0.0) & (scores < 1.0)).all()
    assert all((each.score >= 0.5) == each.active for each in found)
    assert np.allclose([each.contributions.sum() for each in found], 1.0)
    assert np.allclose([each.shares.sum() for each in found], 1.0)
    assert max(each.surprise for each in found) > 4.0


def test_it_is_causal_and_deterministic() -> None:
    """What comes later changes nothing of what was said, and the same rows say the same again."""
    values = machine()
    other = values.copy()
    other[900:] = 0.0
    first = [each.score for each in run(values)[:500]]
    assert first == [each.score for each in run(other)[:500]]


def test_missing_values() -> None:
    """A missing reading is as the others let expect; a row without any has no score and changes nothing."""
    values = machine()
    values[500:600, 2] = np.nan
    values[650:660] = np.nan
    found = run(values)
    assert active(found).mean() < 0.04
    assert all(np.isnan(each.score) for each in found[250:260])
    assert not np.isnan(found[260].score)


def test_sensors_without_values_and_constant_ones() -> None:
    """A sensor that is never there is left out; one that never moved is judged when it does."""
    values = machine()
    values[:, 1] = np.nan
    values[:, 2] = 7.0
    values[800:, 2] = 9.0
    found = run(values)
    assert active(found)[:400].mean() < 0.06
    assert active(found)[410:].all()
    assert found[450].contributions[1] == 0.0
    assert found[450].contributions.argmax() == 2


@pytest.mark.parametrize("values", [np.full((500, 3), np.nan), machine(30), np.empty((0, 3))])
def test_too_little_to_learn_from(values: FloatArray) -> None:
    """Few rows, or none with values, are refused."""
    with pytest.raises(NotEnoughRows):
        fit(values)


def test_a_snapshot_goes_on() -> None:
    """A detector that was saved and taken up again says the same as one that ran through."""
    values = machine()
    values[700:900, 3] += 1.0
    whole = run(values)
    model = fit(values[:TRAIN])
    first = GroupDetector(model, DAY)
    for row in values[TRAIN:800]:
        first.step(row)
    second = GroupDetector.resume(model, DAY, first.snapshot())
    assert [second.step(row).score for row in values[800:]] == [each.score for each in whole[400:]]


def test_a_snapshot_of_another_model() -> None:
    """State of another model is refused."""
    one, other = fit(machine()[:TRAIN]), fit(machine(seed=2)[:TRAIN])
    with pytest.raises(GroupStateMismatch):
        GroupDetector.resume(one, DAY, GroupDetector(other, DAY).snapshot())


def test_gaps_are_filled_from_the_past() -> None:
    """A gap takes the value before it, at the start the first one behind."""
    rows = np.array([[np.nan], [1.0], [np.nan], [3.0]])
    assert filled(rows).ravel().tolist() == [1.0, 1.0, 1.0, 3.0]


def test_nothing_is_wider_than_its_columns() -> None:
    """The model of a group is made of what was used only."""
    values = machine()
    values[:, 0] = np.nan
    model: GroupModel = fit(values[:TRAIN])
    assert model.used.tolist() == [False, True, True, True, True]
    assert model.axes.shape == (4, 4)


def test_who_is_followed_during_an_episode() -> None:
    """A sensor that drifts by itself is followed while others are at fault; one that the others explain is not."""
    values = machine()
    values[:, 3] += 3.0 * np.arange(1200) / 1200
    values[:, 4] = 0.03 * (1.0 + 0.1 * default_rng(9).standard_normal(1200))
    assert fit(values[:TRAIN]).follows.tolist() == [False, False, False, True, False]
