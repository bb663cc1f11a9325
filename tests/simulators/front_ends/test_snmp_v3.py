"""An SNMP v3 agent: read by three clients, silent or plain about what is wrong, and not broken by anything."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.choice import make_engine
from collectors.snmp.engine import walk
from greendc.device import Credential
from greendc.errors import DeviceAway, DeviceRefused
from greendc.settings import Secret
from simulators.front_ends import ber
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_usm import DECRYPTIONS, DIGESTS, ENGINES, LEVELS, TIMES, USERS, User, Usm, localised
from tests.simulators.front_ends import still

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "1.3.6.1.2.1.1.5.0"
OUTLETS = "1.3.6.1.4.1.318.1.1.26.9.4.3.1"
USER = User(name="monitor", auth="a-long-passphrase", privacy="another-passphrase")


def _usm(protocol: str = "sha256", name: str = "pdu") -> Usm:
    return Usm(name, User(name=USER.name, auth=USER.auth, privacy=USER.privacy, auth_protocol=protocol))


def _credential(
    user: str = USER.name, auth: str = USER.auth, privacy: str = USER.privacy, protocol: str = "sha256"
) -> Credential:
    return Credential(
        kind="snmp-v3",
        user=user,
        auth_protocol=protocol,
        auth=Secret(auth),
        privacy_protocol="aes128",
        privacy=Secret(privacy),
    )


def test_keys_as_the_standard_has_them() -> None:
    """The worked example of RFC 3414, appendix A.3.2: ``maplesyrup`` at engine 2."""
    key = localised("maplesyrup", "sha1", bytes(11) + b"\x02")
    assert key.hex() == "6695febc9288e36282235fc7151f128497b38f3f"


async def _read(engine_name: str, protocol: str, port: int) -> tuple[object, int, bool]:
    engine = make_engine(engine_name, still.HOST, port, _credential(protocol=protocol), timeout_s=2.0)
    async with still.agents(_usm(protocol), {port: still.pdu()}):
        name = (await engine.get([NAME]))[NAME]
        found = await walk(engine, OUTLETS)
        await engine.close()
    return name, len(found.rows), found.complete


@pytest.mark.parametrize("protocol", ["sha", "sha256", "sha512"])
@pytest.mark.parametrize("engine", ["gufo", "pysnmp"])
def test_collectors_read_it(engine: str, protocol: str, free_udp_port: int) -> None:
    """Both engines of the collectors find the engine, its time, a value and a whole column."""
    assert asyncio.run(_read(engine, protocol, free_udp_port)) == ("pdu", 32, True)


async def _run(usm: Usm, port: int, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    async with still.agents(usm, {port: still.pdu()}):
        process = await asyncio.create_subprocess_exec(
            str(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode or 0, out.decode(), err.decode())


def _words(port: int, user: str = USER.name, auth: str = USER.auth, privacy: str = USER.privacy) -> list[str]:
    algorithms = ["-a", "SHA-256", "-x", "AES", "-l", "authPriv"]
    return ["-v3", "-u", user, "-A", auth, "-X", privacy, *algorithms, "-On", "-t", "1", "-r", "0", f"127.0.0.1:{port}"]


def test_net_snmp_reads_it(require_server: Callable[[str, str], Path], free_udp_port: int) -> None:
    """`snmpget` and `snmpwalk` read it; `snmpset` is refused."""
    program = require_server("snmpget", "snmp")
    words = _words(free_udp_port)
    got = asyncio.run(_run(_usm(), free_udp_port, program, *words, NAME))
    assert '"pdu"' in got.stdout, got.stderr
    walked = asyncio.run(_run(_usm(), free_udp_port, program.with_name("snmpbulkwalk"), *words, "1.3.6.1"))
    assert walked.stdout.count("\n") > 60
    assert "No more variables left" in walked.stdout
    told = asyncio.run(_run(_usm(), free_udp_port, program.with_name("snmpset"), *words, NAME, "s", "mine"))
    assert "notWritable" in told.stderr


@pytest.mark.parametrize(
    ("user", "auth", "privacy", "counter", "said"),
    [
        ("stranger", USER.auth, USER.privacy, USERS, "Unknown user name"),
        (USER.name, "wrong-passphrase", USER.privacy, DIGESTS, "Authentication failure"),
        (USER.name, USER.auth, "wrong-passphrase", DECRYPTIONS, "Decryption error"),
    ],
)
def test_what_is_wrong_is_reported(
    require_server: Callable[[str, str], Path],
    free_udp_port: int,
    user: str,
    auth: str,
    privacy: str,
    counter: int,
    said: str,
) -> None:
    """A wrong user or passphrase gets the report that belongs to it, and nothing else."""
    usm = _usm()
    words = _words(free_udp_port, user, auth, privacy)
    told = asyncio.run(_run(usm, free_udp_port, require_server("snmpget", "snmp"), *words, NAME))
    assert told.returncode != 0
    assert usm.counters[counter] == 1
    assert usm.counters[ENGINES] == 1
    assert said.lower() in (told.stderr + told.stdout).lower()


def test_a_lower_level_is_reported(require_server: Callable[[str, str], Path], free_udp_port: int) -> None:
    """Whoever leaves out encryption is told that this level is not supported; a v2c request gets no answer."""
    usm, port = _usm(), free_udp_port
    program = require_server("snmpget", "snmp")
    words = ["-v3", "-u", USER.name, "-a", "SHA-256", "-A", USER.auth, "-l", "authNoPriv", "-t", "1", "-r", "0"]
    told = asyncio.run(_run(usm, port, program, *words, f"127.0.0.1:{port}", NAME))
    assert told.returncode != 0
    assert usm.counters[LEVELS] == 1
    plain = ["-v2c", "-c", "public", "-t", "0.3", "-r", "0", f"127.0.0.1:{port}", NAME]
    assert "Timeout" in asyncio.run(_run(usm, port, program, *plain)).stderr


@pytest.mark.parametrize("engine", ["gufo", "pysnmp"])
def test_collectors_know_a_refusal(engine: str, free_udp_port: int) -> None:
    """A wrong passphrase is a refusal to the collectors, not a device that is away."""

    async def read() -> None:
        client = make_engine(engine, still.HOST, free_udp_port, _credential(auth="wrong-passphrase"), timeout_s=1.0)
        async with still.agents(_usm(), {free_udp_port: still.pdu()}):
            await client.get([NAME])

    with pytest.raises(DeviceRefused):
        asyncio.run(read())


@pytest.mark.parametrize("engine", ["gufo", "pysnmp"])
def test_an_agent_that_starts_again_is_read_on(engine: str, free_udp_port: int) -> None:
    """After a restart the engine's boots and time are new; a collector finds them again."""

    async def read() -> list[object]:
        client = make_engine(engine, still.HOST, free_udp_port, _credential(), timeout_s=1.0)
        said: list[object] = []
        for started_s in (1_780_000_000.0, 1_780_000_400.0):
            usm = Usm("pdu", USER, now_s=iter_clock(started_s))
            async with still.agents(usm, {free_udp_port: still.pdu()}):
                for _ in range(2):
                    with contextlib.suppress(DeviceAway):
                        said.append((await client.get([NAME]))[NAME])
        await client.close()
        return said

    said = asyncio.run(read())
    assert said[0] == said[-1] == "pdu"
    assert len(said) >= 3


