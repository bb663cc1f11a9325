"""What a site file says about its figures, checked: profiles, factors, carriers, codes, and meters that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.carriers import CARRIED, as_energy, carrier_set, set_names
from analytics.curve import EMPTY
from analytics.energy import MeterCurve, midnight_ns
from analytics.eu_report import declarable
from analytics.kpis.faults import fault_of_meters
from analytics.kpis.side import COOLING, FACILITY, IT
from analytics.limits import profile_names

if TYPE_CHECKING:
    from greendc.errors import Problem
    from greendc.site import Meter, Site
    from greendc.toml_source import TomlSource


def declaration_problems(source: TomlSource, site: Site) -> list[Problem]:
    """Return what the figures of a site could not be made of, each at its line."""
    found = []
    if site.info.standards and site.info.standards not in profile_names():
        known = ", ".join(profile_names())
        found.append(source.problem("site.standards", "kpis.unknown_standards", name=site.info.standards, known=known))
    if carrier_set(site) is None:
        known = ", ".join(set_names())
        name = site.info.energy_factors
        found.append(source.problem("site.energy_factors", "kpis.unknown_factors", name=name, known=known))
    for name in sorted(site.declared.keys() - declarable()):
        known = ", ".join(sorted(declarable()))
        found.append(source.problem(f"declared.{name}", "kpis.unknown_declared", name=name, known=known))
    for i, meter in enumerate(site.meters):
        if meter.role in CARRIED and carrier_set(site) is not None and not as_energy(site, [meter]):
            found.append(source.problem(f"meters[{i}]", "kpis.unknown_carrier", carrier=meter.kind or "?"))
    return [*found, *_meter_warnings(source, site)]


def _meter_warnings(source: TomlSource, site: Site) -> list[Problem]:
    """Return why figures would be refused with the meters as they are, one warning for each reason."""
    if not site.meters:
        return []
    found: dict[str, Problem] = {}
    roles = {meter.role for meter in site.meters}
    for needed in ((FACILITY,), IT):
        if roles.isdisjoint(side.needs for side in needed):
            key = f"kpis.reason.{needed[0].missing}"
            found[key] = source.problem("meters[0]", key, level="warning")
    for side in (FACILITY, *IT, COOLING):
        curves = [_uncounted(site, meter) for meter in site.meters if meter.role in side.signs]
        fault = fault_of_meters(site, side, curves)
        if fault is not None:
            name = fault.remark.params.get("meter") or fault.remark.params.get("inner", "")
            labels = [_uncounted(site, meter).label for meter in site.meters]
            at = labels.index(name) if name in labels else 0
            key = f"kpis.remark.{fault.remark.code}"
            hint = f"kpis.reason.{fault.reason}"
            found[key + name] = source.problem(f"meters[{at}]", key, hint, "warning", **fault.remark.params)
    return list(found.values())


def _uncounted(site: Site, meter: Meter) -> MeterCurve:
    """Return a meter in its validity, before anything is known of what it counted."""
    return MeterCurve(
        meter=meter,
        start_ns=midnight_ns(meter.valid_from, site),
        end_ns=midnight_ns(meter.valid_to, site),
        curve=EMPTY,
        method="",
        uncertainty_ratio=0.0,
    )
