"""What a site file says about its figures, checked against the data files: profiles, factors, carriers, codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.carriers import CARRIED, as_energy, carrier_set, set_names
from analytics.eu_report import declarable
from analytics.limits import profile_names

if TYPE_CHECKING:
    from greendc.errors import Problem
    from greendc.site import Site
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
    return found
