"""The file of the signing key: it is whole or it is not there, and the first of two is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from analytics.reports.package.signing import PRIVATE, PUBLIC, fingerprint, init, public_bytes, signing_key
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


_KILLED = """
import os, pathlib, sys
from analytics.reports.package.signing import signing_key
os.fsync = lambda handle: os._exit(9)
signing_key(pathlib.Path(sys.argv[1]))
"""
"""Makes a key and ends as it is written: no handler runs, as when the power goes."""


def test_a_crash_while_the_key_is_written_leaves_none(tmp_path: Path) -> None:
    """The next process makes a key as if nothing had been; what is left over is nobody's to read."""
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    done = subprocess.run(command, check=False, timeout=60)
    assert done.returncode == 9
    assert not (tmp_path / "keys" / PRIVATE).exists()
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()] == [0o600]
    made = init(tmp_path)
    assert made.fresh
    assert made.fingerprint == fingerprint(signing_key(tmp_path).public_key())


def test_of_several_that_make_a_key_at_once_the_first_wins(tmp_path: Path) -> None:
    """All of them have the same key in the end, and nothing else is left in the folder."""
    number = 4
    begin = threading.Barrier(number)

    def make(data: Path) -> bytes:
        begin.wait(20)
        return public_bytes(signing_key(data).public_key())

    with ThreadPoolExecutor(number) as racing:
        for turn in range(30):
            data = tmp_path / str(turn)
            found = set(racing.map(make, [data] * number))
            assert found == {public_bytes(signing_key(data).public_key())}
            assert {path.name for path in (data / "keys").iterdir()} == {PRIVATE, PUBLIC}


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full the half of a key is taken away again."""

    def full(_handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError):
        signing_key(tmp_path)
    assert list((tmp_path / "keys").iterdir()) == []
