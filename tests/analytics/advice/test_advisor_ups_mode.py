"""Eco mode and sleeping modules: by each UPS's own losses, and only where the mains are known to be quiet."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, Situation
from analytics.advice.advisors.ups_mode import advise
from analytics.alarms import Alarm
from analytics.site_model import Draws, fit
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from tests.analytics.advice.made_situation import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room
from tests.analytics.site_model.made_frame import Coefficients

NAN = float("nan")
DAYS = 30
END_NS = 500_000 * NS_PER_HOUR
MODEL = fit(plant())


def _situation(volts: dict[int, float] | None = None, days: int = DAYS, alarms: tuple[Alarm, ...] = ()) -> Situation:
    """Return a plant of one UPS whose input voltage is known by the hour; ``volts`` are hours ago that differ."""
    frame = plant()
    store = MemoryHistory()
    site = room(4)
    hours = END_NS - NS_PER_HOUR * np.arange(days * 24, 0, -1)
    values = [(volts or {}).get(round((END_NS - at) / NS_PER_HOUR), 230.0) for at in hours]
    store.add(SeriesKey(site.name, "ups-a", "input/l1", "voltage_v"), hours.tolist(), values)
    made = Situation(store, site, END_NS, alarms=alarms, least_ns=0)
    made.draws = Draws(100, 1)
    first_ns = END_NS - days * 24 * NS_PER_HOUR
    made.__dict__ |= {"past": frame, "model": MODEL, "first_ns": first_ns, "start_ns": first_ns}
    return made


def _one(made: Situation) -> Recommendation:
    (answer,) = advise(made)
    assert isinstance(answer, Recommendation)
    return answer


def _status(answer: Recommendation) -> dict[str, str]:
    return {check.key: check.status for check in answer.guards}


def test_eco_mode_saves_the_loss_beyond_a_hundredth_and_its_cold() -> None:
    """What is saved is the metered loss less about 1 % of the load, and the cold for it; it names its UPS alone."""
    made = _situation()
    answer, frame, c = _one(made), made.frame, Coefficients().ups
    load = frame.ups_out_w[:, 0]
    loss = 120_000.0 * (c[0] + c[1] * load / 120_000.0 + c[2] * (load / 120_000.0) ** 2)
    own_kwh = float((loss - 0.011 * load).mean()) * DAYS * 24 / 1e3
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p10 < 1.1 * own_kwh < answer.evidence_kwh.p90
    assert answer.change is not None
    assert (answer.change.ups_eco, answer.change.ups) == (True, ("ups-a",))
    assert answer.acceptable
    assert answer.risk == "high"
    assert all(answer.checks(lang) and answer.proposal(lang) and answer.title(lang) for lang in ("zh", "en"))


@pytest.mark.parametrize(("volts", "days", "status"), [({}, 30, "passed"), ({}, 12, "not_evaluable"),
    ({5: 180.0, 6: 180.0, 90: 260.0}, 30, "passed"), ({5: 180.0, 50: 0.0, 90: 260.0}, 30, "failed")])  # fmt: skip
def test_the_mains_must_be_known_and_quiet(volts: dict[int, float], days: int, status: str) -> None:
    """Two events in a month are few enough and hours in a row are one; what is known of 12 days alone is not enough."""
    answer = _one(_situation(volts, days))
    assert _status(answer)["mains_quiet"] == status
    assert answer.acceptable == (status == "passed")


def test_an_alarm_on_the_ups_comes_first() -> None:
    """With an aged battery nothing stands behind a transfer."""
    aged = Alarm(
        id="battery_aged/ups-a", rule="battery_aged", kind="aged", priority="low", place="ups-a", device="ups-a",
        part="", quantity="", value=None, unit="", limit=None, since_ns=0, raised_ns=0,
    )  # fmt: skip
    answer = _one(_situation(alarms=(aged,)))
    assert _status(answer)["ups_well"] == "failed"
    assert not answer.acceptable


def test_a_loaded_ups_does_not_get_eco_mode() -> None:
    """Above four fifths of its rating there is no room for a step of load."""
    made = _situation()
    (law,) = MODEL.ups
    small = (msgspec.structs.replace(law, rated_w=70_000.0),)
    made.__dict__["model"] = msgspec.structs.replace(MODEL, ups=small)
    assert _status(_one(made))["ups_room"] == "failed"


def test_modules_sleep_where_their_number_is_known() -> None:
    """Double conversion stays: as many modules are awake as carry the load with one of them lost."""
    made = _situation(days=12)
    devices = tuple(msgspec.structs.replace(made.site.devices[0], name="ups-a", modules=12) for _ in range(1))
    made.site = msgspec.structs.replace(made.site, devices=devices)
    answer = _one(made)
    assert answer.variant == "hibernation"
    assert (answer.change_from, answer.change_to) == (12.0, 10.0)
    assert answer.acceptable
    assert answer.evidence_kwh is not None
    # A sixth of the constant part sleeps; the square part grows by a fifth.
    c, load = Coefficients().ups, float(made.frame.ups_out_w.mean()) / 120_000.0
    own_kwh = 120.0 * (c[0] / 6.0 - 0.2 * c[2] * load * load) * 12 * 24
    assert answer.evidence_kwh.p10 < 1.12 * own_kwh < answer.evidence_kwh.p90
    assert all(answer.checks(lang) and answer.proposal(lang) for lang in ("zh", "en"))


def test_a_ups_that_loses_a_hundredth_runs_in_eco_mode_already() -> None:
    """There is nothing to say about it."""
    frame = plant()
    made = _situation()
    made.__dict__["past"] = msgspec.structs.replace(frame, ups_in_w=1.012 * frame.ups_out_w)
    (answer,) = advise(made)
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_what_is_not_metered_is_named() -> None:
    """Without output or input power nothing can be told."""
    for column, need in (("ups_out_w", "ups_output"), ("ups_in_w", "ups_input")):
        made = _situation()
        made.__dict__["past"] = plant(**{column: NAN})
        (answer,) = advise(made)
        assert isinstance(answer, Refusal)
        assert answer.missing == (need,)
