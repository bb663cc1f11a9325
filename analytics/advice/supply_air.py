"""Raise the supply air: worth what warmer chilled water saves at the chiller, less what servers' fans take.

``net = P_chiller (1 - (1 - s)^(f dT)) - P_IT r mean_over_racks(dT above 23 degC) P_facility-part / P_IT``, on total
power at equal IT work; PUE improves even where this is negative, so PUE decides nothing here. Coefficients:
`analytics/data/cooling_response.toml`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.cooling_evidence import FEWEST_STEPS, CoolingEvidence, gather
from analytics.advice.fit import Base, Slope, inlet_response, power_base
from analytics.advice.priors import CoolingResponse, cooling_response
from analytics.advice.recommendation import Check, Coefficient, Recommendation, Refusal, Spread
from analytics.alarms.rack_inlet import KEY as INLET_RULE
from analytics.carbon import grid_factor
from analytics.counters import Floats
from analytics.envelope import InletLimits, inlet_limits
from greendc.clock import NS_PER_HOUR, iso
from greendc.units import SECONDS_PER_HOUR, kwh

if TYPE_CHECKING:
    from analytics.advice.advisor import Situation

KEY = "supply_air"
SEED = 20_260_101
DRAWS = 2000
HOURS_A_YEAR = 8760
LEAST_COVERAGE = 0.75
HOT_QUANTILE = 0.95
PERCENTILES = (10, 50, 90)


class _Racks(msgspec.Struct, frozen=True, kw_only=True):
    """Inlets [degC] of the racks that count: the 95th percentile of the warmest probe, and each rack's mean."""

    hottest: str
    hottest_c: float
    hottest_column: str
    means_c: tuple[float, ...]
    excluded: tuple[str, ...]


class _Draws(msgspec.Struct, frozen=True, kw_only=True):
    """Everything uncertain, drawn once, so that every step size is judged by the same draws."""

    chiller_w: Floats
    saved: Floats
    follows: Floats
    inlet: Floats
    it_response: Floats
    overhead: float


def advise(situation: Situation) -> Recommendation | Refusal:
    """Return the largest step of the supply air set-point that pays and keeps the inlets within their limit."""
    evidence = gather(situation.history, situation.site, situation.now_ns, situation.least_ns)
    if not isinstance(evidence, CoolingEvidence):
        return Refusal(advisor=KEY, reason="missing", missing=evidence)
    racks, base = _racks(evidence, situation.open_alarms), _base(evidence)
    poor = evidence.coverage < LEAST_COVERAGE or len(evidence.frame) < FEWEST_STEPS or not evidence.setpoints_c
    if poor or base is None:
        return Refusal(advisor=KEY, reason="coverage", missing=("cooling_power", "it_power", "supply"))
    if racks is None:
        return Refusal(advisor=KEY, reason="no_rack_counts", missing=("inlets",))
    return _judge(situation, evidence, racks, base)


def _judge(
    situation: Situation,
    evidence: CoolingEvidence,
    racks: _Racks,
    base: Base,
) -> Recommendation | Refusal:
    priors = cooling_response()
    limits = inlet_limits(situation.site.info.altitude_m, situation.site.info.equipment_class)
    slope = _response(evidence, racks)
    gain = slope.value if slope is not None else priors.inlet_follows.mode
    headroom_k = (limits.recommended_high_c - priors.step.margin_k - racks.hottest_c) / gain
    grain_k = priors.step.grain_k
    most_k = math.floor(min(headroom_k, priors.step.most_k) / grain_k) * grain_k
    if most_k < grain_k:
        return Refusal(advisor=KEY, reason="no_headroom")
    draws = _draw(evidence, base, priors, slope)
    it_w = float(evidence.frame["it_w"].mean())
    raise_k, net_w = _best(draws, racks, it_w, most_k, grain_k, priors.it_response.from_c)
    if raise_k == 0:
        return Refusal(advisor=KEY, reason="no_net_saving")
    coefficients = _coefficients(evidence, priors, slope, base)
    guards = _guards(evidence, racks, limits, racks.hottest_c + gain * raise_k)
    if any(guard.status == "failed" for guard in guards):
        return Refusal(advisor=KEY, reason="too_humid")
    return _recommendation(situation, evidence, racks, guards, raise_k, net_w, coefficients)


