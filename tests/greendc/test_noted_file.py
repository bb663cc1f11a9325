"""A file that threads share keeps all of a change or nothing, and its single values."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from greendc.errors import StoreRefused
from greendc.noted_file import NOTES, NotedFile, put_note
from greendc.sqlite_file import Schema

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = Schema(version=1, statements=(NOTES,))


def test_values_are_kept_over_a_restart(tmp_path: Path) -> None:
    """A value is what was last put there; one that never was is empty."""
    with closing(NotedFile(tmp_path / "a.sqlite", SCHEMA)) as file:
        for value in ("1", "2"):
            with file.writing() as connection:
                put_note(connection, "cursor", value)
    with closing(NotedFile(tmp_path / "a.sqlite", SCHEMA, read_only=True)) as file:
        assert (file.note("cursor"), file.note("other")) == ("2", "")
        with pytest.raises(StoreRefused), file.writing() as connection:
            put_note(connection, "cursor", "3")


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Of a change that ends in an error nothing is kept, and the file goes on serving."""

    def stumble() -> None:
        with file.writing() as connection:
            put_note(connection, "cursor", "1")
            message = "half way"
            raise ValueError(message)

    with closing(NotedFile(tmp_path / "a.sqlite", SCHEMA)) as file:
        with pytest.raises(ValueError, match="half"):
            stumble()
        assert file.note("cursor") == ""
        assert file.rows("SELECT name FROM notes WHERE name = ?", "cursor") == []
