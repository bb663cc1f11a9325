"""The benchmark of figures, on little data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.figures import measure, show

if TYPE_CHECKING:
    from pathlib import Path


def test_rollups_and_readings_give_one_pue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A few days of a few meters have the same PUE whichever way it is computed, and every row has its seconds."""
    found = measure(12, 5, tmp_path)
    assert found.readings == 12 * 5 * 1440
    assert found.pue_rollups == pytest.approx(found.pue_raw, rel=1e-9)
    assert found.pue_rollups == pytest.approx(1.5, rel=0.01)
    assert min(found.written_s, found.first_s, found.rollups_s, found.all_s, found.raw_s) > 0.0
    show(found)
    assert len(capsys.readouterr().out.splitlines()) == 9