def net_saving(draws: _Draws, racks: _Racks, it_w: float, raise_k: float, from_c: float) -> Floats:
    """Return the saving [W] of each draw for a step [K] of supply air; below 0 where servers take more."""
    chiller = draws.chiller_w * (1.0 - (1.0 - draws.saved) ** (raise_k * draws.follows))
    means = np.asarray(racks.means_c)[:, None]
    warmer = np.maximum(means + raise_k * draws.inlet - from_c, 0.0) - np.maximum(means - from_c, 0.0)
    servers = it_w * draws.it_response * warmer.mean(axis=0) * draws.overhead
    return np.asarray(chiller - servers, dtype=np.float64)


def _best(
    draws: _Draws,
    racks: _Racks,
    it_w: float,
    most_k: float,
    grain_k: float,
    from_c: float,
) -> tuple[float, Floats]:
    """Return the step [K] up to which each further half kelvin pays, and its savings [W].

    0 when none pays, and when less than nine draws in ten do.
    """
    best_k, best_w = 0.0, np.zeros(DRAWS)
    for i in range(1, round(most_k / grain_k) + 1):
        net_w = net_saving(draws, racks, it_w, i * grain_k, from_c)
        if float(np.median(net_w)) <= float(np.median(best_w)):
            break
        best_k, best_w = i * grain_k, net_w
    sure = float(np.percentile(best_w, PERCENTILES[0])) > 0
    return (best_k, best_w) if sure else (0.0, np.zeros(DRAWS))


def _racks(evidence: CoolingEvidence, open_alarms: tuple[str, ...]) -> _Racks | None:
    excluded = tuple(rack for rack in evidence.inlets if f"{INLET_RULE}/{rack}" in open_alarms)
    warmest: tuple[float, str, str] | None = None
    means = []
    for rack, columns in evidence.inlets.items():
        known = evidence.frame[columns].dropna(how="all")
        if known.empty:
            continue
        # A rack that must be cured first is taken to be like the others afterwards.
        if rack in excluded:
            continue
        means.append(float(known.mean().mean()))
        high = known.quantile(HOT_QUANTILE)
        candidate = (float(high.max()), rack, str(high.idxmax()))
        if warmest is None or candidate > warmest:
            warmest = candidate
    if warmest is None:
        return None
    return _Racks(
        hottest=warmest[1],
        hottest_c=warmest[0],
        hottest_column=warmest[2],
        means_c=tuple(means),
        excluded=excluded,
    )


def _response(evidence: CoolingEvidence, racks: _Racks) -> Slope | None:
    """Return how the warmest inlet follows the supply air; None when unknown, or when a fit says that it does not."""
    slope = inlet_response(evidence.frame, racks.hottest_column, "supply_c")
    return slope if slope is not None and slope.value > 0 else None


def _base(evidence: CoolingEvidence) -> Base | None:
    return power_base(evidence.frame, "chiller_w" if evidence.has_chiller else "cooling_w", ["it_w", "outdoor_c"])


def _draw(evidence: CoolingEvidence, base: Base, priors: CoolingResponse, slope: Slope | None) -> _Draws:
    random = np.random.default_rng(SEED)
    chiller_w = random.normal(base.mean_w, base.error_w, DRAWS) * random.normal(1.0, evidence.accuracy_ratio, DRAWS)
    if not evidence.has_chiller:
        chiller_w = chiller_w * priors.chiller_share.draw(random, DRAWS)
    table = priors.chiller_water_cooled if evidence.water_cooled else priors.chiller_air_cooled
    inlet = priors.inlet_follows.draw(random, DRAWS)
    if slope is not None:
        inlet = random.normal(slope.value, slope.error, DRAWS)
    cooling_w, it_w = evidence.frame["cooling_w"].mean(), evidence.frame["it_w"].mean()
    return _Draws(
        chiller_w=chiller_w,
        saved=table.draw(random, DRAWS),
        follows=priors.chilled_water_follows.draw(random, DRAWS),
        inlet=inlet,
        it_response=priors.it_response.draw(random, DRAWS),
        overhead=1.0 + (float(cooling_w / it_w) if it_w > 0 and not np.isnan(cooling_w) else 0.0),
    )


