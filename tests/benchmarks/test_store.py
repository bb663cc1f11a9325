"""The comparison of the stores, on little data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.store import Size, measure_embedded, show

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_row_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each figure is there with its unit, and quantised telemetry is small once it is sealed."""
    found = measure_embedded(Size(series=100, polls=400, meters=20, days=3, polls_at_once=10), tmp_path)
    assert all(figure > 0 for figure, _unit in found.values())
    assert {unit for _figure, unit in found.values()} == {"readings/s", "ms", "s", "bytes/reading"}
    assert found["readings after sealing"][0] < 4
    show({"embedded": found})
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(found)
