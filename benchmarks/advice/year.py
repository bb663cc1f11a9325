"""How long a full advice run takes on a year of a room, out of the embedded store."""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

from analytics.advice import Recommendation, Situation, advise
from benchmarks.advice.lived_plant import DAY_S, PLANT, SEASONS, STEP_S
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from simulators.runs.readings import Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

CHUNK_STEPS = 960


def measure(days: float = 365.0, seed: int = 3) -> str:
    """Store the days at a quarter of an hour, ask every advisor, and return the times as text."""
    start_s = SEASONS["winter"]
    end_s = start_s + days * DAY_S
    with tempfile.TemporaryDirectory(prefix="greendc-bench-") as folder:
        room = SimulatedSite(
            preset(PLANT, itertools.count(1).__next__, "mqtt://127.0.0.1:1883"), seed=seed, start_s=start_s
        )
        for name, text in room.preset.files.items():
            (Path(folder) / name).write_text(text, "utf-8")
        site = read_site(Path(folder) / "site.toml")
        store = open_store("embedded", Path(folder))
        begun = time.perf_counter()
        steps, count = round(days * DAY_S / STEP_S), 0
        readings = Readings(room, end_s + 365.0 * DAY_S)
        for first in range(0, steps, CHUNK_STEPS):
            for batch in readings.batches(room.run(min(CHUNK_STEPS, steps - first), STEP_S)):
                store.write_batch(batch)
                count += len(batch)
        store.compact()
        written_s = time.perf_counter() - begun
        begun = time.perf_counter()
        situation = Situation(store, site, round(end_s * NS_PER_SECOND), (), least_ns=0)
        rows = len(situation.frame)
        gathered_s = time.perf_counter() - begun
        _ = situation.model
        fitted_s = time.perf_counter() - begun - gathered_s
        answers = advise(situation)
        all_s = time.perf_counter() - begun
        store.close()
    made = [answer.id for answer in answers if isinstance(answer, Recommendation)]
    return (
        f"{days:g} days, {count} readings written in {written_s:.0f} s; {rows} rows gathered in {gathered_s:.1f} s, "
        f"fitted in {fitted_s:.1f} s, all advice in {all_s:.1f} s: {', '.join(made)}"
    )
