"""Widen the band of humidity: steam is made that nobody needs, or that another unit takes out again.

An electric steam humidifier takes 0.75 kWh for each kilogram. Servers want air above -9 degC dew point and 8 %
relative humidity (ASHRAE TC 9.9, 2021), no more. The moisture of a room stands in balance with the air that leaks in,
``steam = leak (W_room - W_outdoor)``: with the limit at W_least the share ``(W_room - max(W_least, W_outdoor)) /
(W_room - W_outdoor)`` of the steam is not needed. Where a coil takes the moisture out again, its heat goes too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.air_limits import air_limits
from analytics.advice.guards import HOT_QUANTILE, celsius, cured, percent
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal, Spread
from analytics.advice.telemetry import lacking
from analytics.advice.worth import HOURS_A_YEAR, spread
from analytics.envelope import air_range
from analytics.site_model.heat import cooling_saved_w
from greendc.physics import moist_air
from greendc.physics.air import station_pressure
from greendc.units import SECONDS_PER_HOUR, W_PER_KW, kwh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import Draws, PlantFrame

KEY = "humidity_band"
NEEDS = {"humidifier": ("humidifier_w",), "dew_point": ("dew_point_c",)}
FIGHT_K, FIGHT_SHARE = 1.0, 0.25
"""Water colder than the dew point by so much dries the air; a fight where it does in this share of the steam."""
LATENT_SHARE = 0.9
"""Heat that a kilogram of steam gives to a coil over the energy that made it."""
EVEN = 0.6
"""Units whose mean is less than this share of the greatest do not do the same."""
METER = 0.05
"""Error of the meters in the units themselves, and of a balance that leaves out what is stored in the room."""
_TINY = 1e-5
WATER_KG_PER_M3 = 999.0


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the lower limit of humidity that servers need, where more steam than that is made."""
    refused = lacking(situation, KEY, NEEDS)
    if refused is not None:
        return [refused]
    frame, rules = situation.sample, air_limits().humidity
    metered_w, draws = _metered_w(frame), situation.draws
    steam_w = metered_w * _all_units(frame, draws)
    least_c = _least_c(situation)
    share = _spared(situation, frame, least_c)
    if float(np.nanmean(steam_w * share)) < rules.least_w:
        return [Refusal(advisor=KEY, reason="in_order")]
    wetting = metered_w > rules.least_w
    dries = (frame.chilled_supply_c < frame.dew_point_c - FIGHT_K) & wetting
    spared_w = np.clip(share * situation.model.realisation.draw(draws), 0.0, 1.0) * steam_w * _meter(draws)
    latent_w = np.where(dries, np.nan_to_num(spared_w) * LATENT_SHARE, 0.0)
    saved_w = spared_w + np.nan_to_num(cooling_saved_w(situation.model, frame, latent_w, draws))
    fights = float(np.nansum(metered_w[dries])) > FIGHT_SHARE * float(np.nansum(metered_w))
    now_c = float(np.nanquantile(frame.dew_point_c[wetting] if wetting.any() else frame.dew_point_c, 0.05))
    units = [name for name, w in zip(frame.units, frame.humidifier_w.T, strict=True) if np.nansum(w) > _TINY]
    proposal = Proposal(
        advisor=KEY,
        variant="fight" if fights else "band",
        place=situation.site.name,
        actuator=", ".join(units),
        change_from=now_c,
        change_to=least_c,
        unit="Cel",
        guards=(_dry_enough(situation, least_c),),
        preconditions=cured(situation) if fights else (),
        coefficients=coefficients(situation, "realisation"),
        plan=Plan(option="A", method="baseline", target="cooling", drivers=("outdoor_c", "wet_bulb_c"), days=14),
        facts={"power": f"{np.nanmean(metered_w) / W_PER_KW:.1f}"},
        water_m3=_water(spared_w),
    )
    return [recommended(situation, proposal, saved_w, frame)]


