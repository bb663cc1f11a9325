"""net-snmp's snmpd for tests: on a free port of 127.0.0.1, with its own configuration and state."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from collectors.snmp.gufo import GufoEngine
from greendc.device import Credential
from greendc.errors import DeviceAway
from greendc.settings import Secret
from tests.servers import ServerProcess, free_port, require_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMMUNITY = "public-for-tests"
USER = "monitor"
AUTH = "authpassphrase"
PRIVACY = "privpassphrase"

V2C = Credential(kind="snmp-v2c", community=Secret(COMMUNITY))
V3 = Credential(
    kind="snmp-v3",
    user=USER,
    auth_protocol="sha256",
    auth=Secret(AUTH),
    privacy_protocol="aes128",
    privacy=Secret(PRIVACY),
)


def snmpd(folder: Path, extra: Sequence[str] = ()) -> tuple[ServerProcess, int]:
    """Return an agent, not yet started, and its UDP port.

    Args:
        folder: takes its configuration and state.
        extra: more lines of its configuration.
    """
    program = require_server("snmpd", "snmpd")
    port = free_port(socket.SOCK_DGRAM)
    lines = [
        f"agentaddress udp:127.0.0.1:{port}",
        f"rocommunity {COMMUNITY} 127.0.0.1",
        f"createUser {USER} SHA-256 {AUTH} AES {PRIVACY}",
        f"rouser {USER} priv",
        *extra,
    ]
    configuration = folder / "snmpd.conf"
    configuration.write_text("\n".join(lines) + "\n", "utf-8")
    server = ServerProcess(
        [program, "-f", "-Lo", "-C", "-c", configuration],
        ready=lambda: answers(port),
        env={"MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "state")},
    )
    return server, port


def answers(port: int, credential: Credential = V2C) -> bool:
    """Tell whether an SNMP agent answers on a UDP port of 127.0.0.1."""

    async def ask() -> bool:
        engine = GufoEngine("127.0.0.1", port, credential, timeout_s=0.2)
        try:
            await engine.get(["1.3.6.1.2.1.1.2.0"])
        except DeviceAway:
            return False
        finally:
            await engine.close()
        return True

    return asyncio.run(ask())
