"""Modbus devices read over real sockets: what is read, what is refused, what is silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus.line import ExceptionReply, ModbusLine
from collectors.modbus.source import ModbusSource
from greendc.clock import ManualClock
from greendc.device import DeviceEntry
from greendc.errors import DeviceAway, DeviceRefused
from greendc.profiles import SLOW_EVERY, ModbusMap, Point, Profile, Raw
from tests.collectors.modbus_peer import Peer, exception_pdu, registers, silent, words_pdu

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from greendc.model import Reading

FAST_S = 0.15


def family(*points: Point) -> Profile:
    """Return a profile of these points."""
    return Profile(
        schema=1,
        name="test-family",
        version=1,
        protocol="modbus",
        kind="meter",
        maker="test",
        title="test",
        sources=["test"],
        points=list(points),
        modbus=ModbusMap(function=3),
    )


def power(register: int, part: str, tier: str = "normal") -> Point:
    """Return a 16-bit point in watts."""
    return Point(
        quantity="active_power_w", part=part, register=register, raw=Raw.UINT16, unit="W", tier=tier, missing=[65535]
    )


THREE = family(power(0, "a"), power(1, "b"), power(2, "c"))


@contextlib.asynccontextmanager
async def source_of(
    port: int, profile: Profile, unit: int = 1, line: ModbusLine | None = None
) -> AsyncIterator[ModbusSource]:
    """Yield a source of one unit, and close its line."""
    entry = DeviceEntry(
        name=f"unit-{unit}", profile=profile.name, address=f"modbus://127.0.0.1:{port}?unit={unit}", timeout_s=FAST_S
    )
    own = line or ModbusLine("127.0.0.1", port)
    try:
        yield ModbusSource(entry, profile, site="lab", clock=ManualClock(1_000_000_000), line=own)
    finally:
        await own.close()


def found(readings: object) -> dict[str, float | str | None]:
    """Return value, or reason, by part."""
    rows: list[Reading] = list(readings)  # type: ignore[call-overload] # read() is typed by the contract only
    return {row.part: row.reason or row.value for row in rows}


def run_with_peer(units: dict[int, Callable[[int, int, int], bytes | None]], work: Callable[[Peer], object]) -> None:
    """Run an async test against a gateway."""

    async def go() -> None:
        async with Peer(units) as peer:
            await work(peer)  # type: ignore[misc] # each test hands in its own coroutine function

    asyncio.run(go())


def test_reads_a_block_in_one_request() -> None:
    """Neighbouring points come by one request, with values, part and time."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, THREE) as source:
            readings = await source.read()
        assert found(readings) == {"a": 10.0, "b": 20.0, "c": "not_available"}
        assert {row.time_ns for row in readings} == {1_000_000_000}
        assert {(row.site, row.device) for row in readings} == {("lab", "unit-1")}
        assert peer.requests == [(1, 3, 0, 3)]

    run_with_peer({1: registers({0: 10, 1: 20, 2: 65535})}, work)


def test_a_scale_factor_is_read_with_its_value() -> None:
    """Value and factor come by one request; without a factor the value is unknown, and the others stay."""
    scaled = [msgspec.structs.replace(power(at, part), sf=at + 1) for at, part in ((0, "a"), (2, "b"))]
    image = {0: 230, 1: 1, 2: 230, 3: 0x8000}

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, family(*scaled)) as source:
            assert found(await source.read()) == {"a": 2300.0, "b": "not_available"}
        assert peer.requests == [(1, 3, 0, 4)]

    run_with_peer({1: registers(image)}, work)


def test_finds_and_remembers_what_does_not_exist() -> None:
    """One register that is not there costs a few requests once, and its neighbours nothing."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, family(*(power(i, f"p{i}") for i in range(8)))) as source:
            first = found(await source.read())
            asked = len(peer.requests)
            second = found(await source.read())
        assert first == {f"p{i}": "not_supported" if i == 5 else 100.0 + i for i in range(8)}
        assert second == {f"p{i}": 100.0 + i for i in range(8) if i != 5}
        assert asked == 7
        assert all(not start <= 5 < start + count for _, _, start, count in peer.requests[asked:])
        assert len(peer.requests) - asked == 3

    run_with_peer({1: registers({i: 100 + i for i in range(8) if i != 5})}, work)


def test_a_hole_that_may_not_be_read_is_read_around() -> None:
    """Registers between two points that the device refuses cost no point."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, family(power(0, "a"), power(9, "b"))) as source:
            assert found(await source.read()) == {"a": 1.0, "b": 2.0}
            await source.read()
        assert peer.requests == [(1, 3, 0, 10), (1, 3, 0, 1), (1, 3, 9, 1), (1, 3, 0, 1), (1, 3, 9, 1)]

    run_with_peer({1: registers({0: 1, 9: 2})}, work)


