"""The one fixed configuration of the detector. It is the same for a file, a live series and the benchmark."""

from __future__ import annotations

import hashlib
import math

import msgspec

COMPONENTS = ("level", "slow", "residual", "novelty")
"""What may be surprising about a reading, in the order of ``Surprise.shares``."""
STEPS_A_WEEK = 7 * 24 * 12
"""A step of a live series is a mean of 5 min."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How surprise is measured. Spans are in steps; deviations are in units of the series' own.

    ``steps_a_week`` and ``alarms_a_week`` (false alarms allowed per series) set the threshold per time, not per step;
    ``together`` is of how many series that are watched together: the threshold then holds for all of them.
    """

    off: frozenset[str] = frozenset()
    """Components that are switched off."""
    steps_a_week: float = STEPS_A_WEEK
    alarms_a_week: float = 0.2
    together: int = 1
    warm_up: int = 100
    """Before so many steps a series is not judged."""
    cap: float = 8.0
    """No single component says more than this."""
    held: int = 60
    """An episode ends after so many steps in which nothing exceeds its peak."""
    winsor: float = 4.0
    """Learning sees no deviation larger than this many of the usual ones."""
    settle: int = 288
    """A shift that lasts so many steps is a new normal."""

    @property
    def theta(self) -> float:
        """Return the surprise at which an alarm is raised."""
        return math.log10(self.steps_a_week / self.alarms_a_week * max(self.together, 1))

    @property
    def version(self) -> str:
        """Return the first digits of the hash of the configuration: state made with another one is not resumed."""
        text = repr({name: getattr(self, name) for name in self.__struct_fields__ if name != "off"})
        return hashlib.sha256((text + repr(sorted(self.off))).encode()).hexdigest()[:12]

    def without(self, component: str) -> Config:
        """Return this configuration with one component switched off."""
        return msgspec.structs.replace(self, off=self.off | {component})


CONFIG = Config()