def iter_clock(start_s: float) -> Callable[[], float]:
    """Return a clock that stands still after a start."""
    return lambda: start_s


def _request(usm: Usm, flags: int, user: bytes, digest: bytes, time_s: int) -> bytes:
    body = ber.pack(0xA0, ber.integer(7) + ber.integer(0) + ber.integer(0) + ber.pack(ber.SEQUENCE, b""))
    scoped = ber.pack(ber.SEQUENCE, ber.octets(usm.engine) + ber.octets(b"") + body)
    head = ber.integer(1) + ber.integer(1500) + ber.octets(bytes((flags,))) + ber.integer(3)
    place = ber.octets(usm.engine) + ber.integer(usm.boots) + ber.integer(time_s) + ber.octets(user)
    security = ber.pack(ber.SEQUENCE, place + ber.octets(digest) + ber.octets(bytes(8)))
    parts = ber.integer(3) + ber.pack(ber.SEQUENCE, head) + ber.octets(security) + scoped
    return ber.pack(ber.SEQUENCE, parts)


def test_nothing_is_reported_to_who_does_not_ask_for_it() -> None:
    """Without the reportable flag a bad message is counted and not answered."""
    usm = _usm()
    assert usm.open(_request(usm, 0, b"stranger", b"", 0)) is None
    assert isinstance(usm.open(_request(usm, 4, b"stranger", b"", 0)), bytes)
    assert usm.counters[USERS] == 2
    assert usm.counters[TIMES] == 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_datagram_breaks_an_agent(data: bytes) -> None:
    """Whatever arrives is answered, ignored, or refused as malformed; nothing else happens."""
    with contextlib.suppress(ber.BerError):
        SnmpAgent(_usm(), {}).respond(data)


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 255), st.sampled_from([0, 4, 7]), st.integers(-(2**40), 2**40))
def test_no_damaged_message_breaks_an_agent(position: int, octet: int, flags: int, time_s: int) -> None:
    """A good message with one changed octet, or with any time, does no harm either."""
    usm = _usm()
    data = bytearray(_request(usm, flags, USER.name.encode(), bytes(24), time_s))
    data[position % len(data)] = octet
    with contextlib.suppress(ber.BerError):
        SnmpAgent(usm, {}).respond(bytes(data))
