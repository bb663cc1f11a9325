"""Strings that are lost, sun that is fed in while load could use it, and arrays that are not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.pv_self_use import ADVISOR
from tests.analytics.advice.metered_site import HEAD, hour, key, site_of, site_text, situation
from tests.analytics.tariff.tables import TWO_TIERS

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.advice.advisor import Answer
    from analytics.counters import Floats

DAYS = 30
RATED_W = 20_000.0
LIGHT = key("weather", "irradiance_w_m2", "horizontal")
RENAMED = '[[meters]]\nrole = "export"\ndevice = "out"\n'


def _light(days: int = DAYS, dull: bool = False) -> Floats:  # noqa: FBT001, FBT002 (a kind of weather)
    """Return days of light of which each has its own cloud."""
    clouds = np.random.default_rng(2).uniform(0.25, 0.4 if dull else 1.0, days).repeat(96)
    return np.asarray(900.0 * clouds * np.clip(np.sin((hour(days) - 6.0) / 12.0 * np.pi), 0.0, None))


def _sun(light: Floats, lost: float = 0.0, since: int = 18) -> Floats:
    days = len(light) // 96
    scatter = np.random.default_rng(3).normal(1.0, 0.015, days).repeat(96)
    kept = np.where(np.arange(len(light)) >= since * 96, 1.0 - lost, 1.0)
    return np.asarray(RATED_W * 0.8 * light / 1000.0 * scatter * kept)


def asked(light: Floats | None, sun: Floats | None, load_w: float = 50_000.0) -> Answer:
    """Ask the advisor about a flat load with an array."""
    count = len(light) if light is not None else len(sun) if sun is not None else DAYS * 96
    series = {key("main"): np.maximum(load_w - (0.0 if sun is None else sun), 0.0) + np.zeros(count)}
    series |= {LIGHT: light} if light is not None else {}
    series |= {key("pv"): sun} if sun is not None else {}
    names = ["main", "weather", *(["pv"] if sun is not None else [])]
    (answer,) = ADVISOR.advise(situation(series, site_of(site_text(*names))))
    return answer


@pytest.mark.parametrize("lost", [0.15, 0.25, 0.5])
def test_a_lost_string_is_found_and_sized(lost: float) -> None:
    """The day, the share, and within its range what was lost since."""
    light = _light()
    advice = asked(light, _sun(light, lost))
    assert isinstance(advice, Recommendation)
    assert advice.facts["since"] == "2026-03-19"
    assert (
        advice.facts["share"] == pytest.approx(f"{100 * lost:.0f}", abs=0)
        or abs(float(advice.facts["share"]) - 100 * lost) < 3.0
    )
    truth = float((_sun(light) - _sun(light, lost)).sum()) / 4000.0
    assert advice.evidence_kwh is not None
    assert advice.evidence_kwh.p10 < truth < advice.evidence_kwh.p90
    assert advice.acceptable


def test_a_healthy_array_is_left_alone() -> None:
    """Clouds are no loss, a string that was mended is none any more, nor is a dull month."""
    light = _light()
    mended = _sun(light, 0.3, 8)
    mended[22 * 96 :] = _sun(light)[22 * 96 :]
    for sun in (_sun(light), _sun(light, 0.02), mended):
        answer = asked(light, sun)
        assert isinstance(answer, Refusal)
        assert answer.reason == "in_order"
    dull = np.concatenate([_light(15), _light(15, dull=True)])
    assert isinstance(asked(dull, _sun(dull)), Refusal)


def test_without_light_the_best_days_are_compared() -> None:
    """Half of the strings are seen within two months, and weather is named as what looks alike."""
    light = _light(56)
    advice = asked(None, _sun(light, 0.5, 28))
    assert isinstance(advice, Recommendation)
    assert [check.key for check in advice.guards] == ["pv_weather"]
    assert isinstance(asked(None, _sun(light)), Refusal)


def test_an_array_is_proposed_only_where_its_light_is_measured() -> None:
    """No larger than the load; without irradiance there is silence."""
    advice = asked(_light(), None)
    assert isinstance(advice, Recommendation)
    assert advice.change_to is not None
    assert 40_000.0 < advice.change_to <= 60_000.0
    assert advice.cost is not None
    assert advice.payback_years is not None
    truth = 0.8 * float(_light().sum()) / 4000.0 * advice.change_to / 1000.0
    assert advice.evidence_kwh is not None
    assert advice.evidence_kwh.p10 < truth < advice.evidence_kwh.p90
    silent = asked(None, None)
    assert isinstance(silent, Refusal)
    assert silent.reason == "no_sun"


def test_feeding_in_while_another_meter_buys_is_told(tmp_path: Path) -> None:
    """5 kW go out at noon while 20 kW are bought: worth the difference of the prices."""
    (tmp_path / "tariff.toml").write_text(TWO_TIERS, "utf-8")
    light = _light()
    out = np.where((hour(DAYS) >= 10) & (hour(DAYS) < 14), 5_000.0, 0.0)
    series = {key("main"): np.full(DAYS * 96, 20_000.0), key("pv"): _sun(light), LIGHT: light, key("out"): out}
    text = site_text("main", "pv", "weather", "out", head=HEAD + 'file = "tariff.toml"\n', more=RENAMED)
    (advice,) = ADVISOR.advise(situation(series, site_of(text, tmp_path)))
    assert isinstance(advice, Recommendation)
    assert advice.variant == "fed_in"
    assert advice.money is not None
    assert advice.money.p10 < 20.0 * (0.9 - 0.3) * 365.0 < advice.money.p90


def test_too_short_a_past_and_gaps_are_said() -> None:
    """Nine days, and a meter that is silent most of the time."""
    short = asked(_light(9), _sun(_light(9)))
    gaps = _sun(_light())
    gaps[: 20 * 96] = np.nan
    holes = asked(_light(), gaps)
    assert isinstance(short, Refusal)
    assert short.reason == "time"
    assert isinstance(holes, Refusal)
    assert holes.reason in {"coverage", "in_order"}
