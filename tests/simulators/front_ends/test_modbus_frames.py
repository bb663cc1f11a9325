"""Whatever frames a client sends, a gateway answers, stays silent or hangs up; it never breaks."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.profiles import Raw, profile
from simulators.devices.device import Device
from simulators.devices.sensors import SensorErrors
from simulators.devices.wiring.meters import iem3000
from simulators.front_ends.modbus_image import RegisterImage, octets
from simulators.front_ends.modbus_server import ModbusServer
from tests.simulators.front_ends import still

SERVER = ModbusServer(1, {1: still.meter("m1")})
GOOD = b"\x00\x05\x00\x00\x00\x06\x01\x03\x0b\xb7\x00\x02"


@given(st.binary(min_size=1, max_size=40))
def test_any_request_has_an_answer(request_pdu: bytes) -> None:
    """Each request is answered by its own function, or by an exception to it, in at most 253 octets."""
    unit = SERVER.unit(1)
    assert unit is not None
    answer = unit.answer(request_pdu)
    assert answer[0] in {request_pdu[0], request_pdu[0] | 0x80}
    assert 2 <= len(answer) <= 253


async def _sent(port: int, pieces: list[bytes]) -> bytes:
    server = ModbusServer(port, {1: still.meter("m1")})
    await server.start()
    reader, writer = await asyncio.open_connection(still.HOST, port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    answer = await asyncio.wait_for(reader.readexactly(26), 2)
    writer.close()
    await server.stop()
    return answer


@pytest.mark.parametrize("size", [1, 5, 11, 24])
def test_frames_in_pieces_and_together(size: int, free_port: int) -> None:
    """Two requests are two answers, however the bytes are cut."""
    both = GOOD + GOOD[:1] + b"\x06" + GOOD[2:]
    pieces = [both[i : i + size] for i in range(0, len(both), size)]
    answer = asyncio.run(_sent(free_port, pieces))
    assert answer[:13] == b"\x00\x05\x00\x00\x00\x07\x01\x03\x04\x43\x66\x00\x00"
    assert answer[13:] == b"\x00\x06" + answer[2:13]


@given(st.floats(-1e30, 1e30), st.sampled_from([Raw.INT64, Raw.UINT64]))
def test_the_largest_numbers_fit(value: float, raw: Raw) -> None:
    """A value at the very end of 64 bits, which no float holds exactly, still fits its registers."""
    low, high = (-(2.0**63), 2.0**63) if raw is Raw.INT64 else (0.0, 2.0**64)
    assert len(octets(raw, min(max(value, low), high), "ABCD")) == 8


def test_registers_follow_the_updates() -> None:
    """The octets change with the device's next update, and not before."""
    clock = still.Clock()
    shown = {"x.phase.current_a/0": 10.0}
    family, errors = profile("schneider-iem3000"), SensorErrors(update_ms=1000)
    device = Device("m", family, iem3000("x"), lambda signal: shown.get(signal, 0.0), errors, clock.now_s)
    image = RegisterImage(device)
    assert image.read(2999, 2) == octets(Raw.FLOAT32, 10.0, "ABCD")
    shown["x.phase.current_a/0"] = 20.0
    clock.time_s += 0.5
    assert image.read(2999, 2) == octets(Raw.FLOAT32, 10.0, "ABCD")
    clock.time_s += 1.0
    assert image.read(2999, 2) == octets(Raw.FLOAT32, 20.0, "ABCD")
    assert image.read(2998, 2) is None
