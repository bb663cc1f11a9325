"""Faults that cost energy: their worth from the machine's own past, from the alarm's ratio, or from a learned model."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, Situation
from analytics.advice.advisors.maintenance import advise
from analytics.alarms import Alarm
from analytics.alarms.explanation import Explanation
from analytics.site_model import Draws, PlantFrame, fit
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room
from tests.analytics.site_model.made_frame import Coefficients, made_frame

FRAME = made_frame(Coefficients(chilled_moves_k=0.0), days=4)
MODEL = fit(FRAME)
END_NS = int(FRAME.time_ns[-1]) + FRAME.step_ns
HALF = len(FRAME) // 2
SINCE_NS = int(FRAME.time_ns[HALF])
AFTER = np.arange(len(FRAME)) >= HALF
HOURS = float(AFTER.sum()) / 4.0


STANDING = Alarm(
    id="", rule="", kind="more", priority="low", place="", device="", part="", quantity="", value=None, unit="1",
    limit=1.1, since_ns=SINCE_NS, raised_ns=SINCE_NS,
)  # fmt: skip


def _alarm(rule: str, device: str, value: float | None = 1.3, **more: object) -> Alarm:
    return msgspec.structs.replace(
        STANDING, **({"id": f"{rule}/{device}", "rule": rule, "place": device, "device": device, "value": value} | more)
    )


def _situation(alarms: list[Alarm], frame: PlantFrame = FRAME, **series: np.ndarray) -> Situation:
    """Return the plant with open alarms; ``series`` are quantities of pump-1 or crah-1 (``filter``) on its steps."""
    site, store = room(4), MemoryHistory()
    for name, values in series.items():
        device = "pump-1" if name in {"active_power_w", "drive_speed_ratio"} else "crah-1"
        part = "filter" if name == "pressure_pa" else ""
        store.add(SeriesKey(site.name, device, part, name), FRAME.time_ns.tolist(), values.tolist())
    made = Situation(store, site, END_NS, alarms=alarms, least_ns=0)
    made.draws = Draws(200, 1)
    first_ns = END_NS - len(FRAME) * NS_PER_HOUR // 4
    made.__dict__ |= {"past": frame, "model": MODEL, "first_ns": first_ns, "start_ns": first_ns}
    return made


def _one(made: Situation) -> Recommendation:
    (answer,) = advise(made)
    assert isinstance(answer, Recommendation)
    assert all(
        answer.checks(lang) is not None and answer.proposal(lang) and answer.title(lang) for lang in ("zh", "en")
    )
    return answer


def _holds(answer: Recommendation, truth_kwh: float) -> bool:
    assert answer.evidence_kwh is not None
    return answer.evidence_kwh.p10 < truth_kwh < answer.evidence_kwh.p90


def test_a_worn_chiller_costs_what_it_takes_more_since_the_alarm() -> None:
    """A quarter more power in the second half: that and no more, of the evidence; a year of it in the year."""
    worn = msgspec.structs.replace(FRAME, chiller_w=FRAME.chiller_w * np.where(AFTER, 1.25, 1.0)[:, None])
    truth = 0.25 * float(FRAME.chiller_w[AFTER].sum()) / 4e3
    answer = _one(_situation([_alarm("chiller_power", "chiller-1")], worn))
    assert answer.variant == "chiller"
    assert _holds(answer, truth)
    assert answer.evidence_kwh is not None
    assert answer.energy_kwh.p50 == pytest.approx(answer.evidence_kwh.p50 / HOURS * 8760, rel=0.2)
    assert answer.acceptable


def test_a_worn_pump_is_held_against_its_speed() -> None:
    """The same speed took less before."""
    speed = 0.6 + 0.2 * np.sin(np.arange(len(FRAME)) / 9.0)
    power = 2000.0 * speed**2.5
    made = _situation(
        [_alarm("drive_power", "pump-1")], active_power_w=power * np.where(AFTER, 1.3, 1.0), drive_speed_ratio=speed
    )
    assert _holds(_one(made), 0.3 * float(power[AFTER].sum()) / 4e3)


def test_without_a_past_the_alarms_ratio_stands() -> None:
    """An alarm as old as the evidence: 1.3 times the usual is 23 % of what is taken."""
    power = np.full(len(FRAME), 1300.0)
    alarm = _alarm("drive_power", "pump-1", since_ns=int(FRAME.time_ns[0]))
    answer = _one(_situation([alarm], active_power_w=power, drive_speed_ratio=np.full(len(FRAME), 0.7)))
    assert _holds(answer, 0.3 * len(FRAME) / 4.0)


def test_a_clogged_filter_costs_fan_power_and_its_cold() -> None:
    """Volume flow times the pressure beyond a clean filter's, over the efficiency of the fan."""
    made = _situation(
        [_alarm("filter_clog", "crah-1", 3.0)],
        pressure_pa=np.full(len(FRAME), 240.0),
        air_flow_m3_s=np.full(len(FRAME), 3.0),
    )
    assert _holds(_one(made), 1.12 * 3.0 * 160.0 / 0.6 * HOURS / 1e3)


def test_a_learned_model_tells_its_own_residual() -> None:
    """Where no rule knows it, the model's expectation does; a rule on the same device comes first."""
    said = Explanation(series="x active_power_w", value=2000.0, expected=1500.0, low=1400.0, high=1600.0, unit="W")
    learned = _alarm("learned", "pump-9", None, kind="model", explanation=said)
    assert _holds(_one(_situation([learned])), 0.5 * HOURS)
    worn = msgspec.structs.replace(FRAME, chiller_w=FRAME.chiller_w * np.where(AFTER, 1.25, 1.0)[:, None])
    both = _situation([learned, _alarm("chiller_power", "chiller-1")], worn)
    assert _one(both).actuator == "chiller-1"


def test_a_fault_that_costs_nothing_is_left_to_its_alarm() -> None:
    """The chiller takes what it took: the alarm stands, no saving is claimed."""
    (answer,) = advise(_situation([_alarm("chiller_power", "chiller-1")]))
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_no_alarm_no_advice() -> None:
    """A plant without alarms, one whose alarm is shelved, and one with an alarm that costs no energy."""
    others = [[], [_alarm("chiller_power", "chiller-1", suppressed="shelved")], [_alarm("rack_inlet", "r01")]]
    for alarms in others:
        (answer,) = advise(_situation(alarms))
        assert isinstance(answer, Refusal)
        assert answer.reason == "in_order"
