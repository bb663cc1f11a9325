"""A simulation overwrites nothing that is not its own: no other site, no truth of anything else, no edited file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greendc.errors import ConfigError
from greendc.site import read_site
from simulators.runs.plan import Plan
from simulators.runs.site_state import Moment, StateFiles
from simulators.runs.truth_file import TruthFile, check_place

if TYPE_CHECKING:
    from pathlib import Path


def test_a_site_of_a_person_is_refused(tmp_path: Path) -> None:
    """A site file that is not simulated, or that nobody can read, stays as it is."""
    for text in ('schema = 1\n[site]\nname = "mine"\n', "= broken"):
        (tmp_path / "site.toml").write_text(text, "utf-8")
        with pytest.raises(ConfigError, match=r"site\.toml .*overwrite.* --data"):
            Plan(preset="small-edge", data_dir=str(tmp_path)).checked()
        assert (tmp_path / "site.toml").read_text("utf-8") == text


@pytest.mark.parametrize("other", [{"seed": 2}, {"variant": 1}, {"preset": "room"}])
def test_another_simulated_site_is_refused(tmp_path: Path, other: dict[str, str | int]) -> None:
    """Readings of two sites never mix in one directory; the same site goes on."""
    plan = Plan(preset="small-edge", data_dir=str(tmp_path))
    plan.written()
    now = Moment(time_s=0.0, registers={})
    StateFiles(tmp_path, plan.identity).keep_site(now, now, was_live=False)
    assert plan.checked() == plan
    with pytest.raises(ConfigError, match="their readings would mix"):
        msgspec.structs.replace(plan, **other).checked()


def test_what_a_person_added_is_kept(tmp_path: Path) -> None:
    """A site file with a device more is kept beside the new one; other ports alone leave nothing behind."""
    plan = Plan(preset="small-edge", data_dir=str(tmp_path))
    plan.written()
    (tmp_path / "ports.json").unlink()
    plan.written()
    assert not list(tmp_path.glob("site.before-*"))
    file = tmp_path / "site.toml"
    edited = f"{file.read_text('utf-8')}# mine\n"
    for number in (1, 2):
        file.write_text(edited, "utf-8")
        plan.checked().written()
        assert (tmp_path / f"site.before-{number}.toml").read_text("utf-8") == edited
        assert read_site(file).info.simulated


def test_a_truth_overwrites_only_a_truth(tmp_path: Path) -> None:
    """An earlier truth is written anew; any other file, and a folder, are refused."""
    for ending in (".csv", ".parquet"):
        earlier = tmp_path / f"earlier{ending}"
        TruthFile(earlier).close()
        check_place(earlier)
    (tmp_path / "weather.csv").write_text("time,dry_bulb_c\n", "utf-8")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "readings.parquet")
    (tmp_path / "text.parquet").write_text("text", "utf-8")
    (tmp_path / "folder.csv").mkdir()
    for name in ("weather.csv", "readings.parquet", "text.parquet", "folder.csv"):
        with pytest.raises(ConfigError, match=f"{name}.*no truth file"):
            check_place(tmp_path / name)
