"""The ground truth of events in the simulated room, by twins of the whole plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greendc.toml_source import TomlSource
from simulators.front_ends.ports import Ports
from simulators.scenarios.scenario_file import Run, load_scenario
from simulators.sites.play import Play, targets_of
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.scenarios.event_truth import EventTruth

START_S = 1_780_000_000.0 - 1_780_000_000.0 % 86_400.0
"""The UTC midnight of a day in May."""
EVENTS = (
    ("recirculation", "r04", "1h", "6h", 0.25),
    ("fan_failure", "crah-2", "2h", "4h", 1.0),
    ("chiller_degradation", "chiller-1", "3h", "8h", 0.25),
    ("crypto_load", "r03", "4h", "6h", 0.95),
    ("ups_eco", "ups-a", "5h", "4h", None),
    ("cdu_pump_loss", "", "6h", "2h", 0.5),
    ("supply_air", "all", "13h", "8h", 2.0),
)


def _rows(
    block: int = 60, hours: int = 24, events: Sequence[tuple[str, str, str, str, float | None]] = EVENTS
) -> dict[str, EventTruth]:
    site = SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=1, start_s=START_S)
    text = 'schema = 1\nname = "x"\n'
    for kind, target, at, duration, severity in events:
        text += f'[[events]]\nkind = "{kind}"\ntarget = "{target}"\nat = "{at}"\nduration = "{duration}"\n'
        text += f"severity = {severity}\n" if severity is not None else ""
    timeline, problems = load_scenario(TomlSource("x.toml", text), targets_of(site), Run(start_s=START_S))
    assert problems == []
    assert timeline is not None
    play = Play(site, timeline)
    for _ in range(hours * 60 // block):
        play.truth.prepare(site.time_s + block * 60.0)
        play.note(site.run(block, 60.0))
    return {row.kind: row for row in play.truth.rows()}


@pytest.fixture(scope="module")
def rows() -> dict[str, EventTruth]:
    """Return the ground truth of a day with seven events."""
    return _rows()


def test_each_impact_is_the_sum_of_its_parts(rows: dict[str, EventTruth]) -> None:
    """Utility = it + cooling + loss + other - generation holds for differences too."""
    for row in rows.values():
        parts = row.it_kwh + row.cooling_kwh + row.loss_kwh + row.other_kwh - row.generation_kwh
        assert row.energy_impact_kwh == pytest.approx(parts, abs=1e-5), row.kind


@pytest.mark.parametrize(
    ("kind", "series", "column", "low", "high"),
    [
        ("recirculation", "env-r04 remote/", "peak_inlet_k", 3.0, 20.0),
        ("fan_failure", "crah-2 ", "cooling_kwh", 0.2, 20.0),
        ("chiller_degradation", "chiller-1 ", "cooling_kwh", 1.0, 60.0),
        ("crypto_load", "pdu-r03-", "it_kwh", 3.0, 40.0),
        ("ups_eco", "ups-a", "loss_kwh", -10.0, -0.5),
    ],
)
def test_an_event_shows_where_it_is_and_costs_what_it_does(
    rows: dict[str, EventTruth], kind: str, series: str, column: str, low: float, high: float
) -> None:
    """First seen at its own device soon after its onset, and with the sign and the size that it has."""
    row = rows[kind]
    assert row.visible_in.startswith(series)
    assert row.onset < row.first_visible < row.end
    assert low < getattr(row, column) < high
    assert row.complete


def test_what_changes_nothing_is_worth_nothing(rows: dict[str, EventTruth]) -> None:
    """A pump that the room does not have fails: not a joule, not a kelvin, and nobody sees it."""
    row = rows["cdu_pump_loss"]
    assert (row.energy_impact_kwh, row.peak_inlet_k, row.first_visible) == (0.0, 0.0, "")


def test_warmer_supply_air_makes_servers_work_harder(rows: dict[str, EventTruth]) -> None:
    """The measure is seen, warms the inlets by its 2 K, and saves cooling."""
    row = rows["supply_air"]
    assert row.peak_inlet_k == pytest.approx(2.0, abs=1.0)
    assert row.cooling_kwh < 0.0
    assert row.it_kwh >= 0.0


def test_all_events_together_are_the_last_row(rows: dict[str, EventTruth]) -> None:
    """About the sum of the single ones, but not exactly: they work on each other."""
    single = sum(row.energy_impact_kwh for row in rows.values() if row.number)
    assert rows["all"].energy_impact_kwh == pytest.approx(single, rel=0.25, abs=2.0)


def test_the_length_of_blocks_makes_no_difference(rows: dict[str, EventTruth]) -> None:
    """Whether a run goes on by the hour or by the third of a day, the effect of what is over by then is the same."""
    others = {kind: row for kind, row in _rows(block=240, hours=12).items() if row.complete and row.number}
    assert {"recirculation", "fan_failure", "ups_eco"} <= set(others)
    for kind, row in others.items():
        assert row.energy_impact_kwh == pytest.approx(rows[kind].energy_impact_kwh, abs=1e-3), kind
        assert row.first_visible == rows[kind].first_visible


def test_a_colder_inlet_has_its_sign() -> None:
    """What makes inlets colder is told as a fall."""
    rows = _rows(hours=4, events=[("supply_air", "all", "1h", "2h", -2.0)])
    assert rows["supply_air"].peak_inlet_k == pytest.approx(-2.0, abs=1.0)
