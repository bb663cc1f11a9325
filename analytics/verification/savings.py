"""From rows before and after to a verdict: baseline, coverage, saving, range, and what may be claimed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy import stats

from analytics.verification.baseline import choose
from analytics.verification.coverage import covered
from analytics.verification.limits import limits
from analytics.verification.report import Reason, SavingsReport, Verdict
from analytics.verification.switched import effect_of
from analytics.verification.uncertainty import spread_of

if TYPE_CHECKING:
    from analytics.verification.observations import Floats, Observations

LEVEL = 0.90
ONE_SIGMA = 0.68
LONGEST_DAYS = 730.0
SCALE = 5.0
"""A target that is so many times what was expected is another meter or another unit, and no effect of a measure."""
LEAST_VARIATION = 1e-9
STEP_DAYS, STEP_RATIO, STEP_SIGMA = 4, 0.03, 8.0
"""A jump of the daily saving by 3 % of the expected use, far beyond its scatter, between stretches of four days."""


def verify_savings(
    baseline: Observations, reporting: Observations, unit: str, *, level: float = LEVEL
) -> SavingsReport:
    """Return what the reporting period saved against the baseline, or against its own hours with the measure off."""
    kept = baseline.drivers.std(axis=0) > LEAST_VARIATION * np.maximum(1.0, np.abs(baseline.drivers.mean(axis=0)))
    reasons = [
        Reason(key="constant_driver", params={"name": n}) for n, k in zip(baseline.names, kept, strict=True) if not k
    ]
    if reporting.switched is not None:
        return _switched(reporting, unit, level)
    known, asked = baseline.with_drivers(kept), reporting.with_drivers(kept)
    short = _too_short(known, asked)
    if short:
        return _nothing(unit, level, "baseline", known, asked, [*short, *reasons])
    return _before_and_after(known, asked, unit, level, reasons)


def _too_short(baseline: Observations, reporting: Observations) -> list[Reason]:
    """Return why nothing can be computed at all."""
    enough = limits().sufficiency
    found = []
    if baseline.days < enough.least_days:
        found.append(_reason("short_baseline", days=baseline.days, least=enough.least_days))
    if reporting.days < enough.least_reporting_days:
        found.append(_reason("short_reporting", days=reporting.days, least=enough.least_reporting_days))
    if not found and (baseline.rate.mean() == 0 or baseline.rate.std() == 0):
        found.append(Reason(key="constant_target"))
    return found


def _before_and_after(
    baseline: Observations, reporting: Observations, unit: str, level: float, reasons: list[Reason]
) -> SavingsReport:
    inside = covered(baseline, reporting)
    coverage = float(inside.mean())
    if coverage < limits().sufficiency.least_coverage:
        reasons.append(_reason("outside_experience", share=100 * coverage, drivers=_outside(baseline, reporting)))
        return _nothing(unit, level, "baseline", baseline, reporting, reasons, coverage)
    chosen = choose(baseline)
    claimed = reporting.only(inside)
    expected = chosen.model.predict(claimed)
    saved = (expected - claimed.rate) * claimed.step_h
    spread = spread_of(chosen, baseline, claimed)
    errors = baseline.rate - chosen.model.predict(baseline)
    found = SavingsReport(
        saving=float(saved.sum()),
        low=float(saved.sum()) - spread.half_width(level),
        high=float(saved.sum()) + spread.half_width(level),
        saving_ratio=_ratio(float(saved.sum()), float(expected.sum()) * claimed.step_h),
        expected=float(expected.sum()) * claimed.step_h,
        unit=unit,
        level=level,
        cv_rmse=chosen.scores[chosen.name],
        nmbe=float(errors.sum()) / max(1.0, len(baseline) - chosen.model.parameters) / float(baseline.rate.mean()),
        n_eff=spread.effective,
        coverage=coverage,
        completeness=min(baseline.completeness, reporting.completeness),
        model=chosen.name,
        method="baseline",
        verdict=Verdict.NOT_VERIFIABLE,
        reasons=(),
        scores=chosen.scores,
        cumulative=_cumulative(claimed, saved),
        uncertainty_ratio=_relative(spread.half_width(ONE_SIGMA), float(saved.sum())),
    )
    reasons += _boundary(expected, claimed) or _step(claimed, expected - claimed.rate, expected)
    if coverage < limits().sufficiency.coverage:
        reasons.append(_reason("restricted", share=100 * coverage))
    return _judged(found, claimed, reasons, spread.half_width(ONE_SIGMA))


def _switched(rows: Observations, unit: str, level: float) -> SavingsReport:
    """Return what the hours with the measure on saved, against hours of the same period with it off."""
    if rows.switched is None:
        raise ValueError(rows.switched)
    kept = rows.drivers.std(axis=0) > LEAST_VARIATION * np.maximum(1.0, np.abs(rows.drivers.mean(axis=0)))
    used = rows.with_drivers(kept)
    reasons = [
        Reason(key="constant_driver", params={"name": n}) for n, k in zip(rows.names, kept, strict=True) if not k
    ]
    try:
        effect = effect_of(used, rows.switched)
    except ValueError:
        return _nothing(unit, level, "on_off", used, used, [Reason(key="few_blocks"), *reasons])
    on = used.only(rows.switched)
    hours = len(on) * on.step_h
    saving = -effect.rate * hours
    half = float(stats.t.ppf(0.5 + level / 2.0, effect.freedom)) * effect.error * hours
    sigma = float(stats.t.ppf(0.5 + ONE_SIGMA / 2.0, effect.freedom)) * effect.error * hours
    expected = float(on.rate.sum()) * on.step_h + saving
    used_rows = int(effect.clear.sum())
    error = float(np.sqrt(np.sum(effect.errors**2) / max(1, used_rows - effect.parameters)))
    found = SavingsReport(
        saving=saving,
        low=saving - half,
        high=saving + half,
        saving_ratio=_ratio(saving, expected),
        expected=expected,
        unit=unit,
        level=level,
        cv_rmse=error / abs(float(used.rate.mean())),
        nmbe=float(effect.errors.mean()) / float(used.rate.mean()),
        n_eff=effect.effective,
        coverage=1.0,
        completeness=used.completeness,
        model=effect.form,
        method="on_off",
        verdict=Verdict.NOT_VERIFIABLE,
        reasons=(),
        uncertainty_ratio=_relative(sigma, saving),
    )
    reasons.append(_reason("blocks", off=effect.blocks[0], on=effect.blocks[1]))
    return _judged(found, on, reasons, sigma)


def _judged(found: SavingsReport, claimed: Observations, reasons: list[Reason], sigma: float) -> SavingsReport:
    """Return the report with its verdict and the reasons for it."""
    if found.saving is None or found.low is None or found.high is None or found.expected is None:
        raise ValueError(found)
    faults = _faults(found, claimed)
    step = limits().materiality.ratio * abs(found.expected)
    uncertain = limits().guideline_14.uncertainty
    blocked = any(reason.key == "boundary" for reason in reasons)
    more: float | None = None
    if found.low > 0 and sigma <= uncertain * found.saving and not faults and not blocked:
        verdict = Verdict.VERIFIED
    elif found.low <= 0 and found.high < step and not blocked:
        verdict = Verdict.NO_SAVING
        reasons.append(_reason("no_saving", high=100 * found.high / found.expected, level=100 * found.level))
    else:
        verdict = Verdict.NOT_VERIFIABLE
        if not blocked and (found.low <= 0 or sigma > uncertain * found.saving):
            more = _days_more(found, claimed, sigma)
            reasons.append(_reason("days_more" if more is not None else "too_small", days=more or 0.0))
    return msgspec.structs.replace(found, verdict=verdict, reasons=(*faults, *reasons), days_more=more)


def _faults(found: SavingsReport, claimed: Observations) -> list[Reason]:
    """Return what the baseline and the data fail to keep."""
    enough, guideline = limits().sufficiency, limits().guideline_14
    faults = []
    for key, value, limit, low in (
        ("coverage", found.coverage, enough.least_coverage, True),
        ("completeness", found.completeness, enough.completeness, True),
        ("cv_rmse", found.cv_rmse, guideline.cv_rmse(claimed.step_h), False),
        ("nmbe", None if found.nmbe is None else abs(found.nmbe), guideline.nmbe(claimed.step_h), False),
    ):
        if value is not None and (value < limit if low else value > limit):
            faults.append(_reason(key, value=100 * value, limit=100 * limit))
    if found.coverage is not None and enough.least_coverage <= found.coverage < enough.coverage:
        # The claim is restricted to the covered hours, which is said; it stands for those.
        faults = [fault for fault in faults if fault.key != "coverage"]
    return faults


def _days_more(found: SavingsReport, claimed: Observations, sigma: float) -> float | None:
    """Return how many more days of the same saving would do, None when no reasonable number would."""
    if found.saving is None or found.low is None or found.saving <= 0:
        return None
    # The range grows with the root of the time, the saving with the time.
    narrower = max((found.saving - found.low) / found.saving, sigma / found.saving / limits().guideline_14.uncertainty)
    days = claimed.days * (narrower**2 - 1.0)
    return float(np.ceil(max(1.0, days))) if days <= LONGEST_DAYS else None


def _boundary(expected: Floats, claimed: Observations) -> list[Reason]:
    """Return a reason when the target is of another size than before: another meter, another unit."""
    before, after = float(np.median(expected)), float(np.median(claimed.rate))
    if before <= 0 or not 1.0 / SCALE <= after / before <= SCALE:
        return [_reason("boundary", before=before, after=after)]
    return []


def _step(rows: Observations, saved: Floats, expected: Floats) -> list[Reason]:
    """Return a reason when the daily saving jumped within the period: something else happened, too."""
    days = np.floor(rows.hours / 24.0).astype(np.int64)
    names, place = np.unique(days, return_inverse=True)
    daily = np.bincount(place, weights=saved) / np.bincount(place)
    found: tuple[float, int] = (0.0, 0)
    for split in range(STEP_DAYS, len(daily) - STEP_DAYS + 1):
        one, other = daily[:split], daily[split:]
        error = float(np.sqrt(np.var(one, ddof=1) / len(one) + np.var(other, ddof=1) / len(other)))
        jump = abs(float(other.mean() - one.mean()))
        if error > 0 and jump > STEP_RATIO * float(np.abs(expected).mean()):
            found = max(found, (jump / error, split))
    if found[0] < STEP_SIGMA:
        return []
    split = found[1]
    date = (dt.date(1970, 1, 1) + dt.timedelta(days=int(names[split]))).isoformat()
    return [_reason("step", date=date, before=float(daily[:split].mean()), after=float(daily[split:].mean()))]


def _outside(baseline: Observations, reporting: Observations) -> str:
    """Name the drivers that left the range of the baseline."""
    low, high = baseline.drivers.min(axis=0), baseline.drivers.max(axis=0)
    left = ((reporting.drivers < low) | (reporting.drivers > high)).mean(axis=0)
    return ", ".join(name for name, share in zip(baseline.names, left, strict=True) if share > 0) or "-"


def _nothing(
    unit: str,
    level: float,
    method: str,
    baseline: Observations,
    reporting: Observations,
    reasons: list[Reason],
    coverage: float | None = None,
) -> SavingsReport:
    return SavingsReport(
        saving=None,
        low=None,
        high=None,
        saving_ratio=None,
        expected=None,
        unit=unit,
        level=level,
        cv_rmse=None,
        nmbe=None,
        n_eff=None,
        coverage=coverage,
        completeness=min(baseline.completeness, reporting.completeness),
        model="",
        method=method,
        verdict=Verdict.NOT_VERIFIABLE,
        reasons=tuple(reasons),
    )


def _cumulative(rows: Observations, saved: Floats) -> tuple[tuple[str, float], ...]:
    """Return the saving up to the end of each UTC day."""
    days = np.floor(rows.hours / 24.0).astype(np.int64)
    last = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
    total = np.cumsum(saved)
    epoch = dt.date(1970, 1, 1)
    return tuple(((epoch + dt.timedelta(days=int(days[i]))).isoformat(), float(total[i])) for i in last)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _relative(sigma: float, saving: float) -> float | None:
    return sigma / abs(saving) if saving else None


def _reason(key: str, **numbers: float | str) -> Reason:
    return Reason(key=key, params={k: v if isinstance(v, str) else f"{v:.4g}" for k, v in numbers.items()})
