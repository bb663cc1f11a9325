"""Many devices at once: the healthy on time, the dead quiet, nothing lost on the way to the sink."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest

from collectors.pace import phase_ns
from collectors.poller import MAX_UNPROVEN, NO_VALUE, Job, Poller
from greendc.clock import SystemClock
from greendc.errors import DeviceAway, DeviceRefused, PointsRefused, StoreAway, StoreRefused
from greendc.model import Quality, Reading
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.contracts import Source
    from greendc.status import CollectStatus


class Device:
    """A device that does what ``behave`` does, then gives one reading."""

    def __init__(self, name: str, behave: Callable[[int], object] = lambda _count: None) -> None:
        self.name = name
        self.behave = behave
        self.asked_ns: list[int] = []

    async def read(self) -> Sequence[Reading]:
        """Return one reading with the count of reads as its value."""
        now = time.time_ns()
        self.asked_ns.append(now)
        result = self.behave(len(self.asked_ns))
        if asyncio.iscoroutine(result):
            await result
        return [
            Reading(
                time_ns=now,
                site="s",
                device=self.name,
                part="",
                quantity="active_power_w",
                value=float(len(self.asked_ns)),
            )
        ]

    async def close(self) -> None:
        """Do nothing."""


class ListSink:
    """Keeps readings in a list; ``fault`` may raise before it does."""

    def __init__(self, fault: Callable[[int], None] = lambda _count: None) -> None:
        self.kept: list[Reading] = []
        self.writes = 0
        self.fault = fault
        self.inside = threading.Lock()

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; two writes at once are an error."""
        assert self.inside.acquire(blocking=False)
        try:
            self.writes += 1
            self.fault(self.writes)
            self.kept.extend(readings)
        except PointsRefused as error:
            self.kept.extend(reading for row, reading in enumerate(readings) if row not in error.indices)
            raise
        finally:
            self.inside.release()


def job(source: Source, name: str, interval_s: float = 0.2, deadline_s: float = 0.2) -> Job:
    """Return a job."""
    return Job(name=name, profile="test", source=source, interval_s=interval_s, deadline_s=deadline_s)


def poll(jobs: list[Job], sink: ListSink, seconds: float) -> list[CollectStatus]:
    """Run a poller for some seconds, cancel it, and return what it said of itself."""
    said: list[CollectStatus] = []

    async def go() -> None:
        poller = Poller(jobs, sink, SystemClock(), said.append, seed=1)
        task = asyncio.create_task(poller.run())
        await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(go())
    return said


async def nothing_ever() -> None:
    """Be a black hole."""
    await asyncio.sleep(3600)


def away(_count: int) -> None:
    """Be a device that is not there."""
    message = "gone"
    raise DeviceAway(message)


def test_black_holes_delay_nobody() -> None:
    """With 30 of 100 devices swallowing every request, the other 70 are read at every tick, on time."""
    interval_s, seconds = 0.5, 4.2
    healthy = [Device(f"good-{i}") for i in range(70)]
    holes = [Device(f"hole-{i}", lambda _count: nothing_ever()) for i in range(30)]
    sink = ListSink()
    start_ns = time.time_ns()
    said = poll([job(d, d.name, interval_s, 0.4) for d in [*holes, *healthy]], sink, seconds)
    late_s: list[float] = []
    for device in healthy:
        ticks = [asked for asked in device.asked_ns[1:] if asked - start_ns < 4 * NS_PER_SECOND]
        assert 6 <= len(ticks) <= 8
        late_s.extend((asked % round(interval_s * NS_PER_SECOND)) / NS_PER_SECOND for asked in ticks)
    late_s.sort()
    assert late_s[round(len(late_s) * 0.95)] < 0.2
    states = {row.name: row.state for row in said[-1].devices}
    assert all(states[d.name] == "ok" for d in healthy)
    assert all(states[d.name] == "away" for d in holes)
    assert {reading.device for reading in sink.kept} == {d.name for d in healthy}
    assert all(len(d.asked_ns) <= 5 for d in holes)


