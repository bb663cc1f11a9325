"""The engine by gufo-snmp: a socket in Rust, one session per agent."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import gufo.snmp as gufo
from gufo.snmp.aio import SnmpSession

from collectors.snmp.engine import RequestFailed
from collectors.snmp.text import text
from greendc.errors import DeviceAway, DeviceRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from gufo.snmp.typing import ValueType

    from collectors.decode import Value
    from greendc.device import Credential

AUTHS: dict[str, Callable[[bytes], gufo.BaseAuthKey]] = {
    "md5": gufo.Md5Key,
    "sha": gufo.Sha1Key,
    "sha224": gufo.Sha224Key,
    "sha256": gufo.Sha256Key,
    "sha384": gufo.Sha384Key,
    "sha512": gufo.Sha512Key,
}
PRIVACIES: dict[str, Callable[[bytes], gufo.BasePrivKey]] = {
    "des": gufo.DesKey,
    "aes128": gufo.Aes128Key,
    "aes192": gufo.Aes192Key,
    "aes256": gufo.Aes256Key,
}
REFRESH_S = 100.0
"""An agent rejects v3 messages whose time is 150 s off (RFC 3414, 2.2.3), so the time is fetched again before that."""
V3_REPETITIONS = 8
"""gufo-snmp takes v3 messages of 1 500 bytes, and takes a tooBig for the end of the table: ask for little at once."""


class GufoEngine:
    """Talks SNMP v2c or v3 to one agent through gufo-snmp.

    A table that looks empty is asked for by GETNEXT too, since an error in reply to GETBULK looks the same. After a
    failure the next request uses a new socket: a late reply can then not be taken for the reply to another one.
    """

    def __init__(self, host: str, port: int, credential: Credential, *, timeout_s: float) -> None:
        self._host = host
        self._port = port
        self._credential = credential
        self._timeout_s = timeout_s
        self._session: SnmpSession | None = None
        self._used_s = 0.0

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """As `SnmpEngine.get`."""
        fresh = self._session is None
        try:
            session = await self._ready()
            got = await _get_many(session, oids)
        except (OSError, gufo.SnmpError) as error:
            self._session = None
            if isinstance(error, gufo.SnmpAuthError) and not fresh:
                # An agent that has started again rejects the old session's time: ask again in a new one.
                return await self.get(oids)
            raise self._translated(error) from error
        except asyncio.CancelledError:
            self._session = None
            raise
        return {oid: _value(got.get(oid)) for oid in oids}

    async def rows(self, base: str, repetitions: int) -> AsyncGenerator[tuple[str, Value]]:
        """As `SnmpEngine.rows`."""
        try:
            session = await self._ready()
            if self._credential.kind == "snmp-v3":
                repetitions = min(repetitions, V3_REPETITIONS)
            empty = True
            if repetitions > 1:
                async for oid, value in session.getbulk(base, repetitions):
                    empty = False
                    yield oid, _value(value)
            if empty:
                async for oid, value in session.getnext(base):
                    yield oid, _value(value)
        except (OSError, gufo.SnmpError) as error:
            self._session = None
            raise self._translated(error) from error
        except asyncio.CancelledError:
            self._session = None
            raise

    async def close(self) -> None:
        """As `SnmpEngine.close`."""
        self._session = None

    async def _ready(self) -> SnmpSession:
        now = time.monotonic()
        if self._session is None:
            self._session = SnmpSession(
                await _resolve(self._host, self._port),
                self._port,
                community=self._credential.community.reveal(),
                user=_user(self._credential),
                timeout=self._timeout_s,
            )
            await self._session.refresh()
        elif now - self._used_s > REFRESH_S:
            await self._session.refresh()
        self._used_s = now
        return self._session

    def _translated(self, error: Exception) -> Exception:
        where = f"{self._host}:{self._port}"
        if isinstance(error, gufo.SnmpAuthError):
            return DeviceRefused(f"{where} rejects the user or the keys: {error}")
        if isinstance(error, OSError):
            return DeviceAway(f"no answer from {where} within {self._timeout_s:g} s")
        return RequestFailed(f"{where}: {error}")


def supports(credential: Credential) -> bool:
    """Tell whether gufo-snmp knows the algorithms of a credential."""
    known = credential.auth_protocol in AUTHS and credential.privacy_protocol in PRIVACIES
    return credential.kind == "snmp-v2c" or known


async def _get_many(session: SnmpSession, oids: Sequence[str]) -> dict[str, ValueType]:
    """Return the objects that exist.

    gufo-snmp leaves out what does not exist, and gives nothing at all for a reply that says tooBig or genErr. So
    nothing at all is a failure, until a single object is left to ask for.

    Raises:
        gufo.SnmpError: the agent rejects the request, or seems to.
    """
    got = await session.get_many(oids)
    if got:
        return got
    if len(oids) > 1:
        raise gufo.SnmpError("an empty reply")
    try:
        return {oids[0]: await session.get(oids[0])}
    except gufo.NoSuchInstance:
        return {}


async def _resolve(host: str, port: int) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])


def _user(credential: Credential) -> gufo.User | None:
    if credential.kind != "snmp-v3":
        return None
    auth, privacy = credential.auth.reveal().encode(), credential.privacy.reveal().encode()
    return gufo.User(
        credential.user,
        auth_key=AUTHS[credential.auth_protocol](auth) if auth else None,
        priv_key=PRIVACIES[credential.privacy_protocol](privacy) if privacy else None,
    )


def _value(raw: ValueType) -> Value:
    return text(raw) if isinstance(raw, bytes) else raw
