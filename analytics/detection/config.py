"""The one fixed configuration of the detector. It is the same for a file, a live series and the benchmark."""

from __future__ import annotations

import hashlib
import math

import msgspec

COMPONENTS = ("value", "transition", "level", "spread", "season")
"""What may be new about a reading, in the order of ``Surprise.shares``."""
STEPS_A_WEEK = 7 * 24 * 12
"""A step of a live series is a mean of 5 min."""
DAYS_A_WEEK = 7.0
SETTLED = 0.29
KNEE = 0.1
STEEPNESS = 1.9
"""False episodes per series and week, as measured by `make bench-anomaly` on the labelled series: so many where the
novelty `KNEE` is enough, and fewer by this power of it where more is asked for."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How novelty is measured and when it is an alarm. Spans are in steps.

    ``steps_a_week`` says how often the series have a value, ``alarms_a_week`` how many false alarms per series and
    week are allowed. ``together`` is how many series are watched together: all of them then raise at most one false
    alarm a day.
    """

    off: frozenset[str] = frozenset()
    """Components that are switched off."""
    steps_a_week: float = STEPS_A_WEEK
    alarms_a_week: float = SETTLED
    together: int = 1
    start: int = 50
    """Before so many values nothing is new."""
    warm_up: int = 144
    """Before so many values (half a day of steps) nothing is raised, though a series that would is doubted already."""
    young: float = 200.0
    """A series with so many values is believed by half."""
    neighbours: int = 10
    """How many values beyond the nearest one tell how close values lie there."""
    range_share: float = 0.03
    """A distance is taken against this share of the range seen, beside how close values lie."""
    transition_weight: float = 1.0
    level_weight: float = 0.07
    level_span: int = 24
    spread_weight: float = 0.07
    spread_span: int = 12
    season_weight: float = 0.2
    season_start: int = 200
    """Residuals of the season that must be known before one is new."""
    held: int = 100
    """A series raises again after so many steps, or before them by a higher novelty."""
    growth: float = 3.0
    """Within an episode only a novelty so many times the one that was alarmed is alarmed again."""
    doubt: float = 1.0
    """How much less a series is believed for each novelty that it raised of late."""
    worth: float = 0.3
    """A novelty above this is remembered as raised."""
    remember: float = 4000.0
    """After so many steps a novelty that was raised counts for a third."""
    fade: int = 16_128
    """After so many steps (8 weeks) what was seen once is forgotten, and after as many more what was seen little."""
    calm: int = 12
    """An episode is over when so many steps in a row look known."""
    settle: int = 288
    """An episode that lasts so long is the new normal."""

    @property
    def theta(self) -> float:
        """Return the surprise at which an alarm is raised."""
        allowed = min(self.alarms_a_week, DAYS_A_WEEK / max(self.together, 1))
        return math.log10(self.steps_a_week / allowed)

    @property
    def least(self) -> float:
        """Return the novelty at which an alarm is raised."""
        return KNEE * float(10.0 ** ((self.theta - self.base) / STEEPNESS))

    @property
    def base(self) -> float:
        """Return the surprise of the novelty `KNEE`."""
        return math.log10(self.steps_a_week / SETTLED)

    @property
    def version(self) -> str:
        """Return the first digits of the hash of the configuration: state made with another one is not resumed."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "off"}
        return hashlib.sha256(repr((fields, sorted(self.off))).encode()).hexdigest()[:12]

    def without(self, component: str) -> Config:
        """Return this configuration with one component switched off."""
        return msgspec.structs.replace(self, off=self.off | {component})


CONFIG = Config()