def test_unsupported_points_are_told_again_with_the_slow_tier() -> None:
    """Slow points, and word of what does not exist, come each tenth time."""

    async def work(peer: Peer) -> None:
        profile = family(power(0, "fast"), power(50, "slow", tier="slow"), power(90, "gone"))
        async with source_of(peer.port, profile) as source:
            rounds = [found(await source.read()) for _ in range(SLOW_EVERY + 1)]
        full = {"fast": 1.0, "slow": 2.0, "gone": "not_supported"}
        assert rounds[0] == full
        assert rounds[1:SLOW_EVERY] == [{"fast": 1.0}] * (SLOW_EVERY - 1)
        assert rounds[SLOW_EVERY] == full

    run_with_peer({1: registers({0: 1, 50: 2})}, work)


@pytest.mark.parametrize(("code", "reason"), [(4, "device_failure"), (5, "busy"), (6, "busy"), (8, "device_failure")])
def test_a_failing_block_costs_its_own_points_for_now(code: int, reason: str) -> None:
    """Busy and failure are said for the points concerned; the next read asks again."""
    fails = [True]

    def unit(function: int, start: int, count: int) -> bytes:
        if start == 100 and fails[0]:
            return exception_pdu(function, code)
        return words_pdu(function, [7] * count)

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, family(power(0, "a"), power(100, "b"))) as source:
            assert found(await source.read()) == {"a": 7.0, "b": reason}
            fails[0] = False
            assert found(await source.read()) == {"a": 7.0, "b": 7.0}

    run_with_peer({1: unit}, work)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1, DeviceRefused),
        (2, DeviceRefused),
        (3, DeviceRefused),
        (4, DeviceRefused),
        (6, DeviceRefused),
        (9, DeviceRefused),
        (10, DeviceAway),
        (11, DeviceAway),
    ],
)
def test_a_device_that_only_refuses(code: int, error: type[Exception]) -> None:
    """Nothing but exceptions is no set of readings: the device refuses, or the gateway does not reach it."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, THREE) as source:
            with pytest.raises(error):
                await source.read()
        assert peer.connections == 1

    run_with_peer({1: lambda function, _start, _count: exception_pdu(function, code)}, work)


def test_missing_registers_are_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """A device of another family is asked again and again; what it lacks stands in the log once."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, THREE) as source:
            for _ in range(3):
                with pytest.raises(DeviceRefused):
                    await source.read()

    with caplog.at_level(logging.INFO, "greendc.modbus"):
        run_with_peer({1: lambda function, _start, _count: exception_pdu(function, 2)}, work)
    assert len([record for record in caplog.records if "has no register" in record.getMessage()]) == 3


def test_partial_results_are_kept() -> None:
    """A device that falls silent half way gives what it had said, and says of the rest that no answer came."""

    def unit(function: int, start: int, count: int) -> bytes | None:
        return None if start == 100 else words_pdu(function, [7] * count)

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, family(power(0, "a"), power(100, "b"), power(200, "c"))) as source:
            assert found(await source.read()) == {"a": 7.0, "b": "no_answer", "c": "no_answer"}

    run_with_peer({1: unit}, work)


def test_a_silent_unit_costs_its_neighbours_little() -> None:
    """Behind one gateway, a dead unit may use a fifth of the line at most; the others are read all the time."""
    alive = registers({0: 1, 1: 2, 2: 3})

    async def work(peer: Peer) -> None:
        line = ModbusLine("127.0.0.1", peer.port)
        good = 0
        async with source_of(peer.port, THREE, 1, line) as dead, source_of(peer.port, THREE, 2, line) as well:
            until = time.monotonic() + 8 * FAST_S
            while time.monotonic() < until:
                with contextlib.suppress(DeviceAway):
                    await dead.read()
                good += len(await well.read()) == 3
                await asyncio.sleep(0.01)
        asked = sum(1 for unit, *_ in peer.requests if unit == 1)
        assert 1 <= asked <= 2
        assert good > 20

    run_with_peer({1: silent, 2: alive}, work)


def test_nothing_listens_and_comes_back() -> None:
    """A refused connection is an absent device; when the port opens, reading goes on by itself."""

    async def go() -> None:
        peer = Peer({1: registers({0: 1, 1: 2, 2: 3})})
        async with peer:
            pass
        async with source_of(peer.port, THREE) as source:
            with pytest.raises(DeviceAway, match="no connection"):
                await source.read()
            with pytest.raises(DeviceAway, match="a moment ago"):
                await source.read()
            async with peer:
                await asyncio.sleep(FAST_S * 1.2)
                assert found(await source.read()) == {"a": 1.0, "b": 2.0, "c": 3.0}

    asyncio.run(go())


def test_a_late_reply_is_never_taken_for_another() -> None:
    """After a timeout the connection is dropped, so that the reply of then does not answer the question of now."""
    value = [111]

    async def work(peer: Peer) -> None:
        line = ModbusLine("127.0.0.1", peer.port)
        peer.delay_s = FAST_S * 1.5
        with pytest.raises(DeviceAway, match="no answer"):
            await line.read(1, 3, 0, 1, timeout_s=FAST_S)
        peer.delay_s = 0.0
        value[0] = 222
        assert await line.read(2, 3, 0, 1, timeout_s=FAST_S) == [222]
        assert peer.connections == 2
        await line.close()

    def unit(function: int, _start: int, _count: int) -> bytes:
        return words_pdu(function, [value[0]])

    run_with_peer({1: unit, 2: unit}, work)


