"""What is to be scheduled: the load, the sun, the prices, a battery and work that may wait."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.schedule.battery import Battery
from analytics.schedule.obstacle import Obstacle, number
from greendc.clock import NS_PER_HOUR, iso


class Objective(StrEnum):
    """What is made small."""

    COST = "cost"
    CARBON = "carbon"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work that may wait: ``energy_kwh`` at the grid meter between two times, at ``most_kw`` at most."""

    name: str
    energy_kwh: float
    most_kw: float
    earliest_ns: int
    deadline_ns: int


class DemandPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The charge on the greatest demand: ``per_kw`` for the month of each row, above what was ``reached_kw`` before.

    ``month`` [n] numbers the months of the rows from 0; ``reached_kw`` has one value for each.
    """

    per_kw: tuple[float, ...]
    reached_kw: tuple[float, ...]
    month: np.ndarray[tuple[int], np.dtype[np.int64]]
    window_ns: int


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a schedule depends on, in equal steps.

    ``load_kw`` [n] is what cannot wait, ``pv_kw`` [n] what the sun could give, ``buy`` and ``sell`` [n] prices of a
    kWh, ``carbon`` [n] kg of a kWh taken from the grid. Nothing is fed in unless ``export_limit_kw`` allows it.
    """

    start_ns: Times
    step_ns: int
    load_kw: Floats
    buy: Floats
    pv_kw: Floats | None = None
    sell: Floats | None = None
    carbon: Floats | None = None
    demand: DemandPrice | None = None
    battery: Battery | None = None
    jobs: tuple[Job, ...] = ()
    import_limit_kw: float | None = None
    export_limit_kw: float = 0.0
    objective: Objective = Objective.COST

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self.start_ns)

    @property
    def step_h(self) -> float:
        """Return the length of a step [h]."""
        return self.step_ns / NS_PER_HOUR

    @property
    def end_ns(self) -> int:
        """Return the end of the last step."""
        return int(self.start_ns[-1]) + self.step_ns

    def sun_kw(self) -> Floats:
        """Return the power of the sun, 0 for a site without."""
        return np.zeros(len(self)) if self.pv_kw is None else self.pv_kw

    def sold(self) -> Floats:
        """Return the price of what is fed in, 0 where none was given."""
        return np.zeros(len(self)) if self.sell is None else self.sell

    def open_share(self, job: Job) -> Floats:
        """Return the share of each step [n] in which a job may run, 0..1."""
        first = np.maximum(self.start_ns, job.earliest_ns)
        last = np.minimum(self.start_ns + self.step_ns, job.deadline_ns)
        return np.asarray(np.clip(last - first, 0, None) / self.step_ns, dtype=np.float64)

    def obstacles(self) -> list[Obstacle]:
        """Return what makes a schedule impossible before anything is computed."""
        if not len(self):
            return [Obstacle(code="no_rows")]
        found = []
        judged = ("buy", self.buy) if self.objective is Objective.COST else ("carbon", self.factors())
        needed = dict([("load", self.load_kw), ("sun", self.sun_kw()), judged, ("sell", self.sold())])
        for name, values in needed.items():
            unknown = np.flatnonzero(~np.isfinite(values))
            if len(unknown):
                time = iso(int(self.start_ns[unknown[0]]))
                found.append(Obstacle(code=f"unknown_{name}", params={"time": time, "count": str(len(unknown))}))
        if self.battery is not None:
            found += self.battery.obstacles(len(self) * self.step_h)
        return found + [obstacle for job in self.jobs for obstacle in self._job_obstacles(job)]

    def factors(self) -> Floats:
        """Return kg of a kWh from the grid; unknown where they were not given."""
        return np.full(len(self), np.nan) if self.carbon is None else self.carbon

    def _job_obstacles(self, job: Job) -> list[Obstacle]:
        if not (job.energy_kwh >= 0 and job.most_kw > 0):
            return [Obstacle(code="job_number", params={"name": job.name})]
        if job.deadline_ns > self.end_ns:
            shown = {"name": job.name, "time": iso(job.deadline_ns), "end": iso(self.end_ns)}
            return [Obstacle(code="job_beyond", params=shown)]
        hours = float(self.open_share(job).sum()) * self.step_h
        if job.energy_kwh > job.most_kw * hours * (1 + 1e-9):
            need = job.energy_kwh / job.most_kw
            shown = {"name": job.name, "need": number(need), "hours": number(hours), "most": number(job.most_kw)}
            return [Obstacle(code="job_late", params=shown)]
        return []
