"""What a simulation is asked for is checked before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from greendc.errors import ConfigError
from greendc.site import read_site
from simulators.front_ends.ports import Ports
from simulators.runs.plan import Plan, backfill_seconds, checked_speed
from simulators.sites.presets import preset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("text", "seconds"), [("", 0.0), ("24h", 86_400.0), ("400d", 34_560_000.0), ("0.5h", 1800.0)])
def test_backfill_times(text: str, seconds: float) -> None:
    """A backfill is a number of hours or days."""
    assert backfill_seconds(text) == seconds


@pytest.mark.parametrize("text", ["24", "h", "-1h", "0h", "401d", "1 week", "1e3d", "١d"])
def test_bad_backfill(text: str) -> None:
    """Another form, nothing, or more than 400 days is refused in one sentence that names the limit."""
    with pytest.raises(ConfigError, match="400d"):
        backfill_seconds(text)


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_bad_speed(speed: float) -> None:
    """A speed that no clock has is refused."""
    with pytest.raises(ConfigError):
        checked_speed(speed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"preset": "palace"},
        {"truth": "truth.xlsx"},
        {"truth_step_s": 7.0},
        {"truth_step_s": 0.0},
        {"truth_step_s": 90.0},
        {"truth_step_s": 86_460.0},
        {"truth_step_s": float("inf")},
    ],
)
def test_bad_plan(tmp_path: Path, wrong: dict[str, str | float]) -> None:
    """An unknown preset, a truth without a known form or with rows that fit no minute and no day."""
    with pytest.raises(ConfigError):
        msgspec.convert({"preset": "room", "data_dir": str(tmp_path), **wrong}, Plan).checked()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step_s", [1.0, 15.0, 60.0, 300.0, 3600.0])
def test_good_steps(tmp_path: Path, step_s: float) -> None:
    """Rows of a part of a minute make the plant step as finely; longer ones are means."""
    assert Plan(preset="room", data_dir=str(tmp_path), truth_step_s=step_s).checked().step_s == min(step_s, 60.0)


def test_files_of_a_site(tmp_path: Path) -> None:
    """The site file and the edge files are written, and the addresses stay the same when they are written again."""
    wanted = Plan(preset="room", data_dir=str(tmp_path))
    wanted.written()
    text = (tmp_path / "site.toml").read_text("utf-8")
    assert read_site(tmp_path / "site.toml").info.simulated
    assert len(list(tmp_path.glob("edge-*.toml"))) == 2
    wanted.written()
    assert (tmp_path / "site.toml").read_text("utf-8") == text


def test_ports_stay_over_a_restart(tmp_path: Path) -> None:
    """Free ports of the run before are used again, so that the site file still holds."""
    first = Ports()
    given = [first() for _ in range(5)]
    assert len(set(given)) == 5
    first.remember(tmp_path / "ports.json")
    again = Ports.of_file(tmp_path / "ports.json")
    assert [again() for _ in range(5)] == given
    assert Ports.of_file(tmp_path / "none.json")() > 0


def test_edge_files_name_their_own_devices() -> None:
    """An edge file names its node, its broker and the devices near it, and no others."""
    chosen = preset("room", Ports(), "mqtt://127.0.0.1:1999")
    text = chosen.files["edge-02.toml"]
    assert 'node = "edge-02"' in text
    assert "mqtt://127.0.0.1:1999" in text
    assert "edge-02-pdu" in text
    assert "edge-01" not in text
