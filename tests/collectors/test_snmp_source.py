"""An SNMP source: tiers, labels, partial answers, and this machine's own agent checked against psutil."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.decode import NO_ANSWER, NOT_SUPPORTED
from collectors.snmp.plan import plan
from collectors.snmp.rows import Answers, cells, part_of
from collectors.snmp.source import SnmpSource
from greendc.clock import ManualClock, SystemClock
from greendc.device import DeviceEntry
from greendc.errors import DeviceAway, DeviceRefused
from greendc.profiles import SLOW_EVERY, Point, Profile, profile
from tests.snmp_cases import recorded
from tests.snmp_memory import MemoryEngine
from tests.snmpd import V2C, V3, snmpd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collectors.decode import Value
    from greendc.device import Credential
    from greendc.model import Reading

PDU = recorded("apc-rpdu2", ["recording.snmprec"])
HOST = recorded("host-resources", ["recording.snmprec"])
POWER = "1.3.6.1.4.1.318.1.1.26.9.4.3.1.7"
RECEIVED = "1.3.6.1.2.1.31.1.1.1.6"
NAME = "1.3.6.1.2.1.31.1.1.1.1"


def source(engine: MemoryEngine, name: str = "apc-rpdu2") -> SnmpSource:
    """Return a source that reads from memory."""
    entry = DeviceEntry(name="d", profile=name, address="snmp://127.0.0.1")
    return SnmpSource(entry, V2C, profile(name), site="s", clock=ManualClock(9), engine=engine)


def reads(subject: SnmpSource, times: int = 1) -> list[list[Reading]]:
    """Read a source several times."""

    async def all_of_them() -> list[list[Reading]]:
        return [list(await subject.read()) for _ in range(times)]

    return asyncio.run(all_of_them())


def values(readings: Sequence[Reading]) -> dict[tuple[str, str], float | None]:
    """Return values by part and quantity."""
    return {(reading.part, reading.quantity): reading.value for reading in readings}


def test_slow_tier() -> None:
    """Points of the slow tier come with the first read and each tenth after it; all carry the clock's time."""
    rounds = reads(source(MemoryEngine(PDU)), 2 * SLOW_EVERY + 1)
    with_uptime = [i for i, readings in enumerate(rounds) if ("agent", "uptime_s") in values(readings)]
    assert with_uptime == [0, SLOW_EVERY, 2 * SLOW_EVERY]
    assert {reading.time_ns for readings in rounds for reading in readings} == {9}


def test_absent_scalar_is_asked_rarely() -> None:
    """A scalar that the agent lacks is one bad reading with the slow tier, and is not asked for in between."""
    objects = {oid: value for oid, value in HOST.items() if oid != "1.3.6.1.4.1.2021.11.11.0"}
    rounds = reads(source(MemoryEngine(objects), "host-resources"), SLOW_EVERY + 1)
    reasons = [
        [r.reason for r in readings if r.part == "" and r.quantity == "cpu_utilisation_ratio"] for readings in rounds
    ]
    assert reasons == [[NOT_SUPPORTED], *[[]] * (SLOW_EVERY - 1), [NOT_SUPPORTED]]


def test_label_of_a_new_row() -> None:
    """Labels are read again at once when a row appears, so that it never has a wrong name."""
    engine = MemoryEngine(HOST)
    subject = source(engine, "host-resources")
    reads(subject)
    before = engine.requests
    reads(subject)
    usual = engine.requests - before
    engine.objects = dict(MemoryEngine({**HOST, f"{RECEIVED}.9": 5, f"{NAME}.9": "eth9"}).objects)
    before = engine.requests
    found = values(reads(subject)[0])
    assert found["if/eth9", "network_received_by"] == 5
    assert engine.requests - before > usual