def _recommendation(
    situation: Situation,
    evidence: CoolingEvidence,
    racks: _Racks,
    guards: tuple[Check, ...],
    raise_k: float,
    net_w: Floats,
    coefficients: tuple[Coefficient, ...],
) -> Recommendation:
    site, priors = situation.site, cooling_response()
    setpoint_c = float(np.mean(list(evidence.setpoints_c.values())))
    days = math.ceil(raise_k / priors.step.per_day_k)
    year_w = net_w * _year(evidence, priors)
    p10, p50, p90 = (float(v) for v in np.percentile(year_w, PERCENTILES))
    saving = Spread(p10=p10, p50=p50, p90=p90).scaled(kwh(HOURS_A_YEAR * SECONDS_PER_HOUR))
    factor = grid_factor(site.info.region, int(iso(situation.now_ns)[:4]))
    return Recommendation(
        id=f"{KEY}/{site.name}",
        advisor=KEY,
        actuator=", ".join(sorted(evidence.setpoints_c)),
        change_from=setpoint_c,
        change_to=setpoint_c + raise_k,
        unit="Cel",
        steps=tuple(min(setpoint_c + (i + 1) * priors.step.per_day_k, setpoint_c + raise_k) for i in range(days)),
        energy_kwh=saving,
        money=saving.scaled(site.tariff.price_per_kwh) if site.tariff else None,
        currency=site.tariff.currency if site.tariff else "",
        carbon_kg=saving.scaled(factor.kg_per_kwh) if factor else None,
        carbon_source=f"{factor.source} ({factor.year})" if factor else "",
        guards=guards,
        preconditions=_preconditions(racks),
        coefficients=coefficients,
        method="chiller curve less server fans, Monte Carlo",
        evidence_from_ns=evidence.start_ns,
        evidence_to_ns=evidence.end_ns,
        evidence_coverage=evidence.coverage,
        seed=SEED,
        proposed_ns=situation.now_ns,
    )


def _guards(evidence: CoolingEvidence, racks: _Racks, limits: InletLimits, then_c: float) -> tuple[Check, ...]:
    priors = cooling_response()
    params = {
        "rack": racks.hottest,
        "now": f"{racks.hottest_c:.1f}",
        "then": f"{then_c:.1f}",
        "margin": f"{priors.step.margin_k:.1f}",
        "limit": f"{limits.recommended_high_c:.1f}",
    }
    dew = evidence.frame["dew_point_c"].max()
    known = not np.isnan(dew)
    dew_params = {"now": f"{dew:.1f}" if known else "", "limit": f"{limits.dew_point_high_c:.1f}"}
    dew_status = "not_evaluable" if not known else "passed" if dew <= limits.dew_point_high_c else "failed"
    return (
        Check(key="envelope", status="passed", params=params),
        Check(key="rate", status="passed", params={"rate": f"{priors.step.per_day_k:.0f}"}),
        Check(key="dew_point", status=dew_status, params=dew_params),
        Check(key="one_unit_off", status="not_evaluable"),
    )


def _preconditions(racks: _Racks) -> tuple[Check, ...]:
    follow = Check(key="chilled_water", status="not_evaluable")
    if not racks.excluded:
        return (follow,)
    return (Check(key="cure_inlet", status="failed", params={"racks": ", ".join(racks.excluded)}), follow)


def _year(evidence: CoolingEvidence, priors: CoolingResponse) -> Floats:
    """Return the year's chiller power relative to the window's; its own generator leaves other draws as they are."""
    known_days = (evidence.end_ns - evidence.start_ns) / (24 * NS_PER_HOUR)
    if known_days >= priors.year.short_days:
        return np.ones(DRAWS)
    return priors.year.draw(np.random.default_rng(SEED + 1), DRAWS)


def _coefficients(
    evidence: CoolingEvidence,
    priors: CoolingResponse,
    slope: Slope | None,
    base: Base,
) -> tuple[Coefficient, ...]:
    table = "chiller_water_cooled" if evidence.water_cooled else "chiller_air_cooled"
    used = [
        Coefficient(
            name="base_power_w",
            low=base.mean_w - base.error_w,
            mode=base.mean_w,
            high=base.mean_w + base.error_w,
            source=f"{base.method} over {base.rows} steps",
            confidence="measured",
        ),
        getattr(priors, table).named(table),
        priors.chilled_water_follows.named("chilled_water_follows"),
        priors.it_response.named("it_response"),
    ]
    if slope is None:
        used.append(priors.inlet_follows.named("inlet_follows"))
    else:
        used.append(
            Coefficient(
                name="inlet_follows",
                low=slope.value - slope.error,
                mode=slope.value,
                high=slope.value + slope.error,
                source=f"Huber regression over {slope.rows} steps",
                confidence="measured",
            ),
        )
    if not evidence.has_chiller:
        used.append(priors.chiller_share.named("chiller_share"))
    return (*used, priors.year.named("year"))
