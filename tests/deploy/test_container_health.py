"""The health check of the containers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "deploy/health.py"


def healthy(data: Path, limit_s: int) -> bool:
    """Run the health check of `ingest` as a container would."""
    command = [sys.executable, str(PROGRAM), "ingest", str(limit_s)]
    return subprocess.run(command, env={"GREENDC_DATA": str(data)}, capture_output=True, check=False).returncode == 0


def test_a_fresh_status_is_healthy(tmp_path: Path) -> None:
    """A process that wrote its status just now is healthy; the same status is not once it is too old."""
    status = tmp_path / "status/ingest.json"
    status.parent.mkdir()
    status.write_text(f'{{"time_ns": {time.time_ns() - 60 * 10**9}}}', "utf-8")
    assert healthy(tmp_path, 90)
    assert not healthy(tmp_path, 30)


def test_no_status_is_not_healthy(tmp_path: Path) -> None:
    """A process that never wrote a status, or wrote half of one, is not healthy."""
    assert not healthy(tmp_path, 90)
    (tmp_path / "status").mkdir()
    (tmp_path / "status/ingest.json").write_text('{"time_ns": 12', "utf-8")
    assert not healthy(tmp_path, 90)
