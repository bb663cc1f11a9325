"""PUE of each module of a site: a true one where its supply is metered, else the partial PUE of its own cooling.

A module's IT is what is metered for its racks. A meter belongs to a module by its device's rack, or by its entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.formulas.energy_ratios import partial_pue, pue
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.pue import STANDARD, label
from analytics.kpis.quantity import refused
from analytics.kpis.ratio import Ratio, compute
from analytics.kpis.side import COOLING, FACILITY, IT
from analytics.result import KpiResult, Remark
from greendc.site import Role

if TYPE_CHECKING:
    from greendc.site import Meter, Site

KEY = "pue_module"
_IT_OF_RACKS = tuple(side for side in IT if side.needs in {Role.PDU_OUTPUT, Role.IT_INPUT})


def module_pues(period: Period) -> list[KpiResult]:
    """Return a PUE for each module that the racks name."""
    modules = sorted({rack.module for rack in period.site.racks if rack.module})
    if not modules:
        return [refused(period, KEY, "1", STANDARD, "no_module", "pPUE")]
    owners = module_of_meters(period.site)
    return [msgspec.structs.replace(_module(period, module, owners), part=module) for module in modules]


def module_of_meters(site: Site) -> dict[Meter, str]:
    """Return which module each meter serves alone: what its entry says, else the module of its device's rack."""
    by_rack = {rack.name: rack.module for rack in site.racks}
    by_device = {device.name: by_rack.get(device.rack, "") for device in site.devices if device.rack}
    return {meter: meter.module or by_device.get(meter.device, "") for meter in site.meters}


def _module(period: Period, module: str, owners: dict[Meter, str]) -> KpiResult:
    own = [meter for meter, owner in owners.items() if owner == module]
    bare = sorted(rack for rack in _racks(period.site, module) if not _metered(period.site, rack, own))
    if bare:
        remark = Remark(code="racks_without_meter", params={"racks": ", ".join(bare)})
        return refused(period, KEY, "1", STANDARD, "racks_not_metered", "pPUE", (remark,))
    part = period.of(own)
    if FACILITY.metered(part):
        length_ns = period.end_ns - period.start_ns
        return _ratio(
            part,
            Ratio(
                key=KEY,
                unit="1",
                standard=STANDARD,
                above=FACILITY,
                below=_IT_OF_RACKS,
                formula=pue,
                invalid="not_above_one",
            ),
            label(length_ns),
        )
    if COOLING.metered(part):
        ratio = Ratio(key=KEY, unit="1", standard=STANDARD, above=COOLING, below=_IT_OF_RACKS, formula=partial_pue)
        found = _ratio(part, ratio, "pPUE")
        return msgspec.structs.replace(found, remarks=(*found.remarks, Remark(code="module_cooling_only")))
    return refused(period, KEY, "1", STANDARD, "no_module_meter", "pPUE")


def _ratio(period: Period, ratio: Ratio, name: str) -> KpiResult:
    return msgspec.structs.replace(compute(ratio, period), label=name)


def _racks(site: Site, module: str) -> list[str]:
    return [rack.name for rack in site.racks if rack.module == module]


def _metered(site: Site, rack: str, meters: list[Meter]) -> bool:
    devices = {device.name for device in site.devices if device.rack == rack}
    return any(meter.device in devices and meter.role in {Role.PDU_OUTPUT, Role.IT_INPUT} for meter in meters)


PUE_MODULE = Kpi(key=KEY, unit="1", standard=STANDARD, compute=module_pues)