def test_devices_of_one_interval_are_spread_over_it() -> None:
    """All are asked once at the start, and from then on each at its own time: no burst, and none left out."""
    devices = [Device(f"pdu-r{i:02}") for i in range(60)]
    start_ns = time.time_ns()
    poll([job(d, d.name, 6.0, 1.0) for d in devices], ListSink(), 7.5)
    first = [device.asked_ns[0] - start_ns for device in devices]
    assert max(first) < 2 * NS_PER_SECOND
    later = [asked % (6 * NS_PER_SECOND) for device in devices for asked in device.asked_ns[1:]]
    assert len(later) >= len(devices)
    assert max(Counter(place // NS_PER_SECOND for place in later).values()) < len(later) / 2
    assert all(any(asked % (6 * NS_PER_SECOND) >= phase_ns(d.name, 6.0) for asked in d.asked_ns[1:]) for d in devices)


def test_silent_devices_use_an_allowance_of_their_own() -> None:
    """More silent devices than may be asked at once keep a device that answers from none of its ticks."""
    good = Device("good")
    holes = [Device(f"hole-{i}", lambda _count: nothing_ever()) for i in range(2 * MAX_UNPROVEN)]
    poll([job(d, d.name, 0.2, 5.0) for d in [good, *holes]], ListSink(), 1.6)
    assert len(good.asked_ns) >= 5


def test_status_says_how_each_device_fares() -> None:
    """State, error, time of the last answer, count and duration are told, and the sums agree with the sink."""
    sink = ListSink()
    good, bad = Device("good"), Device("bad", away)
    last = poll([job(good, "good"), job(bad, "bad")], sink, 0.9)[-1]
    rows = {row.name: row for row in last.devices}
    assert rows["good"].state == "ok"
    assert rows["good"].error == ""
    assert rows["good"].last_ok_ns >= good.asked_ns[-1]
    assert rows["good"].readings == len(good.asked_ns)
    assert rows["bad"].state == "away"
    assert rows["bad"].error == "gone"
    assert rows["bad"].last_ok_ns == 0
    assert last.sampled == last.spooled == len(sink.kept) == len(good.asked_ns)


def test_going_and_coming_back_are_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    """A device that fails five times and returns makes two lines in the log, not five."""

    def behave(count: int) -> None:
        if 2 <= count <= 6:
            message = "wrong community"
            raise DeviceRefused(message)

    with caplog.at_level(logging.WARNING, "greendc"):
        device = Device("flaky", behave)
        poll([job(device, "flaky", 0.1)], ListSink(), 2.5)
    assert len(device.asked_ns) > 7
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2, lines
    assert lines[0] == "flaky is away: wrong community"
    assert lines[1].startswith("flaky answers again after ")
    assert lines[1].endswith("5 failed reads")


class Hollow(Device):
    """A device that answers with nothing known: twice a point without value, then nothing, then a value."""

    async def read(self) -> Sequence[Reading]:
        """Return what the count of reads calls for."""
        (reading,) = await super().read()
        empty = msgspec.structs.replace(reading, value=None, quality=Quality.BAD, reason="not_supported")
        return {1: [empty], 2: [empty], 3: []}.get(len(self.asked_ns), [reading])


def test_a_device_that_answers_without_a_value_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A wrong profile gives answers and no value: the status says so, the log once, until there is one."""
    device = Hollow("hollow")
    with caplog.at_level(logging.WARNING, "greendc"):
        said = poll([job(device, "hollow", 1.0)], ListSink(), 4.5)
    errors = [status.devices[0].error for status in said if status.devices[0].state == "ok"]
    assert errors[0] == NO_VALUE
    assert errors.count(NO_VALUE) >= 2
    assert errors[-1] == ""
    assert [record.getMessage() for record in caplog.records] == [f"hollow: {NO_VALUE} (profile test)"]


def test_a_slow_sink_loses_nothing_when_cancelled() -> None:
    """Stopped in the middle of a write, the poller finishes it and writes the rest before it ends."""
    sink = ListSink(lambda _count: time.sleep(0.3))
    devices = [Device(f"d{i}") for i in range(20)]
    last = poll([job(d, d.name, 0.1) for d in devices], sink, 0.75)[-1]
    kept = [(reading.device, reading.value) for reading in sink.kept]
    assert len(kept) == len(set(kept)) == last.sampled == last.spooled
    assert sink.writes < 8


def test_a_sink_that_is_away_gets_everything_later() -> None:
    """Readings wait in memory while the sink is away, and arrive once each and in order."""

    def fault(count: int) -> None:
        if count <= 2:
            message = "disk full"
            raise StoreAway(message)

    sink = ListSink(fault)
    device = Device("d")
    poll([job(device, "d", 0.1)], sink, 2.2)
    assert [reading.value for reading in sink.kept] == [float(i + 1) for i in range(len(device.asked_ns))]


def test_points_that_are_refused_do_not_hold_up_others() -> None:
    """Readings that can never be stored are counted out and the rest goes on."""

    def fault(count: int) -> None:
        if count == 1:
            message = "no such quantity"
            raise PointsRefused(message, [0])

    sink = ListSink(fault)
    last = poll([job(Device("d"), "d", 0.1)], sink, 0.8)[-1]
    assert last.sampled == last.spooled + 1
    assert len(sink.kept) == last.spooled > 2


@pytest.mark.parametrize("error", [StoreRefused("token"), KeyError("bug")])
def test_what_a_person_must_mend_ends_the_poller(error: Exception) -> None:
    """A sink that refuses us, or a bug, is not polled around."""

    def fault(_count: int) -> None:
        raise error

    async def go() -> None:
        poller = Poller([job(Device("d"), "d")], ListSink(fault), SystemClock(), lambda _status: None)
        with pytest.raises((BaseExceptionGroup, type(error))):
            await asyncio.wait_for(poller.run(), 5)

    asyncio.run(go())


def test_a_bug_in_a_source_ends_the_poller() -> None:
    """A source that raises what it should not is a bug, and the supervisor hears of it."""

    def behave(_count: int) -> None:
        message = "bug"
        raise ZeroDivisionError(message)

    async def go() -> None:
        poller = Poller([job(Device("d", behave), "d")], ListSink(), SystemClock(), lambda _status: None)
        with pytest.raises(BaseExceptionGroup) as caught:
            await asyncio.wait_for(poller.run(), 5)
        assert caught.group_contains(ZeroDivisionError)

    asyncio.run(go())


async def _swallow(begun: asyncio.Event) -> None:
    """Wait like a library that turns a cancelled read into an error of its own."""
    begun.set()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        raise DeviceAway("cancelled") from None


def test_a_library_that_swallows_the_end_does_not_keep_the_poller() -> None:
    """The poller ends when it is cancelled, whatever a source makes of the cancelled read."""

    async def ended() -> bool:
        begun = asyncio.Event()
        device = Device("d", lambda _count: _swallow(begun))
        job = Job(name="d", profile="p", source=device, interval_s=0.1, deadline_s=90.0)
        task = asyncio.create_task(Poller([job], ListSink(), SystemClock(), lambda _status: None).run())
        await asyncio.wait_for(begun.wait(), 10)
        task.cancel()
        done, _pending = await asyncio.wait({task}, timeout=5)
        return bool(done)

    assert asyncio.run(ended())
