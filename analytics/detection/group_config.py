"""The one fixed configuration of group detection. Spans are in steps or in shares of the rows learned from."""

from __future__ import annotations

import hashlib

import msgspec


class GroupConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What was settled on machines of our own making (benchmarks/anomaly/machines.py), the same for every group."""

    fewest_rows: int = 60
    """A group with fewer rows to learn from is not judged."""
    fewest_share: float = 0.5
    """A sensor with values in a smaller share of the rows learned from is left out."""
    memory: float = 0.2
    """Weight of the newest row in the moving means: a deviation counts when it lasts for some rows."""
    clip: float = 4.0
    """No single reading counts for more than so many standard deviations: a spike alone is no fault."""
    resolution: float = 0.005
    """Changes are not judged finer than this share of a sensor's own level."""
    constant_share: float = 0.05
    """A sensor that never moved is judged by this share of its level, or by this much if that is zero."""
    wander: float = 0.05
    """Even a calm sensor may wander by this variance in the time learned from, in squares of its spread."""
    blocks: int = 40
    """The time learned from falls into so many blocks: noise is what happens within one."""
    restless: float = 2.0
    """A sensor drifts if means of blocks a quarter of the time apart differ so many times more than neighbours do."""
    folds: int = 5
    """Parts of the time learned from that are judged by what the others taught."""
    calm_spans: int = 15
    """Threshold: what normal running exceeds once in so many spans of a twentieth of the time learned from."""
    spans: int = 20
    rows_to_begin: int = 2
    """An episode begins when the statistic has been above the threshold for so many rows on end."""
    hold: float = 0.6
    """An episode lasts until the statistic is below this share of the threshold."""
    slow_noise: float = 0.2
    """A sensor with less noise, as a share of its variance, moves slowly by nature."""
    related: float = 0.25
    """A sensor of whose variance the others explain a larger share is judged, and followed, with them."""
    frozen: float = 2.0
    """In an episode a sensor that deviates by more standard deviations is not learned from."""
    stuck_runs: float = 4.0
    """A sensor is stuck when it repeats itself for so many times its longest run, and for a fortieth of that time."""
    settle_spans: float = 3.0
    """An episode that lasts so many times as long as the time learned from, and at least a day, is the new normal."""

    @property
    def version(self) -> str:
        """Return the first digits of the hash of the configuration."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return hashlib.sha256(repr(fields).encode()).hexdigest()[:12]


GROUP_CONFIG = GroupConfig()
