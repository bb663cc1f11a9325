"""Status files: replaced as a whole, and no reason for a process to end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greendc.status import IngestStatus, read_status, write_status

FULL = Path("/dev/full")


def test_a_status_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The last status counts; nothing else is left in the folder."""
    for stored in (1, 2):
        write_status(tmp_path, "ingest", IngestStatus(time_ns=5, stored=stored))
    assert read_status(tmp_path, "ingest", IngestStatus) == IngestStatus(time_ns=5, stored=2)
    assert [file.name for file in (tmp_path / "status").iterdir()] == ["ingest.json"]


def test_no_status_is_none(tmp_path: Path) -> None:
    """A process that has said nothing, or nothing that can be read, has no status."""
    assert read_status(tmp_path, "ingest", IngestStatus) is None
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "ingest.json").write_text('{"time_ns": "x"}', "utf-8")
    assert read_status(tmp_path, "ingest", IngestStatus) is None


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_no_process(tmp_path: Path) -> None:
    """Without room for a new status the old one stays, and the process goes on; other failures are not hidden."""
    write_status(tmp_path, "ingest", IngestStatus(time_ns=1))
    (tmp_path / "status" / f".ingest.{os.getpid()}").symlink_to(FULL)
    write_status(tmp_path, "ingest", IngestStatus(time_ns=2))
    assert read_status(tmp_path, "ingest", IngestStatus) == IngestStatus(time_ns=1)
    write_status(tmp_path, "ingest", IngestStatus(time_ns=3))
    assert read_status(tmp_path, "ingest", IngestStatus) == IngestStatus(time_ns=3)
    with pytest.raises(NotADirectoryError):
        write_status(tmp_path / "status" / "ingest.json", "ingest", IngestStatus(time_ns=4))
