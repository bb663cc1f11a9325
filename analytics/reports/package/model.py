"""What a package says of its site: as much as the figures need, so that no site file is needed to compute them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.kpis.side import IT
from analytics.limits import Limit, limits_of, profile_of
from analytics.lineage import reduced
from analytics.reports.package.readings import REGISTER
from greendc.site import Site

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from typing import TypeAlias

    from analytics.reports.package.readings import Run

    Days: TypeAlias = tuple[dt.date, dt.date]

MODEL = "model.json"
SCHEMA = 1


class WindowModel(msgspec.Struct, frozen=True, kw_only=True):
    """A window that figures are of, [start_ns, end_ns)."""

    name: str
    start_ns: int
    end_ns: int


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A gap in a register's readings, and what it counted meanwhile, in its unit and before any factor."""

    start_ns: int
    end_ns: int
    counted: float


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A metering point of IT energy: the first whose meters cover enough is taken."""

    category: int
    role: str


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The site without anything that no figure needs, the windows, and the rules that figures are chosen by.

    ``resolutions`` are those of the registers by their label, in the register's unit: from the device's profile, else
    what readings differ by at least; ``silences`` are their gaps. ``limits`` are those of the standards profile on the
    last day, as they are in the software that made the package.
    """

    schema: int
    site: Site
    windows: list[WindowModel]
    resolutions: dict[str, float]
    silences: dict[str, list[Silence]]
    categories: list[Category]
    standards: str
    limits: list[Limit]


def model_of(
    site: Site, windows: list[WindowModel], resolutions: dict[str, float], runs: Iterable[Run], days: Days
) -> Model:
    """Return what a package says of its site for the days [first, last]."""
    first, last = days
    return Model(
        schema=SCHEMA,
        site=bare(site, first, last),
        windows=windows,
        resolutions=resolutions,
        silences={run.label(): found for run in runs if (found := silences_of(run))},
        categories=categories(),
        standards=profile_of(site),
        limits=limits_of(profile_of(site), last),
    )


def silences_of(run: Run) -> list[Silence]:
    """Return the gaps in a register's readings."""
    if run.kind != REGISTER:
        return []
    ends = np.flatnonzero(run.gap).tolist()
    return [
        Silence(
            start_ns=int(run.time_ns[end - 1]),
            end_ns=int(run.time_ns[end]),
            counted=float(run.values[end] - run.values[end - 1] + np.nan_to_num(run.modulus[end])),
        )
        for end in ends
        if end > 0
    ]


def categories() -> list[Category]:
    """Return the metering points of IT energy, the best first."""
    return [Category(category=side.category, role=side.needs.value) for side in IT]


def bare(site: Site, first: dt.date, last: dt.date) -> Site:
    """Return what figures of registers need of a site for the days [first, last]."""
    found = reduced(site, first, last)
    return msgspec.structs.replace(
        found,
        rooms=[],
        racks=[msgspec.structs.replace(rack, room="", row="", position=0, front="") for rack in found.racks],
        devices=[msgspec.structs.replace(device, heights={}, rated_a=None, modules=None) for device in found.devices],
        mounted=[],
        carbon=None,
        battery=None,
        deferrable=[],
        notify=[],
    )
