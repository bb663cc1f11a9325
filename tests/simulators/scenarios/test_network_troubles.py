"""What a scenario's network troubles mean for a device or a node at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulators.front_ends.troubles import NO_TROUBLE, Trouble
from simulators.scenarios.event import Event
from simulators.scenarios.kind import EventClass
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.timeline import Timeline
from tests.simulators.scenarios.small_plant import START_S

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.scenarios.troubles import NetworkTroubles

EFFECTS = {
    "device_offline": Trouble(offline=True),
    "slow_answers": Trouble(delay_s=2.0),
    "packet_loss": Trouble(loss_ratio=0.3),
    "mqtt_cut": Trouble(offline=True),
    "mqtt_duplicates": Trouble(duplicate_ratio=0.2),
    "late_messages": Trouble(delay_s=120.0),
    "clock_jump": Trouble(clock_s=300.0),
}


def _troubles(*kinds: str, seed: int = 1) -> NetworkTroubles:
    span = Span(onset_s=START_S, end_s=START_S + 3600.0)
    events = []
    for number, kind in enumerate(kinds, start=1):
        severity = KINDS[kind].severity
        usual = severity.usual if severity else 0.0
        events.append(Event(number=number, kind_name=kind, target="x", span=span, severity=usual, names=("x",)))
    return Timeline(name="t", events=tuple(events), seed=seed).troubles()


@pytest.mark.parametrize("kind", [k.name for k in KINDS.values() if k.event_class is EventClass.NETWORK])
def test_each_kind_means_one_trouble(kind: str) -> None:
    """The named thing has the trouble while it lasts; before, after, and for others there is none."""
    troubles = _troubles(kind)
    assert troubles.at("x", START_S + 5.0) == EFFECTS[kind]
    assert troubles.at("x", START_S - 1.0) == NO_TROUBLE
    assert troubles.at("x", START_S + 3600.0) == NO_TROUBLE
    assert troubles.at("y", START_S + 5.0) == NO_TROUBLE


def test_troubles_come_together() -> None:
    """Several at one time are one answer: delays add up."""
    found = _troubles("slow_answers", "packet_loss", "late_messages").at("x", START_S)
    assert found == Trouble(delay_s=122.0, loss_ratio=0.3)


def test_a_past_has_its_gaps() -> None:
    """A day that is written at once lacks what would not have been read, the same readings for the same seed."""
    times_s: FloatArray = START_S + 60.0 * np.arange(120, dtype=np.float64)
    assert _troubles("device_offline").answered("x", times_s).tolist() == [False] * 60 + [True] * 60
    lossy = _troubles("packet_loss").answered("x", times_s)
    assert 30 < lossy[:60].sum() < 55
    assert lossy[60:].all()
    assert np.array_equal(lossy, _troubles("packet_loss").answered("x", times_s))
    assert not np.array_equal(lossy, _troubles("packet_loss", seed=2).answered("x", times_s))
    assert _troubles("mqtt_cut", "late_messages").answered("x", times_s).all()
