"""Air between cooling units and racks: what recirculates, what passes by, and how fans follow servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import FEWEST_ROWS, learned, narrowed
from analytics.site_model.parameter import Parameter
from analytics.site_model.priors import as_parameter, responses, site_priors
from greendc.physics.air import AIR_HEAT_CAPACITY

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

STANDS = 0.004
"""Fan speeds that vary by less than this share of their mean stand still."""
SAME, ALIKE = 0.08, 0.025
"""Speeds of units are set together where they are nearly the same, and their ratio stays."""
MARGIN_ERROR = 0.04
_LOG_FLOOR = 0.01
_SENSOR_K = 0.3
_VARIED_K = 0.2
_DRIES_K = 1.0


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """Coefficients of the rooms.

    ``follows`` is how fans' speed follows the servers' airflow, as a power of it; ``margin`` the air that reaches the
    racks over what servers blow; ``recirculation`` each rack's share of its own exhaust; ``spill`` the share of
    hot-aisle air before all racks; ``inlet`` kelvins of inlet for one of supply air. ``supply_on_rise`` is by how much
    the supply moves with the rooms' rise (0 where it is controlled), ``envelope`` the heat through walls per kelvin,
    over the servers' mean power. ``groups`` are units whose fans are set together, by their places in the frame.
    """

    follows: Parameter
    margin: Parameter
    spill: Parameter
    inlet: Parameter
    supply_on_rise: Parameter
    envelope: Parameter
    recirculation: tuple[Parameter, ...]
    groups: tuple[tuple[int, ...], ...]

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return (
            self.follows,
            self.margin,
            self.spill,
            self.inlet,
            self.supply_on_rise,
            self.envelope,
            *self.recirculation,
        )


def mean_of(values: Floats) -> Floats:
    """Return the mean of the known values of each row, NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def fans_alone(frame: PlantFrame) -> Floats:
    """Return the power [W] of units less that of their humidifiers, which hang on the same meters."""
    return frame.fan_w - np.where(np.isfinite(frame.humidifier_w), frame.humidifier_w, 0.0)


