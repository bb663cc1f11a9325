"""What stands between devices and the store at a time: the schedule that front ends and edge nodes ask."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from simulators.front_ends.troubles import NO_TROUBLE, Trouble
from simulators.plant.noise import Draws

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from greendc.physics.kinds import FloatArray
    from simulators.scenarios.event import Event

_STREAM = 9000
_PER_SECOND = 1000


class NetworkTroubles:
    """The network troubles of a scenario, by the names of devices and edge nodes."""

    def __init__(self, events: Iterable[Event] = (), seed: int = 1) -> None:
        """Keep the events of each name."""
        self._seed = seed
        self._events: dict[str, list[Event]] = {}
        for event in events:
            for name in event.names:
                self._events.setdefault(name, []).append(event)

    def at(self, target: str, time_s: float) -> Trouble:
        """Return what is wrong with a device or node at a time [s since 1970]; delays and clock errors add up."""
        known = self._events.get(target)
        if known is None:
            return NO_TROUBLE
        now: dict[str, list[float]] = {}
        for event in known:
            if event.span.progress(time_s) > 0.0:
                now.setdefault(event.kind_name, []).append(event.severity)
        if not now:
            return NO_TROUBLE
        return Trouble(
            offline=bool(now.keys() & {"device_offline", "mqtt_cut"}),
            delay_s=sum(now.get("slow_answers", ())) + sum(now.get("late_messages", ())),
            loss_ratio=max(now.get("packet_loss", ()), default=0.0),
            duplicate_ratio=max(now.get("mqtt_duplicates", ()), default=0.0),
            clock_s=sum(now.get("clock_jump", ())),
        )

    def answered(self, device: str, times_s: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell at which of the times [s since 1970] a device is read, for a past that no collector has lived through.

        It is not read while it is offline, nor when a packet is lost. What a cut, late or doubled message carries
        arrives in the end, so it is no gap. Chance is a function of seed, device and time.
        """
        found = np.ones(len(times_s), dtype=np.bool_)
        for event in self._events.get(device, ()):
            active = event.span.active(times_s)
            if event.kind_name == "device_offline":
                found &= ~active
            elif event.kind_name == "packet_loss" and active.any():
                found &= ~(active & (self._chance(device, times_s) < event.severity))
        return found

    def _chance(self, device: str, times_s: FloatArray) -> FloatArray:
        moments = np.rint(times_s * _PER_SECOND).astype(np.int64)
        numbers: FloatArray = Draws(self._seed, _STREAM + zlib.crc32(device.encode())).uniform(moments)[:, 0]
        return numbers