def test_lost_table_gives_parts_without_values() -> None:
    """When one column is not answered for, its known parts say so, and all other readings stay."""
    engine = MemoryEngine(PDU)
    subject = source(engine)
    [before] = reads(subject)
    engine.hanging = {POWER}
    [after] = reads(subject)
    lost = [reading for reading in after if reading.reason == NO_ANSWER]
    assert {(reading.part, reading.quantity) for reading in lost} == {
        (f"outlet/{i}", "active_power_w") for i in range(1, 25)
    }
    slow = {("agent", "uptime_s")}
    assert set(values(after)) == set(values(before)) - slow
    assert all(reading.value is not None for reading in after if reading not in lost)


def test_lost_scalar_gives_no_answer() -> None:
    """A scalar whose request fails is a reading without a value; the other scalars are there."""
    engine = MemoryEngine(PDU)
    engine.broken = {"1.3.6.1.4.1.318.1.1.26.4.3.1.5.1"}
    [found] = reads(source(engine))
    assert [(r.part, r.quantity) for r in found if r.reason == NO_ANSWER] == [("", "active_power_w")]


def test_agent_that_dies_in_between() -> None:
    """An agent that falls silent after the scalars is not waited for column by column."""
    engine = MemoryEngine(PDU)
    subject = source(engine)
    reads(subject)
    engine.hanging = set(plan(profile("apc-rpdu2").points).columns)
    before = engine.requests
    [found] = reads(subject)
    assert engine.requests - before <= 6
    assert sum(reading.reason == NO_ANSWER for reading in found) == 106


def test_away_and_refused() -> None:
    """No answer at all is `DeviceAway`; rejected credentials are `DeviceRefused`; later reads work again."""
    engine = MemoryEngine(PDU)
    subject = source(engine)
    engine.silent = True
    with pytest.raises(DeviceAway):
        reads(subject)
    engine.silent, engine.refusing = False, True
    with pytest.raises(DeviceRefused):
        reads(subject)
    engine.refusing = False
    assert len(reads(subject)[0]) == 112
    asyncio.run(subject.close())
    assert engine.closed


def test_table_without_scalars_and_without_answer() -> None:
    """A profile of tables only is away, too, when nothing is answered."""
    engine = MemoryEngine({})
    engine.silent = True
    points = [point for point in profile("apc-rpdu2").points if point.table]
    tables = Profile(
        schema=1, name="t", version=1, protocol="snmp", kind="pdu", maker="m", title="t", sources=["s"], points=points
    )
    entry = DeviceEntry(name="d", profile="t", address="snmp://127.0.0.1")
    subject = SnmpSource(entry, V2C, tables, site="s", clock=ManualClock(9), engine=engine)
    with pytest.raises(DeviceAway):
        reads(subject)


def test_trailing_zero_of_an_index() -> None:
    """Some agents end the index of a row in an extra `.0`; the part is the same."""
    point = Point(quantity="voltage_v", part="input/l{0}", table="1.3.1")
    assert [part_of(point, index, "") for index in ("2", "2.0")] == ["input/l2"] * 2


def test_large_host() -> None:
    """A host with 64 processors, 40 interfaces and no UCD-SNMP is read by a bounded number of requests."""
    load, link = "1.3.6.1.2.1.25.3.3.1.2", "1.3.6.1.2.1.2.2.1.8"
    objects: dict[str, Value] = {f"{load}.{196608 + i}": i for i in range(64)}
    for i in range(1, 41):
        objects |= {f"{NAME}.{i}": f"eth{i}", f"{RECEIVED}.{i}": i * 2**40, f"{link}.{i}": 1 + i % 2}
    engine = MemoryEngine(objects)
    (readings,) = reads(source(engine, "host-resources"))
    read = values(readings)
    assert read["cpu/196671", "cpu_utilisation_ratio"] == pytest.approx(0.63)
    assert read["if/eth40", "network_received_by"] == 40 * 2**40
    assert sum(reading.part.startswith(("cpu/", "if/")) for reading in readings) == 64 + 2 * 40
    assert {reading.reason for reading in readings if not reading.part} == {NOT_SUPPORTED}
    assert engine.requests < 40