def typical_of(values: Floats, instead: float) -> float:
    """Return the mean of what is known, or ``instead``."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else instead


def fit_air(frame: PlantFrame) -> Air:
    """Return what the data tell of the air."""
    supply, back = mean_of(frame.supply_c), mean_of(frame.return_c)
    lift, rise = frame.inlet_c - supply[:, None], frame.outlet_c - frame.inlet_c
    shares = tuple(_recirculation(rack, lift[:, i], rise[:, i]) for i, rack in enumerate(frame.racks))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = lift / (back - supply)[:, None]
    medians = [float(np.median(column[np.isfinite(column)])) for column in share.T if np.isfinite(column).any()]
    least = min(max(min(medians), 0.0), 0.3) if medians else 0.05
    told = bool(np.isfinite(share).any())
    spill = Parameter(
        name="spill",
        value=0.5 * least,
        error=0.35 * least,
        low=0.0,
        high=least,
        source="fitted" if told else "prior",
        reason="" if told else "not_metered",
    )
    margin, need = _margin(frame, supply, back, least)
    return Air(
        follows=_follows(frame, need),
        margin=margin,
        spill=spill,
        inlet=_inlet(frame, supply),
        supply_on_rise=_supply_on_rise(frame, supply, back),
        envelope=_envelope(frame, back),
        recirculation=shares,
        groups=_groups(frame.speed),
    )


def _recirculation(rack: str, lift: Floats, rise: Floats) -> Parameter:
    """Return phi of ``T_in = T_s + phi (T_out - T_s)``: the median of lift / (lift + rise)."""
    name = f"recirculation/{rack}"
    with np.errstate(invalid="ignore", divide="ignore"):
        share = lift / (lift + rise)
    share = share[np.isfinite(share)]
    if len(share) < FEWEST_ROWS:
        return Parameter(name=name, value=0.05, error=0.03, low=0.0, high=0.4, reason="not_metered")
    typical = float(np.median(lift[np.isfinite(lift)] + 0.0)) if np.isfinite(lift).any() else 0.0
    span = float(np.nanmedian(lift + rise))
    error = max(float(share.std()) / len(share) ** 0.5, _SENSOR_K / max(span, 1.0))
    value = float(np.clip(np.median(share), 0.0, 0.6)) if typical > -_SENSOR_K * 3 else 0.0
    return Parameter(
        name=name, value=value, error=error, low=0.0, high=0.6, source="fitted", rows=len(share)
    )  # fmt: skip


def _margin(frame: PlantFrame, supply: Floats, back: Floats, least: float) -> tuple[Parameter, Floats]:
    """Return air that reaches the racks over what servers blow, and the servers' airflow [kg/s] where it is known.

    ``m_units / m_servers = (heat of the rooms / power of the racks) (rise of the racks / rise of the units)``.
    """
    prior = as_parameter("air_margin", site_priors().air_margin, "not_metered")
    bypass = as_parameter("bypass", site_priors().bypass, "not_varied")
    # Air that is short is made up for by exhaust, and then every inlet is warmer by as much.
    low = max(prior.low, 1.0 - least - 0.02)
    ratio, need = delivered(frame, supply, back)
    ratio = ratio[np.isfinite(ratio)]
    if len(ratio) < FEWEST_ROWS:
        return msgspec.structs.replace(prior, low=low, value=max(prior.value, low)), need
    keep = 1.0 - bypass.value
    value = float(np.median(ratio)) * keep
    error = ((bypass.error / keep) ** 2 + MARGIN_ERROR**2) ** 0.5 * value
    fitted = msgspec.structs.replace(
        prior, value=max(value, low), error=error, low=low, high=4.0, source="fitted", reason="", rows=len(ratio)
    )
    return fitted, need


def delivered(frame: PlantFrame, supply: Floats, back: Floats) -> tuple[Floats, Floats]:
    """Return the units' air over what servers blow, and that [kg/s], by row; NaN where too little is measured.

    The ratio is the inverse of the return temperature index.
    """
    known = np.isfinite(frame.rack_w) & np.isfinite(frame.outlet_c) & np.isfinite(frame.inlet_c)
    rise = np.where(known, np.maximum(frame.outlet_c - frame.inlet_c, 1.0), 1.0)
    blown = np.where(known, frame.rack_w / (AIR_HEAT_CAPACITY * rise), 0.0).sum(axis=1)
    share = known.sum(axis=1) / max(known.shape[1], 1)
    need = np.where(share > 0.5, blown / np.maximum(share, 1e-9), np.nan)  # noqa: PLR2004 (most of the racks)
    # Steam is heat for the coils only where they take it out of the air again.
    dries = (frame.chilled_supply_c < frame.dew_point_c - _DRIES_K)[:, None]
    fans = mean_of(np.where(dries, frame.fan_w, fans_alone(frame))) * frame.fan_w.shape[1]
    heat = np.where(np.isfinite(frame.heat_w), frame.heat_w, frame.it_w)
    heat = heat - np.where(np.isfinite(frame.heat_w) & np.isfinite(fans), fans, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = heat / (AIR_HEAT_CAPACITY * np.maximum(back - supply, 0.5)) / need
    return ratio, need


def _follows(frame: PlantFrame, need: Floats) -> Parameter:
    """Return how fans follow servers: 0 where they stand at one speed although the load moved."""
    prior = as_parameter("fan_follows", site_priors().fan_follows, "")
    speed = mean_of(frame.speed)
    known = np.isfinite(speed) & (speed > 0)
    if int(known.sum()) < FEWEST_ROWS:
        return msgspec.structs.replace(prior, reason="not_metered" if not known.any() else "too_few")
    spread = float(speed[known].std() / speed[known].mean())
    load = frame.it_w[known & np.isfinite(frame.it_w)]
    if spread < STANDS:
        moved = len(load) >= FEWEST_ROWS and float(load.std() / load.mean()) > 2 * STANDS
        return msgspec.structs.replace(
            prior, value=0.0, error=0.0, low=0.0, source="fitted" if moved else "prior",
            reason="" if moved else "not_varied", rows=int(known.sum()),
        )  # fmt: skip
    level = Parameter(name="level", value=0.0, error=5.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_speed = np.log(speed / np.nanmean(speed[known]))
        log_need = np.log(need / np.nanmean(need)) if np.isfinite(need).any() else need
    terms = np.stack([log_need, np.ones(len(need))], axis=1)
    # Noise in the servers' airflow makes any slope too small: it can only confirm.
    found = learned([prior, level], terms, log_speed, floor=_LOG_FLOOR, least_error=0.1)[0]
    return found if found.value > prior.low else msgspec.structs.replace(prior, reason="implausible")


def _inlet(frame: PlantFrame, supply: Floats) -> Parameter:
    """Return kelvins of inlet for one of supply air."""
    prior = as_parameter("inlet_follows", responses().inlet_follows, "not_varied", "K/K")
    inlet = mean_of(frame.inlet_c)
    known = np.isfinite(inlet) & np.isfinite(supply)
    if int(known.sum()) < FEWEST_ROWS:
        return msgspec.structs.replace(prior, reason="not_metered" if not known.any() else "too_few")
    # What a control loop and a sensor's noise do to the supply is no step that inlets could follow.
    wanted = mean_of(frame.supply_set_c)[known]
    if not np.isfinite(wanted).any() or float(np.nanstd(wanted)) < _VARIED_K:
        return prior
    level = Parameter(name="level", value=0.0, error=20.0)
    terms = np.stack([supply - np.nanmean(supply), np.ones(len(supply))], axis=1)
    found = learned([prior, level], terms, inlet - np.nanmean(supply), floor=0.1)[0]
    return narrowed(prior, found.value, found.error, found.rows) if found.source == "fitted" else found


def _supply_on_rise(frame: PlantFrame, supply: Floats, back: Floats) -> Parameter:
    """Return kelvins of supply for one of the rise: where units hold their return air the supply gives way."""
    prior = as_parameter("supply_on_rise", site_priors().supply_on_rise, "not_metered", "K/K")
    rise, wanted = back - supply, mean_of(frame.supply_set_c)
    off = supply - np.where(np.isfinite(wanted), wanted, 0.0)
    if not np.isfinite(off).any() or not np.isfinite(rise).any():
        return prior
    level = Parameter(name="level", value=0.0, error=20.0)
    # An error of the supply's sensor is in the rise as well, with the other sign: the return alone is free of it.
    centred = back - np.nanmedian(back)
    terms = np.stack([centred, np.ones(len(off))], axis=1)
    found = learned([_of_return(prior), level], terms, off - np.nanmedian(off), floor=0.05, varied=(0.15, 0.0))[0]
    value = found.value / (1.0 - found.value)
    if found.source != "fitted":
        return msgspec.structs.replace(prior, reason=found.reason)
    return narrowed(prior, value, max(found.error / (1.0 - found.value) ** 2, 0.03), found.rows)


def _of_return(prior: Parameter) -> Parameter:
    """Return the slope on the return: ``s = k (r - s)`` gives ``s = k / (1 + k) r``."""
    return msgspec.structs.replace(
        prior,
        value=prior.value / (1.0 + prior.value),
        error=prior.error / (1.0 + prior.value) ** 2,
        low=prior.low / (1.0 + prior.low),
        high=prior.high / (1.0 + prior.high),
    )


def _envelope(frame: PlantFrame, back: Floats) -> Parameter:
    """Return the heat that comes in per kelvin of outdoor air above the rooms', over the servers' mean power."""
    prior = as_parameter("envelope", site_priors().envelope, "not_metered", "1/K")
    if not np.isfinite(frame.heat_w).any() or not np.isfinite(frame.outdoor_c).any():
        return prior
    losses = np.nan_to_num(frame.ups_in_w - frame.ups_out_w).sum(axis=1) if frame.ups else 0.0
    fans = np.nan_to_num(mean_of(fans_alone(frame))) * frame.fan_w.shape[1]
    scale = typical_of(frame.it_w, 1.0) or 1.0
    target = (frame.heat_w - losses - fans) / scale
    # The servers' own share is free: meters and what else warms the rooms are in it.
    terms = np.stack([frame.outdoor_c - back, frame.it_w / scale, np.ones(len(back))], axis=1)
    share = Parameter(name="share", value=1.0, error=0.1)
    level = Parameter(name="level", value=0.0, error=0.3)
    return learned([prior, share, level], terms, target, floor=0.01, least_error=0.2, varied=(1.0, 0.01, 0.0))[0]


def _groups(speed: Floats) -> tuple[tuple[int, ...], ...]:
    """Return which units' fans are set together: their speeds are the same all the time."""
    groups: list[list[int]] = []
    for i in range(speed.shape[1]):
        column = speed[:, i]
        if not np.isfinite(column).any():
            continue
        for group in groups:
            first = speed[:, group[0]]
            both = np.isfinite(column) & np.isfinite(first) & (column > 0) & (first > 0)
            ratio = column[both] / first[both]
            level = float(np.median(ratio)) if both.any() else 0.0
            if abs(level - 1.0) < SAME and float(np.quantile(np.abs(ratio - level), 0.9)) < ALIKE:
                group.append(i)
                break
        else:
            groups.append([i])
    return tuple(tuple(group) for group in groups)
