"""The benchmark runs, so that what the documents send people to works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.stages import stages

if TYPE_CHECKING:
    from pathlib import Path


def test_every_stage_is_measured(tmp_path: Path) -> None:
    """A small run passes decoder, wire, spool and embedded store and finds a cost for each."""
    measured = stages(tmp_path, "embedded", 1000, 100)
    assert [each.stage.partition(",")[0] for each in measured] == ["decode", "wire", "wire", "spool", "store embedded"]
    assert all(each.readings == 1000 and each.rate > 0 for each in measured)
