"""Idle servers are told by what they draw beside their peers, or by how busy they say they are."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, Situation
from analytics.advice.advisors.idle_servers import advise
from analytics.site_model import Draws, fit
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from tests.analytics.advice.made_situation import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room

DAYS, END_NS = 15, 500_000 * NS_PER_HOUR
MODEL = fit(plant())
HOURS = np.arange(DAYS * 24)
TIMES = (END_NS - NS_PER_HOUR * (DAYS * 24 - HOURS)).tolist()
WORK = 400.0 * (1.0 + 0.1 * np.sin(2 * np.pi * HOURS / 24.0) + 0.02 * np.cos(1.7 * HOURS))
IDLE = 220.0 + 0.5 * np.cos(1.7 * HOURS)


def _situation(powers: dict[str, np.ndarray], busy: dict[str, float] | None = None, days: int = DAYS) -> Situation:
    """Return a room whose outlets draw ``powers``: each server has one on either PDU of its rack."""
    site = room(4)
    store = MemoryHistory()
    pdus = [device for device in site.devices if device.rack][:1]
    first, second = (msgspec.structs.replace(pdus[0], name=name, profile="apc-rpdu2") for name in ("pdu-1", "pdu-2"))
    servers = [msgspec.structs.replace(pdus[0], name=name, profile="host-resources") for name in busy or {}]
    site = msgspec.structs.replace(site, devices=(first, second, *servers), mounted=())
    for part, power in powers.items():
        for pdu in ("pdu-1", "pdu-2"):
            store.add(SeriesKey(site.name, pdu, f"outlet/{part}", "active_power_w"), TIMES, (power / 2.0).tolist())
    for name, share in (busy or {}).items():
        store.add(SeriesKey(site.name, name, "", "active_power_w"), TIMES, IDLE.tolist())
        store.add(SeriesKey(site.name, name, "", "cpu_utilisation_ratio"), TIMES, [share] * len(TIMES))
    made = Situation(store, site, END_NS, least_ns=0)
    made.draws = Draws(100, 1)
    first_ns = END_NS - days * 24 * NS_PER_HOUR
    made.__dict__ |= {"past": plant(), "model": MODEL, "first_ns": first_ns, "start_ns": first_ns}
    return made


def _working(count: int = 8) -> dict[str, np.ndarray]:
    return {str(i + 1): WORK * (0.9 + 0.03 * i) for i in range(count)}


def test_a_steady_low_server_among_working_ones_is_named() -> None:
    """Its idle power is saved, with the losses and the cold of it; the owner is asked."""
    (answer,) = advise(_situation(_working() | {"9": IDLE, "10": IDLE}))
    assert isinstance(answer, Recommendation)
    assert answer.facts["count"] == "2"
    assert "outlet/9" in answer.facts["servers"]
    own_kwh = 2 * 220.0 * DAYS * 24 / 1e3
    assert answer.evidence_kwh is not None
    assert own_kwh < answer.evidence_kwh.p90
    assert 0.8 * own_kwh < answer.evidence_kwh.p10 < 1.2 * own_kwh
    assert {check.key for check in answer.guards} == {"owner", "scream_test"}
    assert answer.change is not None
    assert answer.change.it_ratio == pytest.approx(1.0 - 440.0 / 60_000.0, abs=2e-4)
    assert all(answer.checks(lang) and answer.proposal(lang) and answer.title(lang) for lang in ("zh", "en"))


def test_steady_but_hungry_is_no_idle_server() -> None:
    """Storage and network draw the same day and night, and not little."""
    (answer,) = advise(_situation(_working() | {"9": IDLE + 300.0}))
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_servers_that_work_are_left_alone() -> None:
    """All have the rhythm of the day."""
    (answer,) = advise(_situation(_working()))
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_without_rhythm_anywhere_power_tells_nothing() -> None:
    """Where nobody has a rhythm, utilisation is what is missing."""
    (answer,) = advise(_situation({str(i): np.full(len(TIMES), 300.0) for i in range(8)}))
    assert isinstance(answer, Refusal)
    assert answer.missing == ("server_rhythm",)


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (0.5, 0)])
def test_a_server_that_says_how_busy_it_is_is_believed(share: float, count: int) -> None:
    """Below 5 % of utilisation it is idle, whatever its rhythm; above it is not."""
    (answer,) = advise(_situation(_working(), {"srv": share}))
    assert isinstance(answer, Recommendation) == bool(count)


def test_too_short_a_past_and_no_outlets_are_said() -> None:
    """A fortnight is the least; without power of servers nothing is looked at."""
    (short,) = advise(_situation(_working(), days=9))
    (none,) = advise(_situation({}))
    assert isinstance(short, Refusal)
    assert isinstance(none, Refusal)
    assert (short.reason, none.missing) == ("time", ("outlet_power",))
