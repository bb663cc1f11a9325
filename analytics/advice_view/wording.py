"""Advice in words and numbers: what it is called, and what it is worth, with the range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from greendc import display
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    import datetime as dt

    from analytics.advice.evidence import Drift, Evidence, Saved
    from analytics.advice.recommendation import OneOff, Recommendation, Spread

EN_DASH = " \u2013 "
_LEAD = {"energy": "energy", "money": "money", "water": "water", "reserve": "energy"}


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved of something in a year; ``code`` names it (`advice.view.amount.*`)."""

    code: str
    value: str
    low: str
    high: str
    unit: str

    def sentence(self) -> str:
        """Return the amount with its range in one line."""
        return f"{self.value}{display.SPACE}{self.unit} ({self.low}{EN_DASH}{self.high})"


def name_of(advisor: str, lang: str | None = None) -> str:
    """Return what an advisor looks after."""
    for key in (f"advice.names.{advisor}", f"advice.{advisor}.title"):
        text = catalogue().get(key)
        if text is not None:
            return t(key, lang, actuator="")
    return advisor


def amounts(advice: Recommendation, lang: str | None = None) -> list[Amount]:
    """Return what a year of it is worth, that which it is given for first; what is not known is left out."""
    found = [
        _amount("energy", advice.energy_kwh, "kWh"),
        _amount("together", advice.together_kwh, "kWh"),
        _amount("money", advice.money, advice.currency),
        _amount("carbon", advice.carbon_kg, "kg CO₂"),
        _amount("carbon_market", advice.carbon_market_kg, "kg CO₂"),
        _amount("water", advice.water_m3, "m³"),
        _amount("cost", advice.cost, advice.currency),
        _amount("payback", advice.payback_years, t("advice.view.years", lang)),
    ]
    lead = _LEAD[advice.pays_in]
    return sorted((one for one in found if one is not None), key=lambda one: one.code != lead)


def saved_amounts(evidence: Evidence) -> list[Amount]:
    """Return what was saved in the days that were measured, with the interval that holds it."""
    report = evidence.report
    energy = None
    if report is not None and report.saving is not None and report.low is not None and report.high is not None:
        energy = _shown("energy", report.saving, report.low, report.high, report.unit)
    found = [
        energy,
        _saved("money", evidence.money, evidence.currency),
        _saved("carbon", evidence.carbon_kg, "kg CO₂"),
    ]
    return [one for one in found if one is not None]


def one_off_text(one_off: OneOff, lang: str | None = None) -> str:
    """Return where the hottest rack comes to with one cooling unit off."""
    key = "unknown" if one_off.then_c is None else "known"
    params = {"now": one_off.now_c, "then": one_off.then_c, "limit": one_off.limit_c}
    shown = {name: display.UNKNOWN if value is None else f"{value:.1f}" for name, value in params.items()}
    return t(f"advice.view.one_off.{key}", lang, **shown)


def progress_text(evidence: Evidence, zone: dt.tzinfo, lang: str | None = None) -> str:
    """Return how far the measuring is."""
    needed, days, more = evidence.days_needed, evidence.days, evidence.days_more
    if evidence.report is None:
        start = display.moment(evidence.from_ns, zone)
        return t("advice.view.progress.waits", lang, start=start, needed=f"{needed:.0f}")
    if more is None:
        return t("advice.view.progress.enough", lang, days=f"{days:.0f}")
    return t("advice.view.progress.days", lang, days=f"{days:.0f}", more=str(math.ceil(more)))


def reasons_of(evidence: Evidence, lang: str | None = None) -> list[str]:
    """Return why no more is claimed than is, and what else touched the claim."""
    report = evidence.report.reasons if evidence.report is not None else ()
    return [reason.sentence(lang) for reason in (*evidence.reasons, *report)]


def drift_text(drift: Drift, lang: str | None = None) -> str:
    """Return how a verified saving stands by now."""
    ratios = {
        "recent": str(display.percent(drift.recent_ratio)),
        "verified": str(display.percent(drift.verified_ratio)),
    }
    return t(f"advice.view.drift.{'back' if drift.holds else 'gone'}", lang, **ratios)


def _amount(code: str, spread: Spread | None, unit: str) -> Amount | None:
    return None if spread is None else _shown(code, spread.p50, spread.p10, spread.p90, unit)


def _saved(code: str, saved: Saved | None, unit: str) -> Amount | None:
    return None if saved is None else _shown(code, saved.value, saved.low, saved.high, unit)


def _shown(code: str, value: float, low: float, high: float, unit: str) -> Amount:
    shown = [display.significant(one) for one in (value, low, high)]
    return Amount(code=code, value=shown[0], low=shown[1], high=shown[2], unit=unit)
