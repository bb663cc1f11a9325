"""Three days of a room: figures are within their uncertainty of what the plant did, whatever its meters see."""

from __future__ import annotations

import csv
import datetime as dt
from array import array
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from analytics.energy import midnight_ns
from analytics.kpis.calendar import local_day
from benchmarks.proof import beside_the_truth, line, lived, renewable
from greendc.cli import app
from greendc.clock import iso
from greendc.model import Batch, SeriesKey
from greendc.site import Role, Site, read_site
from greendc.storage import open_store
from greendc.units import J_PER_KWH, NS_PER_SECOND
from simulators.runs.plan import DAY_S, Plan

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Store

SEED = 3
DAYS = 3
OLD, NEW = "meter-ups-a", "meter-ups-a-new"
COOLING = "meter-mech"
RATIOS = 40.0, 60.0
"""Of the current transformers at the cooling's meter, before and after they are replaced."""
NEW_SHOWS_KWH = 123.0
SCENARIO = """schema = 1
name = "meters-live"

[[events]]
kind = "meter_reset"
target = "meter-main"
part = ""
quantity = "active_energy_j"
at = "30h"

[[events]]
kind = "meter_reset"
target = "pdu-r07-a"
part = ""
quantity = "active_energy_j"
at = "41h 13m"

[[events]]
kind = "meter_rollover"
target = "pdu-r01-b"
part = ""
quantity = "active_energy_j"
at = "20h"
severity = 5.0

[[events]]
kind = "meter_rollover"
target = "meter-heat"
part = ""
quantity = "heat_energy_j"
at = "50h"
severity = 20.0
"""


class Rewired:
    """Hands readings to a store as they would be had two meters been worked on at a midnight.

    One meter is replaced by another, whose register shows something else; at another the current transformers are, and
    both times its readings are those of the secondary side.
    """

    def __init__(self, store: Store, site: Site, at_ns: int) -> None:
        """Take the store to write to and the midnight."""
        self._store = store
        self._site = site.name
        self._at_ns = at_ns
        self._first: dict[str, float] = {}

    def write_batch(self, batch: Batch) -> None:
        """Write a batch with what the meters would have shown."""
        index, times = np.array(batch.index), np.array(batch.time_ns)
        values, later = np.array(batch.value), np.array(batch.time_ns) >= self._at_ns
        for place, key in enumerate(list(batch.series)):
            rows = index == place
            if (key.device, key.part) == (OLD, ""):
                if key.quantity == "active_energy_j":
                    self._note(OLD, values, rows & later, times)
                    values[rows & later] += NEW_SHOWS_KWH * J_PER_KWH - self._first.get(OLD, 0.0)
                index[rows & later] = batch.position(SeriesKey(self._site, NEW, "", key.quantity))
            elif (key.device, key.part, key.quantity) == (COOLING, "", "active_energy_j"):
                self._note(COOLING, values, rows & later, times)
                first = self._first.get(COOLING, 0.0)
                values[rows & later] = first / RATIOS[0] + (values[rows & later] - first) / RATIOS[1]
                values[rows & ~later] /= RATIOS[0]
            elif (key.device, key.part, key.quantity) == (COOLING, "", "active_power_w"):
                values[rows] /= np.where(later[rows], RATIOS[1], RATIOS[0])
        batch.index, batch.value = array("I", index.tobytes()), array("d", values.tobytes())
        self._store.write_batch(batch)

    def _note(self, meter: str, values: np.ndarray, rows: np.ndarray, times: np.ndarray) -> None:
        if meter not in self._first and rows.any():
            chosen = np.flatnonzero(rows)
            self._first[meter] = float(values[chosen[np.argmin(times[chosen])]])


def _rewired_site(site: Site, day: dt.date) -> Site:
    """Return the site as its file says it after the work of a day."""
    meters = []
    for meter in site.meters:
        if meter.device == OLD:
            meters.append(msgspec.structs.replace(meter, valid_to=day))
            meters.append(msgspec.structs.replace(meter, device=NEW, valid_from=day))
        elif meter.device == COOLING:
            meters.append(msgspec.structs.replace(meter, factor=RATIOS[0], valid_to=day))
            meters.append(msgspec.structs.replace(meter, factor=RATIOS[1], valid_from=day))
        else:
            meters.append(meter)
    entry = next(device for device in site.devices if device.name == OLD)
    devices = [*site.devices, msgspec.structs.replace(entry, name=NEW)]
    return msgspec.structs.replace(site, meters=meters, devices=devices)


def _plan(folder: Path, *, truth: str = "", scenario: str = "") -> Plan:
    return Plan(preset="room", data_dir=str(folder), seed=SEED, past_s=DAYS * DAY_S, truth=truth, scenario=scenario)


@pytest.mark.chain
def test_three_calm_days_against_the_truth(tmp_path: Path) -> None:
    """Categories 1 and 2, ratios and amounts are within uncertainty; the command and the truth file say the same."""
    truth_file = tmp_path / "truth.csv"
    store = open_store("embedded", tmp_path)
    moved = lived(_plan(tmp_path, truth=str(truth_file)), store)
    site = renewable(read_site(tmp_path / "site.toml"))
    rows = list(beside_the_truth(store, site, moved))
    store.close()
    assert len(rows) > 20
    assert [line(row) for row in rows if not row.holds] == []
    assert min(row.found.coverage for row in rows) > 0.99

    with truth_file.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    sums = {name: sum(float(row[f"{name}_kw"]) for row in told) for name in ("utility", "generation", "it")}
    window = ("--from", iso(moved.start_ns), "--to", iso(moved.end_ns))
    words = ["kpi", "--data", str(tmp_path), "--store", "embedded", *window, "--json"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    figures = {one["kpi"]: one for one in msgspec.json.decode(said.stdout)["data"]["figures"]}
    pue = figures["pue"]
    true = (sums["utility"] + sums["generation"]) / sums["it"]
    assert pue["category"] == 2
    assert abs(pue["value"] / true - 1.0) <= pue["uncertainty"]


@pytest.mark.chain
def test_three_days_in_which_meters_are_worked_on(tmp_path: Path) -> None:
    """A new meter, new transformers, resets and wraps move no figure out of its uncertainty."""
    scenario = tmp_path / "meters-live.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    plan = _plan(tmp_path, scenario=str(scenario))
    plan.written()
    site = read_site(tmp_path / "site.toml")
    day = local_day(site, round((dt.datetime.now(dt.UTC).timestamp() - DAY_S) * NS_PER_SECOND))
    store = open_store("embedded", tmp_path)
    moved = lived(plan, Rewired(store, site, midnight_ns(day, site)))
    rows = list(beside_the_truth(store, renewable(_rewired_site(site, day)), moved))
    store.close()
    assert [line(row) for row in rows if not row.holds] == []
    sides = {side.role: side for row in rows for side in row.found.inputs}
    assert sides["facility"].resets == 1
    # One was cleared; one jumped to near its end, which is a new segment, and then went round, which is none.
    assert sides[Role.PDU_OUTPUT].resets == 2
    assert set(sides[Role.UPS_OUTPUT].meters) == {OLD, NEW, "meter-ups-b"}
    assert len(sides["cooling"].meters) == 2
