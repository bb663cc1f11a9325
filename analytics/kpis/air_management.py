"""Return temperature index, supply and return heat index: Herrlin 2008; Sharma, Bash and Patel 2002.

They need the air that cooling delivers and takes back, and the air before and behind racks. Racks weigh by their power;
airflow through a rack is proportional to its power over its temperature rise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.formulas import airflow
from analytics.inlets import inlets, outlets
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import known_mean, mean_of, refused
from analytics.result import Remark
from greendc.physics.kinds import FloatArray
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.result import KpiResult
    from greendc.model import SeriesKey
    from greendc.site import Meter

HERRLIN = "Herrlin 2008"
SHARMA = "Sharma, Bash and Patel 2002"
SUPPLY, RETURN, FLOW = "supply_air_temperature_c", "return_air_temperature_c", "air_flow_m3_s"


class _Air(msgspec.Struct, frozen=True, kw_only=True):
    """Step means: supply and return [degC], and before, behind [degC] and power [W] of racks, a column each."""

    supply_c: FloatArray
    return_c: FloatArray
    inlet_c: FloatArray
    outlet_c: FloatArray
    power_w: FloatArray
    remark: Remark


def rti(period: Period) -> KpiResult:
    """Return RTI as a ratio: above 1 air recirculates, below 1 it bypasses the racks."""
    return _index(period, "rti", HERRLIN, _rti_rows)


def shi(period: Period) -> KpiResult:
    """Return SHI: the heat that supply air takes up before it enters racks, relative to all that it takes up."""
    return _index(period, "shi", SHARMA, _shi_rows)


def rhi(period: Period) -> KpiResult:
    """Return RHI, 1 - SHI."""
    return _index(period, "rhi", SHARMA, _rhi_rows)


def _index(period: Period, key: str, standard: str, rows: Callable[[_Air], FloatArray]) -> KpiResult:
    air = period.once("air", _air)
    if isinstance(air, str):
        return refused(period, key, "1", standard, air)
    values = rows(air)
    return mean_of(period, values[~np.isnan(values)], len(values), key=key, standard=standard, remarks=(air.remark,))


def _rti_rows(air: _Air) -> FloatArray:
    rise = airflow.equipment_rise_rows(air.power_w, air.outlet_c - air.inlet_c)
    return (air.return_c - air.supply_c) / rise


def _shi_rows(air: _Air) -> FloatArray:
    rise = air.outlet_c - air.inlet_c
    with np.errstate(invalid="ignore", divide="ignore"):
        flow = np.where((rise > 0) & (air.power_w > 0), air.power_w / rise, np.nan)
        reference = air.supply_c[:, None]
        usable = np.isfinite(flow)
        warmed = np.where(usable, flow * (air.inlet_c - reference), 0.0).sum(axis=1)
        whole = np.where(usable, flow * (air.outlet_c - reference), 0.0).sum(axis=1)
        return np.where(whole > 0, warmed / whole, np.nan)


def _rhi_rows(air: _Air) -> FloatArray:
    return 1.0 - _shi_rows(air)


def _air(period: Period) -> _Air | str:
    """Return the air of all racks that have sensors before and behind and a meter, or what is missing."""
    before, behind = inlets(period.history, period.site), outlets(period.history, period.site)
    if not before:
        return "no_inlet_sensor"
    if not behind:
        return "no_outlet_sensor"
    units = {name: _units(period, name) for name in (SUPPLY, RETURN, FLOW)}
    for name, reason in ((SUPPLY, "no_supply_sensor"), (RETURN, "no_return_sensor")):
        if not units[name]:
            return reason
    meters = _rack_meters(period)
    racks = sorted(before.keys() & behind.keys() & meters.keys())
    if not racks:
        return "racks_not_metered"
    power_w = period.powers({rack: meters[rack] for rack in racks})
    both = sorted(units[SUPPLY].keys() & units[RETURN].keys())
    params = {"n": str(len(racks)), "all": str(len(period.site.racks)), "units": str(len(both))}
    return _Air(
        supply_c=_delivered(period, units, SUPPLY, both),
        return_c=_delivered(period, units, RETURN, both),
        inlet_c=_columns(period, [before[rack] for rack in racks]),
        outlet_c=_columns(period, [behind[rack] for rack in racks]),
        power_w=power_w.to_numpy(dtype=float),
        remark=Remark(code="racks_with_both", params=params),
    )


def _units(period: Period, quantity: str) -> dict[str, SeriesKey]:
    return {key.device: key for key in period.history.series(period.site.name, quantity=quantity) if not key.part}


def _delivered(period: Period, units: dict[str, dict[str, SeriesKey]], quantity: str, devices: list[str]) -> FloatArray:
    """Return the mean of the cooling units by their airflow, or their plain mean where any has no airflow."""
    rows = period.means([units[quantity][device] for device in devices]).to_numpy(dtype=float)
    flows = [units[FLOW].get(device) for device in devices]
    if None in flows:
        weights = np.ones_like(rows)
    else:
        weights = period.means([key for key in flows if key is not None]).to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weights > 0, rows * weights, 0.0).sum(axis=1) / np.maximum(weights, 0.0).sum(axis=1))


def _columns(period: Period, groups: list[list[SeriesKey]]) -> FloatArray:
    means = period.means([key for keys in groups for key in keys])
    rows = means.to_numpy(dtype=float)
    at = {label: column for column, label in enumerate(means.columns)}
    return np.stack([known_mean(rows[:, [at[key.label()] for key in keys]]) for keys in groups], axis=1)


def _rack_meters(period: Period) -> dict[str, list[Meter]]:
    at = {device.name: device.rack for device in period.site.devices if device.rack}
    found: dict[str, list[Meter]] = {}
    for meter in period.site.meters:
        if meter.role is Role.PDU_OUTPUT and meter.device in at:
            found.setdefault(at[meter.device], []).append(meter)
    return found


RTI = Kpi(key="rti", unit="1", standard=HERRLIN, compute=rti)
SHI = Kpi(key="shi", unit="1", standard=SHARMA, compute=shi)
RHI = Kpi(key="rhi", unit="1", standard=SHARMA, compute=rhi)
