"""Learned models on simulated rooms: a healthy one is silent, faults are told within hours, by the right model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.models.model_set import ModelSet
from analytics.models.training import train
from greendc.texts import t
from greendc.units import NS_PER_SECOND
from tests.analytics.models.step_history import DAY_S, StepHistory, room, simulated

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.models.verdict import ModelVerdict
    from greendc.site import Site

START_S = 1_782_864_000.0
DAYS = 6
LATER_S = START_S + DAYS * DAY_S
ONSET_H = 4.0
HOURS = 8.0
SEED = 21
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the site of the room."""
    return room(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def trained(site: Site, tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """Return models of some healthy days."""
    history = simulated(tmp_path_factory.mktemp("healthy"), SEED, START_S, DAYS)
    return train(history, site, round(LATER_S * NS_PER_SECOND), days=DAYS)


def _judged(trained: ModelSet, site: Site, history: StepHistory) -> tuple[list[str], dict[str, ModelVerdict]]:
    """Return what alarmed before the onset, and what stands some hours after it."""
    models = ModelSet(site, trained.models)
    before, after = (
        [v for v in models.judge(history, site, round((LATER_S + hour * 3600.0 + 60.0) * NS_PER_SECOND)) if v.active]
        for hour in (ONSET_H, HOURS)
    )
    return [verdict.key for verdict in before], {verdict.key: verdict for verdict in after}


def test_most_of_a_room_is_modelled(trained: ModelSet) -> None:
    """Every family finds its places in the room, and the models know their operating points well."""
    families = {model.card.plan.family for model in trained.models}
    assert families == {
        "chiller_power", "cooling_power", "delta_t", "drive_power", "drive_speed", "water_use", "fan_power",
        "air_flow", "filter_pressure", "coil_valve", "supply_error", "humidifier", "rack_outlet", "rack_inlet",
        "heat_reuse", "ups_loss", "pdu_sum", "pv_power",
    }  # fmt: skip
    assert len(trained) > 100
    assert all(model.card.limits.level > 0.98 for model in trained.models)
    terms = {driver.name for model in trained.models for driver in model.card.plan.drivers}
    assert all(t(f"models.terms.{term}", lang) for term in terms for lang in ("zh", "en"))


def test_a_healthy_room_is_silent(trained: ModelSet, site: Site, tmp_path: Path) -> None:
    """Hours that were not learned from raises nothing."""
    assert _judged(trained, site, simulated(tmp_path, SEED, LATER_S, HOURS / 24.0)) == ([], {})


FAULTS = {
    "condenser_fouling": ('target = "chiller-1"\nseverity = 2.0', "chiller_power/chiller-1", "high"),
    "filter_clog": ('target = "crah-1"\nseverity = 1.8', "filter_pressure/crah-1", "high"),
    "pump_wear": ("severity = 0.15", "drive_power/pump-chilled", "high"),
    "low_delta_t": ("severity = 0.2", "delta_t/meter-heat", "low"),
    "ups_bypass": ('target = "a"', "ups_loss/ups-a", "low"),
    "recirculation": ('target = "r05"\nseverity = 0.15', "rack_inlet/r05", "high"),
    "coil_fouling": ('target = "crah-4"\nseverity = 0.2', "coil_valve/crah-4", "high"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_within_hours(kind: str, trained: ModelSet, site: Site, tmp_path: Path) -> None:
    """A fault of moderate severity is what its model does not explain, in the right direction; nothing before it."""
    fields, key, direction = FAULTS[kind]
    event = f'kind = "{kind}"\nat = "{ONSET_H:g}h"\nduration = "1d"\n{fields}\n'
    before, found = _judged(trained, site, simulated(tmp_path, SEED, LATER_S, HOURS / 24.0, event))
    assert before == []
    assert key in found, sorted(found)
    verdict = found[key]
    assert verdict.since_ns >= (LATER_S + ONSET_H * 3600.0) * NS_PER_SECOND
    assert verdict.direction == direction
    assert verdict.low <= verdict.expected <= verdict.high
    total = verdict.reference + sum(part.value for part in verdict.contributions) + verdict.unexplained
    assert total == pytest.approx(verdict.value, rel=1e-9)
    assert sum(share for _, share in verdict.shares) == pytest.approx(1.0)