@pytest.mark.parametrize(
    ("count", "second", "parts"),
    [(1, 0, {"l1"}), (1, None, {"l1"}), (1, -1, {"l1"}), (1, 230, {"l1", "l2"}), (0, 0, {"l1"}), (2, 0, {"l1", "l2"})],
)
def test_rows_that_do_not_exist(count: int, second: Value, parts: set[str]) -> None:
    """A row beyond the number of lines counts only if it says something; without that number every row counts."""
    table, lines = "1.3.6.1.4.1.1.1", "1.3.6.1.4.1.2.0"
    point = Point(quantity="voltage_v", part="l{0}", table=table, up_to=lines, missing=[-1])
    columns: dict[str, dict[str, Value]] = {table: {"1": 0, "2": second}}
    assert {cell.part for cell in cells(point, Answers(scalars={lines: count}, columns=columns))} == parts
    assert {cell.part for cell in cells(point, Answers(scalars={lines: None}, columns=columns))} == {"l1", "l2"}


def test_missing_companion() -> None:
    """A sum whose term is not there has no value, and says why."""
    point = Point(quantity="memory_used_by", oid="1.3.1.0", terms={"1.3.2.0": -1.0})
    answered: dict[str, Value] = {"1.3.1.0": 5}
    assert [cell.reason for cell in cells(point, Answers(scalars=answered))] == [NO_ANSWER]
    assert [cell.reason for cell in cells(point, Answers(scalars={**answered, "1.3.2.0": None}))] == [NOT_SUPPORTED]


@example({1: None, 2: 1})
@example({1: "a", 3: "a", 2: "a.1"})
@given(st.dictionaries(st.integers(1, 40), st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=12))
def test_every_row_is_one_cell(rows: dict[int, Value]) -> None:
    """Whatever labels an agent gives, each row of a table is one cell with a part of its own."""
    point = Point(quantity="voltage_v", part="x/{label}", table="1.3.1", label="1.3.2")
    labels = {str(index): label for index, label in rows.items()}
    answers = Answers(columns={"1.3.1": dict.fromkeys(labels, 1), "1.3.2": labels})
    assert len({cell.part for cell in cells(point, answers)}) == len(rows)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
@pytest.mark.parametrize("credential", [V2C, V3], ids=["v2c", "v3"])
def test_this_machine(tmp_path: Path, name: str, credential: Credential) -> None:
    """This machine's own agent agrees with psutil about memory, disks, traffic, processors and uptime."""
    server, port = snmpd(tmp_path)
    entry = DeviceEntry(name="me", profile="host-resources", address=f"snmp://127.0.0.1:{port}", engine=name)

    async def read_once() -> list[Reading]:
        subject = SnmpSource(entry, credential, profile("host-resources"), site="s", clock=SystemClock())
        try:
            return list(await subject.read())
        finally:
            await subject.close()

    with server:
        before = psutil.net_io_counters(pernic=True, nowrap=False)
        found = values(asyncio.run(read_once()))
        after = psutil.net_io_counters(pernic=True, nowrap=False)
    memory = psutil.virtual_memory()
    assert found["", "memory_total_by"] == pytest.approx(memory.total, rel=0.01)
    assert found["", "memory_available_by"] == pytest.approx(memory.available, rel=0.1)
    assert found["fs//", "filesystem_total_by"] == pytest.approx(psutil.disk_usage("/").total, rel=0.1)
    received = found["if/lo", "network_received_by"]
    assert received is not None
    # snmpd keeps its interface table for some seconds.
    assert before["lo"].bytes_recv - 50_000_000 <= received <= after["lo"].bytes_recv
    cores = [
        value for (part, key), value in found.items() if part.startswith("cpu/") and key == "cpu_utilisation_ratio"
    ]
    # snmpd knows the load of its processors after its first minute only.
    assert len(cores) in {0, psutil.cpu_count()}
    assert all(value is not None and 0 <= value <= 1 for value in cores)
    assert found["", "uptime_s"] == pytest.approx(time.time() - psutil.boot_time(), abs=60)
    assert found["", "load_average_1"] == pytest.approx(psutil.getloadavg()[0], abs=2)
    assert found["if/lo", "link_state"] == 1
