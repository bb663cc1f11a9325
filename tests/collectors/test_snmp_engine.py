"""One contract for every SNMP engine: gufo-snmp and pysnmp against net-snmp's snmpd, and the fake."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from collectors.snmp.choice import make_engine
from collectors.snmp.engine import get_all, walk
from collectors.snmp.text import text
from greendc.errors import ConfigError, DeviceAway, DeviceRefused
from greendc.settings import Secret
from tests.servers import free_port
from tests.snmp_memory import MemoryEngine
from tests.snmpd import V2C, V3, snmpd

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from collectors.decode import Value
    from collectors.snmp.engine import SnmpEngine
    from greendc.device import Credential

BASE = "1.3.6.1.4.1.99999"
NUMBERS = {f"{BASE}.1.1.{i}": i * 10 for i in range(1, 31)}
NAMES = {f"{BASE}.1.2.{i}": f"name {i}" for i in range(1, 31)}
LONG = {f"{BASE}.2.{i}.0": "x" * 1200 for i in range(1, 61)}
OBJECTS: dict[str, Value] = {
    **NUMBERS,
    **NAMES,
    **LONG,
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
    "1.3.6.1.2.1.1.5.0": "contract",
}
LINES = [
    "sysName contract",
    *(f"override {oid} integer {value}" for oid, value in NUMBERS.items()),
    *(f'override {oid} octet_str "{value}"' for oid, value in {**NAMES, **LONG}.items()),
]
WRONG_COMMUNITY = msgspec.structs.replace(V2C, community=Secret("wrong"))
WRONG_KEY = msgspec.structs.replace(V3, auth=Secret("not the passphrase"))
WRONG_USER = msgspec.structs.replace(V3, user="nobody")
KINDS = ["gufo v2c", "gufo v3", "pysnmp v2c", "pysnmp v3", "memory"]


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run snmpd with the objects of the contract; give its port."""
    server, port = snmpd(tmp_path_factory.mktemp("snmpd"), LINES)
    with server:
        yield port


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[], SnmpEngine]:
    """Return a function that makes an engine of each kind."""
    kind = str(request.param)
    if kind == "memory":
        return lambda: MemoryEngine(OBJECTS)
    port = int(request.getfixturevalue("agent"))
    name, version = kind.split()
    return lambda: real(name, port, V3 if version == "v3" else V2C)


def real(name: str, port: int, credential: Credential, timeout_s: float = 1.0) -> SnmpEngine:
    """Return a real engine for an agent on this machine."""
    return make_engine(name, "127.0.0.1", port, credential, timeout_s=timeout_s)


def run(engine: SnmpEngine, work: Callable[[SnmpEngine], Coroutine[object, object, None]]) -> None:
    """Run some work with an engine, close it, and see that no task is left behind."""

    async def all_of_it() -> None:
        try:
            await work(engine)
        finally:
            await engine.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(all_of_it())


def test_get(make: Callable[[], SnmpEngine]) -> None:
    """Integers, texts and OIDs come as int, str and str; what does not exist is None."""

    async def work(engine: SnmpEngine) -> None:
        missing = f"{BASE}.9.0"
        oids = [f"{BASE}.1.1.3", "1.3.6.1.2.1.1.5.0", missing, "1.3.6.1.2.1.1.2.0"]
        assert await engine.get(oids) == {
            f"{BASE}.1.1.3": 30,
            "1.3.6.1.2.1.1.5.0": "contract",
            missing: None,
            "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
        }

    run(make(), work)


@pytest.mark.parametrize("repetitions", [1, 7, 20])
def test_walk(make: Callable[[], SnmpEngine], repetitions: int) -> None:
    """A walk gives a column in order and nothing of its neighbour, by GETNEXT and by GETBULK."""

    async def work(engine: SnmpEngine) -> None:
        column = await walk(engine, f"{BASE}.1.1", repetitions=repetitions)
        assert column.complete
        assert list(column.rows.items()) == list(NUMBERS.items())

    run(make(), work)


def test_walk_of_nothing(make: Callable[[], SnmpEngine]) -> None:
    """A table that the agent does not have is empty and complete."""

    async def work(engine: SnmpEngine) -> None:
        nothing = await walk(engine, f"{BASE}.7")
        assert (nothing.rows, nothing.complete) == ({}, True)

    run(make(), work)


def test_replies_that_are_too_big(make: Callable[[], SnmpEngine]) -> None:
    """Sixty objects of 1 200 bytes do not fit into any reply; smaller requests bring every one of them."""

    async def work(engine: SnmpEngine) -> None:
        assert await get_all(engine, list(LONG), size=60) == LONG
        assert (await walk(engine, f"{BASE}.2")).rows == LONG

    run(make(), work)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
@pytest.mark.parametrize(
    ("credential", "error"),
    [(WRONG_COMMUNITY, DeviceAway), (WRONG_KEY, DeviceRefused), (WRONG_USER, DeviceRefused)],
    ids=["community", "key", "user"],
)
def test_wrong_credentials(agent: int, name: str, credential: Credential, error: type[Exception]) -> None:
    """An agent ignores a wrong community, and rejects a wrong v3 user or key at once."""

    async def work(engine: SnmpEngine) -> None:
        with pytest.raises(error):
            await engine.get(["1.3.6.1.2.1.1.5.0"])

    run(real(name, agent, credential, timeout_s=0.3), work)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