@pytest.mark.parametrize(
    "mangle",
    [
        lambda frame: frame[:6] + bytes([9]) + frame[7:],
        lambda frame: bytes([frame[0] ^ 1]) + frame[1:],
        lambda frame: frame[:-2],
        lambda frame: frame[:5] + bytes([frame[5] - 2]) + frame[6:8] + bytes([frame[8] - 2]) + frame[9:-2],
        lambda frame: frame[:2] + b"\x00\x07" + frame[4:],
        lambda frame: frame[:7] + bytes([4]) + frame[8:],
        lambda _frame: b"\xff" * 40,
        lambda _frame: b"",
    ],
    ids=["unit", "transaction", "truncated", "fewer-words", "protocol", "function", "garbage", "nothing"],
)
def test_an_answer_that_does_not_fit_is_no_answer(mangle: Callable[[bytes], bytes]) -> None:
    """Foreign, short and broken frames give no reading at all, and the next good one does."""

    async def work(peer: Peer) -> None:
        async with source_of(peer.port, THREE) as source:
            peer.mangle = mangle
            with pytest.raises(DeviceAway):
                await source.read()
            peer.mangle = bytes
            await asyncio.sleep(FAST_S * 4.2)
            assert found(await source.read()) == {"a": 1.0, "b": 2.0, "c": 3.0}

    run_with_peer({1: registers({0: 1, 1: 2, 2: 3})}, work)


def test_a_cancelled_read_leaves_the_line_clean() -> None:
    """Who gives up early does not disturb the conversation: the call runs to its end, the next read is right."""

    async def work(peer: Peer) -> None:
        line = ModbusLine("127.0.0.1", peer.port)
        peer.delay_s = 0.08
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await line.read(1, 3, 0, 1, timeout_s=1.0)
        assert await line.read(1, 3, 1, 1, timeout_s=1.0) == [2]
        assert peer.connections == 1
        await line.close()

    run_with_peer({1: registers({0: 1, 1: 2})}, work)


@pytest.mark.parametrize("function", [1, 2, 5, 6, 15, 16, 22, 23])
def test_the_line_cannot_write(function: int) -> None:
    """Every function but the two that read registers is refused before anything is sent."""

    async def work(peer: Peer) -> None:
        line = ModbusLine("127.0.0.1", peer.port)
        with pytest.raises(ValueError, match="not a read"):
            await line.read(1, function, 0, 1, timeout_s=FAST_S)
        assert peer.connections == 0

    run_with_peer({}, work)


def test_units_take_turns() -> None:
    """Requests of many units are served in the order in which they were asked, one at a time."""

    async def work(peer: Peer) -> None:
        line = ModbusLine("127.0.0.1", peer.port)
        asked = [(unit, block) for block in range(3) for unit in (1, 2, 3)]
        await asyncio.gather(*(line.read(unit, 3, block, 1, timeout_s=FAST_S) for unit, block in asked))
        assert [(unit, start) for unit, _, start, _ in peer.requests] == asked
        assert peer.connections == 1
        await line.close()

    run_with_peer({unit: registers(dict.fromkeys(range(3), 1)) for unit in (1, 2, 3)}, work)


def test_against_the_library_s_own_server(free_port: int) -> None:
    """The same source reads pymodbus' server: registers, a hole that it refuses, an exception on demand."""
    busy = [False]

    async def action(*_args: object) -> ExcCodes | None:
        return ExcCodes.DEVICE_BUSY if busy[0] else None

    async def go() -> None:
        device = SimDevice(
            id=1,
            simdata=[
                SimData(address=0, values=[230, 231], datatype=DataType.REGISTERS),
                SimData(address=4, values=[50], datatype=DataType.REGISTERS),
            ],
            action=action,
        )
        server = ModbusTcpServer([device], address=("127.0.0.1", free_port))
        await server.serve_forever(background=True)
        profile = family(power(0, "a"), power(1, "b"), power(4, "c"), power(6, "d"))
        async with source_of(free_port, profile) as source:
            assert found(await source.read()) == {"a": 230.0, "b": 231.0, "c": 50.0, "d": "not_supported"}
            busy[0] = True
            with pytest.raises(ExceptionReply) as refused:
                await source.read()
            assert refused.value.code == 6
        await server.shutdown()  # type: ignore[no-untyped-call] # the library leaves it untyped
        await asyncio.sleep(0)

    asyncio.run(go())


def test_a_profile_of_another_protocol_is_an_error() -> None:
    """A source needs the Modbus table of its profile."""
    profile = Profile(
        schema=1, name="x", version=1, protocol="snmp", kind="x", maker="x", title="x", sources=["x"], points=[]
    )

    async def go() -> None:
        with pytest.raises(ValueError, match="not for Modbus"):
            async with source_of(1, profile):
                pass

    asyncio.run(go())
