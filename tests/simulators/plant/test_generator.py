"""The generator starts late, carries the load, burns fuel, and stops after the grid is back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.generator import Generator, GeneratorParameters


def _outage(generator: Generator, outage_s: int, after_s: int, dt_s: int) -> tuple[float, float]:
    """Return energy [J] and run time [s] of an outage and the time after it."""
    joules = 0.0
    for now in range(0, outage_s + after_s, dt_s):
        joules += generator.step(dt_s, grid=now >= outage_s, works=True, load_w=100e3).power_w * dt_s
    return joules, generator.run_time_s


@pytest.mark.parametrize("dt_s", [1, 5, 60, 300])
def test_an_outage(dt_s: int) -> None:
    """Whatever the step, the load is carried from 12 s after the outage to 60 s after its end, and the engine cools."""
    generator = Generator(GeneratorParameters())
    assert generator.idle
    joules, ran_s = _outage(generator, 1200, 600, dt_s)
    assert joules == pytest.approx(100e3 * (1200 - 12 + 60))
    assert ran_s == pytest.approx(1200 - 12 + 60 + 180)
    assert generator.idle
    litres = (1.0 - generator.fuel_ratio) * 800.0
    assert litres == pytest.approx(0.08415 * 150 * ran_s / 3600 + 0.246 * joules / 3.6e6)


def test_it_may_not_start() -> None:
    """A generator that does not work, or has no fuel, carries nothing."""
    generator = Generator(GeneratorParameters())
    assert generator.step(600.0, grid=False, works=False, load_w=1e5).power_w == 0.0
    generator.fuel_ratio = 0.0
    assert generator.step(600.0, grid=False, works=True, load_w=1e5).power_w == 0.0
    assert generator.run_time_s == 0.0


def test_a_short_outage_starts_nothing() -> None:
    """An outage that ends before the start leaves the engine still."""
    generator = Generator(GeneratorParameters())
    for second in range(60):
        assert generator.step(1.0, grid=second >= 10, works=True, load_w=1e5).power_w == 0.0
    assert generator.run_time_s == 0.0


def test_a_second_outage_finds_it_running() -> None:
    """While the engine cools down it takes the load at once."""
    generator = Generator(GeneratorParameters())
    _outage(generator, 120, 90, 1)
    assert generator.step(1.0, grid=False, works=True, load_w=1e5).power_w == 1e5


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=80), st.floats(0.5, 600.0), st.floats(0.0, 3e5))
def test_bounds(grid: list[bool], dt_s: float, load_w: float) -> None:
    """Power never passes load or rating; fuel only falls; carrying is part of running."""
    generator = Generator(GeneratorParameters())
    fuel = 1.0
    for there in grid:
        step = generator.step(dt_s, grid=there, works=True, load_w=load_w)
        assert 0.0 <= step.power_w <= min(load_w, 150e3) + 1e-6
        assert 0.0 <= step.carrying <= step.running <= 1.0
        assert generator.fuel_ratio <= fuel
        fuel = generator.fuel_ratio


def test_a_generator_that_cannot_be() -> None:
    """A tank of nothing is refused."""
    with pytest.raises(ConfigError, match="tank_m3 of GeneratorParameters is 0"):
        GeneratorParameters(tank_m3=0.0)
