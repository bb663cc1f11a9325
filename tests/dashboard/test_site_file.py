"""The site file that may change while pages are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.site_file import SiteFile
from greendc.errors import ConfigError
from tests.dashboard import seeding

if TYPE_CHECKING:
    from pathlib import Path


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """A device that is added shows up without a restart."""
    path = seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    file = SiteFile(path)
    assert file.read().devices == []
    path.write_text(seeding.SITE_TOML, "utf-8")
    assert "meter-main" in {device.name for device in file.read().devices}


def test_a_broken_change_keeps_the_site_as_it_was(tmp_path: Path) -> None:
    """An edit with an error does not take the page down; the next good edit counts again."""
    path = seeding.write_site(tmp_path)
    file = SiteFile(path)
    path.write_text("schema = ", "utf-8")
    assert len(file.read().devices) == 5
    path.unlink()
    assert len(file.read().devices) == 5
    path.write_text(seeding.EMPTY_TOML, "utf-8")
    assert file.read().devices == []


def test_a_file_that_never_was_good_is_refused(tmp_path: Path) -> None:
    """At the start a missing file is an error for a person."""
    with pytest.raises(ConfigError):
        SiteFile(tmp_path / "none.toml")