@pytest.mark.parametrize("credential", [V2C, V3], ids=["v2c", "v3"])
def test_nobody_there(name: str, credential: Credential) -> None:
    """Without an agent a read ends with `DeviceAway` after a few time limits, not later."""

    async def work(engine: SnmpEngine) -> None:
        started = time.monotonic()
        with pytest.raises(DeviceAway):
            await get_all(engine, ["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.2.0"])
        assert time.monotonic() - started < 8

    run(real(name, free_port(), credential, timeout_s=0.2), work)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
def test_a_name_that_does_not_resolve(name: str) -> None:
    """A host name that nobody knows is a device that is away."""

    async def work(engine: SnmpEngine) -> None:
        with pytest.raises(DeviceAway):
            await engine.get(["1.3.6.1.2.1.1.5.0"])

    run(make_engine(name, "no-such-host.invalid", 161, V2C, timeout_s=0.2), work)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
def test_cancelled(agent: int, name: str) -> None:
    """A request that is cancelled leaves nothing behind, and the engine goes on working."""

    async def work(engine: SnmpEngine) -> None:
        for _ in range(3):
            waiting = asyncio.create_task(engine.get([f"{BASE}.1.1.1"]))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert await engine.get([f"{BASE}.1.1.2"]) == {f"{BASE}.1.1.2": 20}

    run(real(name, agent, V2C), work)


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
@pytest.mark.parametrize("credential", [V2C, V3], ids=["v2c", "v3"])
def test_agent_starts_again(tmp_path: Path, name: str, credential: Credential) -> None:
    """An agent that was killed and started again is read on, v3 with its new boots and time included."""
    server, port = snmpd(tmp_path, LINES)

    async def work(engine: SnmpEngine) -> None:
        assert await get_all(engine, [f"{BASE}.1.1.1"]) == {f"{BASE}.1.1.1": 10}
        server.kill()
        await asyncio.to_thread(server.start)
        assert await get_all(engine, [f"{BASE}.1.1.1"]) == {f"{BASE}.1.1.1": 10}

    with server:
        run(real(name, port, credential, timeout_s=0.5), work)


def test_one_bad_object_costs_only_itself() -> None:
    """Requests that fail are halved until only the object that fails is left out."""
    engine = MemoryEngine(NUMBERS)
    engine.broken = {f"{BASE}.1.1.7", f"{BASE}.1.1.30"}
    found = asyncio.run(get_all(engine, list(NUMBERS)))
    assert NUMBERS.keys() - found.keys() == engine.broken


def test_one_hanging_object_costs_few_others() -> None:
    """An object that makes the agent silent costs at most a piece of its request."""
    engine = MemoryEngine(NUMBERS)
    engine.hanging = {f"{BASE}.1.1.28"}
    found = asyncio.run(get_all(engine, list(NUMBERS)))
    assert len(NUMBERS) - len(found) <= 3


def test_silent_agent_costs_three_requests() -> None:
    """A dead agent is given up after three requests, however many objects are wanted."""
    engine = MemoryEngine(NUMBERS)
    engine.silent = True
    with pytest.raises(DeviceAway):
        asyncio.run(get_all(engine, list(NUMBERS)))
    assert engine.requests == 3


def test_bulk_shrinks_down_to_getnext() -> None:
    """An agent that cannot answer GETBULK is walked by GETNEXT."""
    engine = MemoryEngine(NUMBERS)
    engine.largest = 1
    result = asyncio.run(walk(engine, f"{BASE}.1.1"))
    assert (result.rows, result.complete) == (NUMBERS, True)


def test_oids_that_do_not_increase() -> None:
    """A walk that goes round in circles ends, keeps its rows, and says that it is not complete."""
    engine = MemoryEngine(NUMBERS)
    engine.looping = True
    result = asyncio.run(walk(engine, f"{BASE}.1.1"))
    assert (result.rows, result.complete) == (NUMBERS, False)


def test_rows_before_a_fault_are_kept() -> None:
    """When an agent falls silent in the middle of a walk, the rows before it are kept."""
    engine = MemoryEngine(NUMBERS)
    engine.hanging = {f"{BASE}.1.1.20"}
    result = asyncio.run(walk(engine, f"{BASE}.1.1"))
    assert len(result.rows) == 20
    assert not result.complete


def test_unknown_engine_and_algorithm() -> None:
    """An engine or an algorithm that does not exist is a mistake in the configuration."""
    with pytest.raises(ConfigError, match="netsnmp"):
        real("netsnmp", 161, V2C)
    with pytest.raises(ConfigError, match="rot13"):
        real("", 161, msgspec.structs.replace(V3, auth_protocol="rot13"))


def test_algorithms_that_gufo_lacks() -> None:
    """A credential that the fast engine cannot serve is served by pysnmp."""
    engine = real("", 161, msgspec.structs.replace(V3, privacy_protocol="3des"))
    assert type(engine).__name__ == "PysnmpEngine"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"Rack 01\x00\x00", "Rack 01"),
        ("温度".encode(), "温度"),
        ("温度".encode("gb18030"), "温度"),
        (b"\x00\x1b\x21\xff", "001b21ff"),
        (b"", ""),
    ],
)
def test_text(octets: bytes, said: str) -> None:
    """Octets are UTF-8, else GB 18030, else shown as hexadecimal digits."""
    assert text(octets) == said
