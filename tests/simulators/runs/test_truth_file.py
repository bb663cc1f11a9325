"""The truth file: a row a step, whose parts add up to the utility and whose rows add up to the registers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.clock import from_iso
from greendc.errors import ConfigError
from simulators.plant import sizes
from simulators.plant.plant import Plant
from simulators.plant.record import Record
from simulators.plant.variants import variant
from simulators.runs.truth_file import COLUMNS, TruthFile

if TYPE_CHECKING:
    from pathlib import Path

START_S = 1_780_012_800.0
WATTS = {"it": 70_000.0, "cooling": 20_000.0, "loss": 6_000.0, "other": 1_000.0, "generation": 4_000.0}


def record(start_s: float, steps: int, dt_s: float) -> Record:
    """Return some steps of a plant whose powers swing."""
    times = start_s + dt_s * np.arange(1, steps + 1, dtype=np.float64)
    swing = 1.0 + 0.1 * np.sin(times / 300.0)
    blocks = {f"truth.{part}_w": watts * swing for part, watts in WATTS.items()}
    blocks["rack.inlet_c"] = np.full((steps, 4, 3), 22.0) + np.arange(4)[:, None]
    blocks["outdoor.dry_bulb_c"] = np.full(steps, 15.0)
    blocks["water.makeup_m3_s"] = 5e-5 * swing
    blocks["chiller.cop"] = np.tile([5.0, 0.0], (steps, 1))
    return Record(times, blocks)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_adds_up(tmp_path: Path) -> None:
    """Utility is exactly the sum of its parts, the PUE what it says, and what a plant has not is left empty."""
    file = TruthFile(tmp_path / "t.csv")
    file.note(record(START_S, 120, 60.0), 60.0)
    file.close()
    rows = rows_of(tmp_path / "t.csv")
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 120
    assert from_iso(rows[0]["time"]) == (START_S + 60.0) * 1e9
    for row in rows:
        used = sum(float(row[f"{part}_kw"]) for part in ("it", "cooling", "loss", "other"))
        assert float(row["utility_kw"]) == pytest.approx(used - float(row["generation_kw"]), abs=2e-9)
        assert float(row["pue"]) == pytest.approx(used / float(row["it_kw"]), abs=1e-8)
        assert (float(row["inlet_max_c"]), float(row["chiller_cop"])) == (25.0, 5.0)
        assert (row["storage_soc"], row["heat_reuse_kw"]) == ("", "")


@pytest.mark.parametrize(("step_s", "rows"), [(60.0, 60), (900.0, 4), (10.0, 360)])
def test_rows_of_any_length_hold_all_energy(tmp_path: Path, step_s: float, rows: int) -> None:
    """However the steps come and however long a row is, the rows add up to what flowed."""
    dt_s = min(step_s, 60.0) / 4
    whole = record(START_S, round(3600.0 / dt_s), dt_s)
    file = TruthFile(tmp_path / "t.csv", step_s)
    for at in range(0, len(whole), 7):
        file.note(whole.rows(slice(at, at + 7)), dt_s)
    found = rows_of(tmp_path / "t.csv")
    assert len(found) == rows
    for part in WATTS:
        flowed_j = float(whole.blocks[f"truth.{part}_w"].sum()) * dt_s
        assert sum(float(row[f"{part}_kw"]) for row in found) * 1000.0 * step_s == pytest.approx(flowed_j, rel=1e-9)
    flowed_m3 = float(whole.blocks["water.makeup_m3_s"].sum()) * dt_s
    assert sum(float(row["water_l"]) for row in found) == pytest.approx(1000.0 * flowed_m3, rel=1e-9)


@pytest.mark.parametrize("step_s", [60.0, 900.0])
def test_a_plant_and_its_rows_agree(tmp_path: Path, step_s: float) -> None:
    """Of the room, whatever its variant: rows add up to every register that the plant has, and states are the last."""
    plant = Plant(11, START_S, variant(2, sizes.room()))
    before = plant.registers()
    whole = plant.run(180, 60.0)
    after = plant.registers()
    file = TruthFile(tmp_path / "t.csv", step_s)
    file.note(whole, 60.0)
    rows = rows_of(tmp_path / "t.csv")
    counted = {f"{part}_kw": (f"truth.{part}_j", step_s * 1e3) for part in ("utility", *WATTS)}
    counted |= {"heat_reuse_kw": ("reuse.heat_j", step_s * 1e3), "water_l": ("water.volume_m3", 1e-3)}
    for column, (register, scale) in counted.items():
        moved = after[register][0] - before.get(register, [0.0])[0]
        assert sum(float(row[column]) for row in rows) * scale == pytest.approx(moved, rel=1e-7, abs=1e-6), column
    assert float(rows[-1]["water_l"]) > 0.0
    last = {name: block[-1] for name, block in whole.blocks.items()}
    assert float(rows[-1]["outdoor_c"]) == pytest.approx(last["outdoor.dry_bulb_c"], abs=1e-6)
    assert float(rows[-1]["wet_bulb_c"]) == pytest.approx(last["outdoor.wet_bulb_c"], abs=1e-6)
    assert float(rows[-1]["supply_c"]) == pytest.approx(last["crah.supply_c"].mean(), abs=1e-6)
    assert float(rows[-1]["inlet_max_c"]) == pytest.approx(last["rack.inlet_c"].max(), abs=1e-6)
    assert float(rows[-1]["storage_soc"]) == pytest.approx(last["storage.soc_ratio"], abs=1e-6)


def test_a_run_may_begin_within_a_row(tmp_path: Path) -> None:
    """The first row is the mean over what there is of it; steps of uneven length lose nothing."""
    file = TruthFile(tmp_path / "t.csv")
    time_s, flowed_j = START_S + 12.5, 0.0
    for dt_s in [0.25, 0.4, 0.35] * 300:
        step = record(time_s, 1, dt_s)
        flowed_j += float(step.blocks["truth.it_w"][0]) * dt_s
        file.note(step, dt_s)
        time_s += dt_s
    rows = rows_of(tmp_path / "t.csv")
    assert len(rows) == 5
    assert all(60_000 < 1000 * float(row["it_kw"]) < 80_000 for row in rows)


def test_parquet_and_pieces_from_other_times(tmp_path: Path) -> None:
    """Pieces may come newest first; the file is in the order of time, the same in both forms."""
    pq = pytest.importorskip("pyarrow.parquet")
    past = tmp_path / "past.csv"
    other = TruthFile(past)
    other.note(record(START_S - 7200.0, 60, 60.0), 60.0)
    other.close()
    for name in ("t.csv", "t.parquet"):
        file = TruthFile(tmp_path / name)
        file.note(record(START_S, 30, 60.0), 60.0)
        file.note_apart(record(START_S - 3600.0, 60, 60.0), 60.0)
        if name == "t.csv":
            copy = tmp_path / "copy.csv"
            copy.write_bytes(past.read_bytes())
            file.take(copy)
            assert not copy.exists()
        else:
            file.take(past)
        file.close()
    table = pq.read_table(tmp_path / "t.parquet")
    rows = rows_of(tmp_path / "t.csv")
    assert tuple(table.column_names) == COLUMNS
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows) == table.column("time").to_pylist()
    assert len(rows) == 150
    assert [float(row["pue"]) for row in rows] == table.column("pue").to_pylist()
    assert table.column("storage_soc").null_count == 150


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """A truth file whose form cannot be told is not begun."""
    with pytest.raises(ConfigError, match="parquet"):
        TruthFile(tmp_path / "truth.txt")
    assert not list(tmp_path.iterdir())
