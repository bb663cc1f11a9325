"""What mending a fault is worth: open alarms of plant that takes more power than it did.

An alarm says what is wrong; here its energy is told, since it began, from the machine's own past under the same
conditions (`analytics.advice.excess`): a worn chiller and its heat rejection against heat and weather, a pump against
its speed, a filter by what its pressure takes of the fan (``V dp / eta``), a coil, a tower or a low temperature
difference by all cooling against heat and weather, humidifiers by what they boil while others dry. One piece of advice
for each machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.columns import on_frame
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.excess import Excess, by_explanation, by_law, by_ratio
from analytics.advice.proposal import Proposal, recommended
from analytics.advice.recommendation import Check, Plan, Recommendation, Refusal
from analytics.site_model import Change
from analytics.site_model.heat import cooling_saved_w
from analytics.site_model.priors import as_parameter
from greendc.clock import iso
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.alarms import Alarm
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

KEY = "maintenance"
LEARNED = "learned"
TRIAL_W = 500.0
"""The cold for lost heat is found with so much of it."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return for each machine with an open alarm that costs energy what mending it saves."""
    chosen: dict[str, Alarm] = {}
    for alarm in sorted(situation.alarms, key=lambda one: (one.rule == LEARNED, one.since_ns)):
        if alarm.device and alarm.suppressed not in SET_ASIDE and (alarm.rule in JUDGES or alarm.rule == LEARNED):
            chosen.setdefault(alarm.device, alarm)
    found = [answer for alarm in chosen.values() if (answer := _of(situation, alarm)) is not None]
    specific = [one for one in found if one.variant != LEARNED]
    # A model of a whole that takes more says again what the machine within it says.
    return specific or found or [Refusal(advisor=KEY, reason="in_order")]


def _of(situation: Situation, alarm: Alarm) -> Recommendation | None:
    frame = situation.frame
    variant, judge = JUDGES.get(alarm.rule, (LEARNED, by_explanation))
    excess = judge(situation, alarm) if len(frame) else None
    if excess is None or not np.isfinite(excess.watts).any():
        return None
    realised = situation.model.realisation.draw(situation.draws)
    watts = excess.watts * realised * (1.0 + (_cold(situation) if excess.in_room else 0.0))
    air = alarm.device in situation.whole.units
    proposal = Proposal(
        advisor=KEY,
        variant=variant,
        place=alarm.device,
        actuator=alarm.device,
        guards=_while_it_stands(situation) if air else (),
        basis=excess.basis,
        plan=Plan(option="B", method="baseline", target="ups" if variant == "ups" else "cooling", days=14),
        effort="medium",
        facts={
            "alarm": alarm.id,
            "since": iso(alarm.since_ns),
            "excess": f"{float(np.nanmean(watts)):.0f}",
        },
    )
    answer = recommended(situation, proposal, watts, frame)
    return None if isinstance(answer, Refusal) else answer


def _while_it_stands(situation: Situation) -> tuple[Check, ...]:
    """Return what the work itself does to the racks: the unit stands meanwhile. It keeps nobody from mending."""
    check, _ = guards.one_unit_off(situation, Change())
    return (msgspec.structs.replace(check, optional=True),)


def _cold(situation: Situation) -> Floats:
    """Return the cold that each watt of heat costs, by draw."""
    sample = situation.sample
    saved = cooling_saved_w(situation.model, sample, np.full((1, len(sample)), TRIAL_W), situation.draws)
    known = np.isfinite(saved).all(axis=0)
    share = saved[:, known].mean(axis=1) / TRIAL_W if known.any() else np.zeros(len(saved))
    return np.broadcast_to(share, (situation.draws.count,))[:, None]


def _chiller(situation: Situation, alarm: Alarm) -> Excess | None:
    """Return what chillers and heat rejection take more for the same heat and weather; a worn one warms its tower."""
    frame = situation.frame
    if alarm.device not in frame.chillers:
        return None
    found = by_law(situation, alarm, _rejected_w(frame), (_sum(frame.chiller_heat_w), *_weather(frame)))
    return found or by_ratio(situation, alarm, frame.chiller_w[:, frame.chillers.index(alarm.device)])


def _drive(situation: Situation, alarm: Alarm) -> Excess | None:
    power, speed = _own(situation, alarm.device, "active_power_w"), _own(situation, alarm.device, "drive_speed_ratio")
    return by_law(situation, alarm, power, (speed,)) or by_ratio(situation, alarm, power)