def _least_c(situation: Situation) -> float:
    """Return the dew point [degC] below which air must not come, with a margin: of the class, and of 8 % humidity."""
    info, rules = situation.site.info, air_limits().humidity
    band = air_range(info.altitude_m, info.equipment_class, recommended=True)
    known = situation.whole.inlet_high_c[np.isfinite(situation.whole.inlet_high_c)]
    warm_c = float(np.quantile(known, HOT_QUANTILE)) if len(known) else situation.limits.recommended_high_c
    dry_c = float(moist_air.dew_point(np.array([warm_c]), np.array([rules.least_humidity]))[0])
    return max(band.dew_point_low_c, dry_c) + rules.margin_k


def _metered_w(frame: PlantFrame) -> Floats:
    """Return the power [W] of the humidifiers that have a meter, NaN where none tells."""
    known = np.isfinite(frame.humidifier_w)
    return np.where(known.any(axis=1), np.where(known, frame.humidifier_w, 0.0).sum(axis=1), np.nan)


def _all_units(frame: PlantFrame, draws: Draws) -> Floats:
    """Return the steam of all units over that of the metered ones, a column by draw.

    Units without a meter most likely stand at the same limit as the others, or they make no steam at all. Where those
    with a meter differ, one of them is at fault and tells nothing of the rest.
    """
    known = np.isfinite(frame.humidifier_w)
    each_w = np.where(known, frame.humidifier_w, 0.0).sum(axis=0)[known.any(axis=0)]
    if not len(each_w) or each_w.mean() < EVEN * each_w.max():
        return np.ones((1, 1))
    metered = len(each_w)
    alike = np.clip(1.1 + 0.5 * draws.normal("other_humidifiers"), 0.0, 1.0)
    return 1.0 + (len(frame.units) / metered - 1.0) * alike[:, None]


def _meter(draws: Draws) -> Floats:
    return 1.0 + METER * draws.normal("meter/humidifier")[:, None]


def _spared(situation: Situation, frame: PlantFrame, least_c: float) -> Floats:
    """Return the share of the steam that is not needed, [draws x rows].

    Where nothing is known of the air outdoors it lies anywhere between the two ends that such air can have.
    """
    pressure = np.array([float(station_pressure(situation.site.info.altitude_m))])
    room = moist_air.humidity_ratio(np.where(np.isfinite(frame.dew_point_c), frame.dew_point_c, least_c), pressure)
    least = float(moist_air.humidity_ratio(np.array([least_c]), pressure)[0])
    known = np.isfinite(frame.outdoor_c) & np.isfinite(frame.wet_bulb_c)
    dry = np.where(known, frame.outdoor_c, 10.0)
    outdoor = moist_air.ratio_at_wet_bulb(dry, np.minimum(np.where(known, frame.wet_bulb_c, 5.0), dry), pressure)
    needless = np.maximum(room - np.maximum(least, outdoor), 0.0) / np.maximum(room - outdoor, _TINY)
    # Air that is moister outdoors than in the room needs no steam at all.
    needless = np.where(outdoor >= room, 1.0, np.clip(needless, 0.0, 1.0))
    low = np.clip((room - least) / room, 0.0, 1.0)
    place = np.clip(0.5 + 0.3 * situation.draws.normal("outdoor_moisture"), 0.0, 1.0)[:, None]
    unknown = np.where(low > 0.0, low + (1.0 - low) * place, 0.0)
    found = np.where(known, needless, unknown) * (room > least)
    return np.asarray(found, dtype=np.float64)


def _dry_enough(situation: Situation, least_c: float) -> Check:
    """Return that the new limit keeps both the least dew point and the least relative humidity."""
    rules, info = air_limits().humidity, situation.site.info
    low_c = air_range(info.altitude_m, info.equipment_class, recommended=True).dew_point_low_c
    params = {"then": celsius(least_c), "limit": celsius(low_c), "humidity": percent(rules.least_humidity)}
    return Check(key="humidity_low", status="passed", params=params)


def _water(spared_w: Floats) -> Spread:
    """Return the water [m3] that is not boiled in a year at the evidence's pace."""
    per_kg = air_limits().humidity.steam_kwh_per_kg
    year_kwh = np.nanmean(spared_w, axis=1) * kwh(HOURS_A_YEAR * SECONDS_PER_HOUR)
    return spread(year_kwh / per_kg / WATER_KG_PER_M3)


ADVISOR = Advisor(key=KEY, needs=tuple(NEEDS), advise=advise)
