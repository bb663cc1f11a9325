"""The load has days, weeks, bursts and jobs; traces are replayed or refused."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.workload import Workload, WorkloadShape
from simulators.plant.workload_trace import Trace, parse_trace, read_trace

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.physics.kinds import FloatArray

MONDAY_S = 1_780_243_200.0
"""2026-05-31T16:00Z: midnight of a Monday at UTC+8."""
DAY_S = 86_400.0


def _times(first_s: float, apart_s: float, count: int) -> FloatArray:
    return first_s + apart_s * np.arange(count, dtype=np.float64)


def test_a_day_and_a_week() -> None:
    """Servers are busier in the afternoon than before dawn, less so at the weekend, and never beyond 0 and 1."""
    week = Workload(1, 48).block(_times(MONDAY_S, 300.0, 7 * 288))
    assert 0.0 < week.min() <= week.max() < 1.0
    days = week.mean(axis=1).reshape(7, 24, 12).mean(axis=2)
    assert np.all(days[:, 15] > days[:, 3] * 1.2)
    assert days[5:].mean() < days[:5].mean() * 0.9


def test_the_way_does_not_matter() -> None:
    """A time looks the same alone and within a block."""
    times_s = _times(MONDAY_S, 37.0, 300)
    block = Workload(2, 16).block(times_s)
    alone = Workload(2, 16)
    for i in (299, 0, 1, 2, 150):
        np.testing.assert_allclose(alone.at(float(times_s[i])), block[i], rtol=1e-9)
    assert np.abs(Workload(3, 16).block(times_s) - block).max() > 0.05


def test_bursts_are_fast() -> None:
    """Within a second a server can take on a quarter more, and does so in about the share of spells that was asked."""
    shape = WorkloadShape(burst_share=0.1, wander=0.0, drift=0.0, daily=0.0)
    load = Workload(5, 40, shape=shape).block(_times(MONDAY_S, 10.0, 3600))
    jumps = np.diff(load, axis=0)
    assert jumps.max() == pytest.approx(0.25)
    above = load > load.min(axis=0) + 0.1
    assert above.mean() == pytest.approx(0.1, abs=0.02)


def test_accelerators_work_in_jobs() -> None:
    """A group of accelerators starts and stops together, is nearly full or nearly idle; others stay apart."""
    group = np.array([0, 0, 0, 1, 1, 1, -1, -1])
    load = Workload(6, 8, job_group=group).block(_times(MONDAY_S, 60.0, 4 * 1440))
    assert np.abs(load[:, 0] - load[:, 1]).max() < 0.2
    assert np.abs(load[:, 0] - load[:, 3]).max() > 0.6
    assert np.mean((load[:, 0] > 0.7) | (load[:, 0] < 0.15)) > 0.93
    assert 0.6 < np.mean(load[:, :6] > 0.7) < 0.95
    assert load[:, 6].max() < 0.95


def test_a_trace_is_replayed(tmp_path: Path) -> None:
    """The mean of the servers follows the trace, interpolated, and begins again after its end."""
    rows = "\n".join(f"{hour},{0.2 + 0.02 * hour:.2f}" for hour in range(24))
    (tmp_path / "trace.csv").write_text(f"hour,utilisation\n{rows}\n", "utf-8")
    shape = WorkloadShape(wander=0.0, drift=0.0, burst_share=0.0)
    load = Workload(1, 64, shape=shape, trace=read_trace(tmp_path / "trace.csv"))
    for day in (0, 3):
        mean = load.block(MONDAY_S + day * DAY_S + 3600.0 * np.array([0.0, 10.5, 20.0])).mean(axis=1)
        np.testing.assert_allclose(mean, [0.2, 0.41, 0.6], atol=0.02)


def test_a_trace_with_times() -> None:
    """A trace of local times stands where its times say."""
    trace = parse_trace("time,utilisation\n2026-06-01T00:00,0.1\n2026-06-01T01:00,0.3\n", "x")
    np.testing.assert_allclose(
        trace.at(MONDAY_S + 8 * 3600.0 + np.array([0.0, 1800.0, 3600.0, 7200.0])), [0.1, 0.2, 0.3, 0.1]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column utilisation"),
        ("hour,busy\n", "column utilisation"),
        ("hour,utilisation\n0,0.5\n", "1 rows; it needs at least 2"),
        ("hour,utilisation\n0,0.5\n1,1.5\n", r'x\.csv:3:3 .*"1.5" is not a number between 0 and 1'),
        ("hour,utilisation\n0,0.5\n1,full\n", r'x\.csv:3:3 .*"full"'),
        ("hour,utilisation\n5,0.5\n5,0.6\n", r'x\.csv:3:1 .*"5" is not a time, or not later'),
        ("time,utilisation\nnow,0.5\n", r'x\.csv:2:1 .*"now"'),
    ],
)
def test_a_trace_is_refused_with_the_place(text: str, said: str) -> None:
    """What is wrong is told with file, line and column."""
    with pytest.raises(ConfigError, match=said):
        parse_trace(text, "x.csv")


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_trace_is_read_or_refused(text: str) -> None:
    """No text brings the parser down in another way than a refusal."""
    with suppress(ConfigError):
        assert isinstance(parse_trace("hour,utilisation\n" + text, "x.csv"), Trace)


def test_a_shape_that_cannot_be() -> None:
    """A share above one is refused with its bounds."""
    with pytest.raises(ConfigError, match="burst_share of WorkloadShape is 3; it must lie between 0 and 1"):
        WorkloadShape(burst_share=3.0)