def _cooling(situation: Situation, alarm: Alarm) -> Excess | None:
    """Return what all cooling takes more for the same heat and weather: pumps, and cold that comes less for nothing."""
    frame = situation.frame
    metered = np.isfinite(frame.cooling_w).any()
    power = frame.cooling_w if metered else _rejected_w(frame) + np.nan_to_num(frame.pump_w)
    return by_law(situation, alarm, power, (_heat(situation), *_weather(frame)))


def _weather(frame: PlantFrame) -> tuple[Floats, ...]:
    """Return what else cold depends on, as far as it is known: wet bulb or air, and how cold the water is."""
    outdoors = frame.wet_bulb_c if np.isfinite(frame.wet_bulb_c).any() else frame.outdoor_c
    return tuple(one for one in (outdoors, frame.chilled_supply_c) if np.isfinite(one).any())


def _rejected_w(frame: PlantFrame) -> Floats:
    return _sum(frame.chiller_w) + np.nan_to_num(frame.tower_w) + np.nan_to_num(frame.condenser_pump_w)


def _sum(values: Floats) -> Floats:
    """Return the sum over machines, NaN in rows of which none is known."""
    return np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan)


def _filter(situation: Situation, alarm: Alarm) -> Excess | None:
    """Return what the pressure beyond a clean filter's takes of the fan."""
    if alarm.value is None or alarm.value <= 1.0:
        return None
    pressure = _own(situation, alarm.device, "pressure_pa", "filter")
    flow = _own(situation, alarm.device, "air_flow_m3_s")
    after = situation.frame.time_ns >= alarm.since_ns
    lost = np.where(after, flow * pressure * (1.0 - 1.0 / alarm.value), np.nan)
    eta = as_parameter("fan_efficiency", electrical_limits().fan_efficiency, "not_metered").draw(situation.draws)
    return Excess(watts=lost[None, :] / eta, basis="filter", in_room=True)


def _humidifier(situation: Situation, alarm: Alarm) -> Excess | None:
    """Return what is boiled since the fight began, less what was boiled before it."""
    frame = situation.frame
    if alarm.device not in frame.units:
        return None
    steam = frame.humidifier_w[:, frame.units.index(alarm.device)]
    dry = frame.dew_point_c
    found = by_law(situation, alarm, steam, (dry,), in_room=True)
    if found is not None:
        return found
    after = np.where(frame.time_ns >= alarm.since_ns, steam, np.nan)
    share = np.clip(1.0 - 0.1 * np.abs(situation.draws.normal(f"excess/{alarm.id}")), 0.0, 1.0)[:, None]
    return Excess(watts=after[None, :] * share, basis="humidifier", in_room=True)


def _ups(situation: Situation, alarm: Alarm) -> Excess | None:
    frame = situation.frame
    if alarm.kind != "more" or alarm.device not in frame.ups:
        return None
    i = frame.ups.index(alarm.device)
    out = frame.ups_out_w[:, i]
    return by_law(situation, alarm, frame.ups_in_w[:, i] - out, (out,), in_room=True)


def _heat(situation: Situation) -> Floats:
    frame = situation.frame
    return frame.heat_w if np.isfinite(frame.heat_w).any() else frame.it_w


def _own(situation: Situation, device: str, quantity: str, part: str = "") -> Floats:
    """Return a series of the device on the frame's steps."""
    key = SeriesKey(situation.site.name, device, part, quantity)
    return on_frame(situation, [key])[key]


JUDGES: dict[str, tuple[str, Callable[[Situation, Alarm], Excess | None]]] = {
    "chiller_power": ("chiller", _chiller),
    "drive_power": ("drive", _drive),
    "coil_fouling": ("coil", _cooling),
    "chilled_delta_t": ("delta_t", _cooling),
    "tower_approach": ("tower", _cooling),
    "filter_clog": ("filter", _filter),
    "humidity_fight": ("humidity", _humidifier),
    "ups_loss": ("ups", _ups),
}
"""By rule the wording and how its energy is found; any learned alarm on a power is judged by its own explanation."""
SET_ASIDE = frozenset(("shelved", "maintenance", "design"))

ADVISOR = Advisor(key=KEY, needs=("alarms",), advise=advise)
