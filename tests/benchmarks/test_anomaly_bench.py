"""The anomaly benchmark runs, so that what the documents send people to works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.config import CONFIG
from benchmarks.anomaly import shapes, speed
from benchmarks.anomaly.__main__ import show_nab
from benchmarks.anomaly.nab_series import folder_of
from benchmarks.anomaly.nab_table import LEGEND

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_row_of_the_table_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two small files give every baseline, our detector and its ablation, with as many columns each."""
    random = np.random.default_rng(0)
    windows = []
    for name in ("one", "two"):
        rows = "\n".join(
            f"2014-04-{1 + row // 288:02} {row // 12 % 24:02}:{row % 12 * 5:02}:00,{value:.3f}"
            for row, value in enumerate(50 + random.normal(size=800) + 30 * (np.arange(800) == 600))
        )
        (tmp_path / f"{name}.csv").write_text(f"timestamp,value\n{rows}\n", "utf-8")
        windows.append(f'"{name}.csv": [["2014-04-03 01:00:00.000000", "2014-04-03 05:00:00.000000"]]')
    (tmp_path / "windows.json").write_text("{" + ", ".join(windows) + "}", "utf-8")
    show_nab(tmp_path, ablation=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 files, 2 windows, 1,600 rows"
    names = [line[:26].strip() for line in lines[2:]]
    assert names[:7] == [
        "null",
        "random",
        "range novelty",
        "windowed Gaussian",
        "robust z, once",
        "hour of day, once",
        "ours",
    ]
    assert names[7] == "- value"
    assert len(names) == 7 + 11 + len(LEGEND.splitlines())
    # A single far spike in the first third of its window is found by the range alone.
    assert float(lines[4][26:34]) > 70


def test_missing_data_are_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the labelled series the table is skipped with its reason; the environment may name them."""
    show_nab(tmp_path, ablation=False)
    assert "skipped" in capsys.readouterr().out
    monkeypatch.setenv("GREENDC_NAB_DATA", str(tmp_path))
    assert folder_of(None) == tmp_path
    assert folder_of("elsewhere").name == "elsewhere"


def test_speed_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """A short run has every figure, and vectorised scoring is fast even then."""
    found = speed.measure(500, 20)
    assert set(found.readings_a_second) == set(speed.PHASES)
    assert found.readings_a_second["after a week"] > 100_000
    assert found.bytes_each <= 2048
    speed.show(found)
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_each_component_sees_a_shape_that_the_others_miss() -> None:
    """States in another order are seen by the transition alone, a cycle that stops by the season more often."""
    everything, false = shapes.found(CONFIG)
    names = list(shapes.SHAPES)
    assert everything[names.index("spike out of range")] == 1.0
    assert everything.mean() > 0.75
    assert false < 2.0
    order, cycle = names.index("order of states swapped"), names.index("cycle stuck low")
    assert shapes.found(CONFIG.without("transition"))[0][order] < everything[order]
    assert shapes.found(CONFIG.without("season"))[0][cycle] < everything[cycle]
