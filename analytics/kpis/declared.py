"""Figures that a site declares: dPUE, the PUE that its design predicts, and ITEEsv, the efficiency of its servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.formulas.equipment import ServerModel, server_efficiency
from analytics.kpis.calendar import local_day
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import refused
from analytics.result import KpiResult, Remark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from greendc import declared

DESIGN_STANDARD = "ISO/IEC 30134-2, EN 50600-4-2"
SERVER_STANDARD = "ISO/IEC 30134-4"
METHOD = "declared"


def design_pue(period: Period) -> KpiResult:
    """Return the PUE that the design predicts, with the load and climate that it assumes."""
    design = period.site.design
    if design is None:
        return refused(period, "dpue", "1", DESIGN_STANDARD, "no_design", "dPUE")
    params = {"load": f"{design.load_ratio:.0%}", "climate": design.climate}
    remarks = (Remark(code="design_assumes", params=params),)
    return _declared(period, "dpue", "dPUE", "1", design.pue, DESIGN_STANDARD, remarks)


def server_performance(period: Period) -> KpiResult:
    """Return ITEEsv [benchmark units per kW] of the servers that are declared for the last day of the period."""
    day = local_day(period.site, period.end_ns - 1)
    models = servers_on(period.site.servers, day)
    benchmarks = sorted({model.benchmark for model in models})
    if not models:
        return refused(period, "itee_sv", "1/kW", SERVER_STANDARD, "no_server_inventory")
    if len(benchmarks) > 1:
        remark = Remark(code="benchmarks", params={"names": ", ".join(benchmarks)})
        return refused(period, "itee_sv", "1/kW", SERVER_STANDARD, "mixed_benchmarks", remarks=(remark,))
    value = server_efficiency(
        [
            ServerModel(count=model.count, peak_performance=model.peak_performance, peak_kw=model.peak_kw)
            for model in models
        ]
    )
    params = {"n": str(sum(model.count for model in models)), "benchmark": benchmarks[0], "day": day.isoformat()}
    remarks = (Remark(code="servers_declared", params=params),)
    return _declared(period, "itee_sv", "ITEEsv", "1/kW", value, SERVER_STANDARD, remarks)


def servers_on(models: Sequence[declared.ServerModel], day: dt.date) -> list[declared.ServerModel]:
    """Return the declared servers of a day."""
    return [model for model in models if model.valid_from <= day < model.valid_to]


def _declared(
    period: Period, key: str, label: str, unit: str, value: float | None, standard: str, remarks: tuple[Remark, ...]
) -> KpiResult:
    return KpiResult(
        kpi=key,
        label=label,
        value=value,
        unit=unit,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        coverage=1.0,
        method=METHOD,
        standard=standard,
        remarks=remarks,
    )


DESIGN_PUE = Kpi(key="dpue", unit="1", standard=DESIGN_STANDARD, compute=design_pue)
SERVER_EFFICIENCY = Kpi(key="itee_sv", unit="1/kW", standard=SERVER_STANDARD, compute=server_performance)
