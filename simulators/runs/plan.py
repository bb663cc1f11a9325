"""What a person asks a simulation for, checked, and the site that is built from it."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.units import SECONDS_PER_HOUR
from simulators.front_ends.ports import Ports
from simulators.plant.weather_files import read_weather
from simulators.runs.site_folder import SITE_FILE, check_folder, keep_edited
from simulators.runs.truth_file import STEP_S, check_place
from simulators.scenarios.scenario_file import Run
from simulators.sites.play import Play
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.errors import Problem
    from simulators.sites.presets import Preset

HIGHEST_SPEED = 3600.0
DAY_S = 86_400.0
MOST_BACKFILL_DAYS = 400
PLANT_STEP_S = 60.0
_BACKFILL = re.compile(r"([0-9]+(?:\.[0-9]+)?)([hd])")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One simulation: which site, how much of its past [s], and where things are written.

    ``truth`` is empty for no truth file; ``truth_step_s`` is the length of one of its rows. ``scenario`` is a name or a
    path, ``weather`` the path of a year of weather; both may be empty.
    """

    preset: str
    data_dir: str
    seed: int = 1
    variant: int = 0
    scenario: str = ""
    weather: str = ""
    past_s: float = 0.0
    truth: str = ""
    truth_step_s: float = STEP_S
    broker: str = "mqtt://127.0.0.1:1883"

    @property
    def folder(self) -> Path:
        """Return the data directory."""
        return Path(self.data_dir)

    @property
    def identity(self) -> str:
        """Return what tells this site from others: its registers go on only where this is the same."""
        return f"{self.preset}, seed {self.seed}, variant {self.variant}, weather {self.weather or 'synthetic'}"

    @property
    def step_s(self) -> float:
        """Return the step [s] of plants in accelerated time."""
        return min(PLANT_STEP_S, self.truth_step_s)

    def checked(self) -> Plan:
        """Return the plan when it can be carried out; `warnings` looks into its files.

        Raises:
            ConfigError: an unknown preset, or a truth file or step that does not fit, or a directory of another site.
        """
        preset(self.preset, _no_ports(), self.broker)
        check_folder(self.folder, self.identity)
        if self.truth:
            check_place(Path(self.truth))
        shorter, longer = STEP_S / max(self.truth_step_s, 1e-9), self.truth_step_s / STEP_S
        whole = shorter.is_integer() or (longer.is_integer() and (DAY_S / self.truth_step_s).is_integer())
        if not (1.0 <= self.truth_step_s <= DAY_S and whole):
            raise ConfigError.single("simulate.bad_truth_step", step=f"{self.truth_step_s:g}")
        return self

    def built(self, start_s: float, chosen: Preset | None = None) -> SimulatedSite:
        """Return the site as it stands at ``start_s`` [s since 1970]; it is served only where a preset has ports."""
        return SimulatedSite(
            chosen or preset(self.preset, _no_ports(), self.broker),
            seed=self.seed,
            start_s=start_s,
            number=self.variant,
            year=read_weather(Path(self.weather)) if self.weather else None,
        )

    def played(
        self,
        site: SimulatedSite,
        start_s: float,
        end_s: float = math.inf,
        warn: Callable[[Sequence[Problem]], object] = len,
    ) -> Play | None:
        """Begin to play the scenario at a site, at ``start_s`` [s since 1970]; None when there is none.

        ``warn`` is told what is worth saying about it.

        Raises:
            ConfigError: the scenario is unknown, or something in it does not fit the site.
        """
        if not self.scenario:
            return None
        play, warnings = Play.of_file(site, self.scenario, Run(start_s=start_s, end_s=end_s, seed=self.seed))
        warn(warnings)
        return play

    def warnings(self, now_s: float) -> list[Problem]:
        """Return what is worth saying about the scenario of a past that ends now [s since 1970].

        Raises:
            ConfigError: the weather or the scenario cannot be used.
        """
        site = self.built(now_s)
        if not self.scenario:
            return []
        run = Run(start_s=now_s - self.past_s, end_s=now_s, seed=self.seed)
        return Play.of_file(site, self.scenario, run)[1]

    def written(self) -> Preset:
        """Write the site's files into the data directory, with ports that are free, and return the preset."""
        chosen = self.chosen()
        self.write(chosen)
        return chosen

    def chosen(self) -> Preset:
        """Return the preset with ports that are free: those of the run before where they still are."""
        ports = Ports.of_file(self.folder / "ports.json")
        chosen = preset(self.preset, ports, self.broker)
        ports.remember(self.folder / "ports.json")
        return chosen

    def write(self, chosen: Preset) -> None:
        """Write the site's files. The site file comes last: whoever waits for it finds the others."""
        for file in sorted(chosen.files, key=lambda file: file == SITE_FILE):
            keep_edited(self.folder / file, chosen.files[file])
            fresh = self.folder / f".{file}.new"
            fresh.write_text(chosen.files[file], encoding="utf-8")
            fresh.replace(self.folder / file)


def backfill_seconds(text: str) -> float:
    """Return the seconds of a time such as ``24h`` or ``30d``; nothing is 0.

    Raises:
        ConfigError: it has another form, is nothing, or is longer than `MOST_BACKFILL_DAYS`.
    """
    if not text:
        return 0.0
    match = _BACKFILL.fullmatch(text)
    seconds = float(match[1]) * SECONDS_PER_HOUR * (24 if match[2] == "d" else 1) if match else -1.0
    if not 0.0 < seconds <= MOST_BACKFILL_DAYS * DAY_S:
        raise ConfigError.single("simulate.bad_backfill", text=text, most=f"{MOST_BACKFILL_DAYS}d")
    return seconds


def checked_speed(speed: float) -> float:
    """Return a speed in seconds of the plant per second.

    Raises:
        ConfigError: it is not between 0 and `HIGHEST_SPEED`.
    """
    if not 0.0 < speed <= HIGHEST_SPEED:
        raise ConfigError.single("simulate.bad_speed", speed=f"{speed:g}", most=f"{HIGHEST_SPEED:g}")
    return speed


def _no_ports() -> Callable[[], int]:
    return itertools.count(1).__next__
