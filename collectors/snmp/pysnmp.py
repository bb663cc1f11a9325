"""The engine by pysnmp: pure Python, for algorithms and agents that the fast one cannot serve.

pysnmp's own engine is heavy, so one is shared by all agents of an event loop. SNMP v3 users with other keys get another
one, because pysnmp keeps a user's keys by name only.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pyasn1.type import univ
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as hlapi
from pysnmp.proto import errind, rfc1902, rfc1905

from collectors.snmp.engine import RequestFailed, below
from collectors.snmp.text import text
from greendc.errors import DeviceAway, DeviceRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Sequence

    from collectors.decode import Value
    from greendc.device import Credential

    Bindings = Sequence[tuple[object, object]]
    Answer = tuple[object, int | None, object, Bindings]

AUTHS = {
    "md5": hlapi.USM_AUTH_HMAC96_MD5,
    "sha": hlapi.USM_AUTH_HMAC96_SHA,
    "sha224": hlapi.USM_AUTH_HMAC128_SHA224,
    "sha256": hlapi.USM_AUTH_HMAC192_SHA256,
    "sha384": hlapi.USM_AUTH_HMAC256_SHA384,
    "sha512": hlapi.USM_AUTH_HMAC384_SHA512,
}
PRIVACIES = {
    "des": hlapi.USM_PRIV_CBC56_DES,
    "3des": hlapi.USM_PRIV_CBC168_3DES,
    "aes128": hlapi.USM_PRIV_CFB128_AES,
    "aes192": hlapi.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": hlapi.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192c": hlapi.USM_PRIV_CFB192_AES,
    "aes256c": hlapi.USM_PRIV_CFB256_AES,
}
REFUSALS = (
    errind.UnknownUserName,
    errind.WrongDigest,
    errind.AuthenticationFailure,
    errind.AuthenticationError,
    errind.UnknownCommunityName,
    errind.UnsupportedSecurityLevel,
    errind.UnsupportedAuthProtocol,
    errind.UnsupportedPrivProtocol,
    errind.DecryptionError,
    errind.NoAccessEntry,
)
GRACE_S = 2.0
"""pysnmp counts time in steps of half a second; this long after the time limit its own count must have run out."""


class _Shared:
    """A pysnmp engine and how many agents use it."""

    def __init__(self) -> None:
        self.engine = hlapi.SnmpEngine()
        self.users = 0


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Shared]] = WeakKeyDictionary()


class PysnmpEngine:
    """Talks SNMP v2c or v3 to one agent through pysnmp."""

    def __init__(self, host: str, port: int, credential: Credential, *, timeout_s: float) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._key = _sharing(credential)
        self._auth = _auth(credential)
        self._context = hlapi.ContextData()
        self._target: hlapi.UdpTransportTarget | None = None
        self._hold: _Shared | None = None

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """As `SnmpEngine.get`."""
        hold, target = await self._ready()
        asked = [hlapi.ObjectType(hlapi.ObjectIdentity(oid)) for oid in oids]
        call = hlapi.get_cmd(hold.engine, self._auth, target, self._context, *asked, lookupMib=False)
        bindings = await self._answer(call)
        return {oid: _value(value) for oid, (_, value) in zip(oids, bindings, strict=False)}

    async def rows(self, base: str, repetitions: int) -> AsyncGenerator[tuple[str, Value]]:
        """As `SnmpEngine.rows`."""
        hold, target = await self._ready()
        last = base
        while True:
            asked = hlapi.ObjectType(hlapi.ObjectIdentity(last))
            if repetitions == 1:
                call = hlapi.next_cmd(hold.engine, self._auth, target, self._context, asked, lookupMib=False)
            else:
                call = hlapi.bulk_cmd(
                    hold.engine, self._auth, target, self._context, 0, repetitions, asked, lookupMib=False
                )
            bindings = await self._answer(call)
            for name, value in bindings:
                last = str(name)
                if not below(last, base) or isinstance(value, rfc1905.EndOfMibView):
                    return
                yield last, _value(value)
            if not bindings:
                return

    async def close(self) -> None:
        """As `SnmpEngine.close`."""
        self._release()

    def _release(self) -> None:
        hold, self._hold = self._hold, None
        if hold is None:
            return
        hold.users -= 1
        if hold.users == 0:
            hold.engine.close_dispatcher()
            self._forget(hold)

    def _forget(self, hold: _Shared) -> None:
        engines = _shared.get(asyncio.get_running_loop(), {})
        if engines.get(self._key) is hold:
            del engines[self._key]

    def _away(self) -> DeviceAway:
        if self._key and self._hold is not None:
            # A v3 agent that has lost count of its starts seems to send old messages, which pysnmp drops: a new engine
            # fetches its time anew.
            self._forget(self._hold)
            self._release()
        return DeviceAway(f"no answer from {self._host}:{self._port} within {self._timeout_s:g} s")

    async def _ready(self) -> tuple[_Shared, hlapi.UdpTransportTarget]:
        if self._hold is None:
            engines = _shared.setdefault(asyncio.get_running_loop(), {})
            if self._key not in engines:
                engines[self._key] = _Shared()
            self._hold = engines[self._key]
            self._hold.users += 1
        if self._target is None:
            try:
                self._target = await hlapi.UdpTransportTarget.create(
                    (self._host, self._port), timeout=self._timeout_s, retries=0
                )
            except (OSError, PySnmpError) as error:
                raise DeviceAway(f"{self._host}:{self._port}: {error}") from error
        return self._hold, self._target

    async def _answer(self, call: Coroutine[object, object, Answer]) -> Bindings:
        where = f"{self._host}:{self._port}"
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                indication, status, _, bindings = await call
        except TimeoutError as error:
            raise self._away() from error
        except (OSError, PySnmpError) as error:
            raise RequestFailed(f"{where}: {error}") from error
        if isinstance(indication, errind.RequestTimedOut):
            raise self._away()
        if isinstance(indication, REFUSALS):
            raise DeviceRefused(f"{where} rejects the user or the keys: {indication}")
        if indication or int(status or 0):
            raise RequestFailed(f"{where}: {indication or status}")
        return bindings


def supports(credential: Credential) -> bool:
    """Tell whether pysnmp knows the algorithms of a credential."""
    known = credential.auth_protocol in AUTHS and credential.privacy_protocol in PRIVACIES
    return credential.kind == "snmp-v2c" or known


def _sharing(credential: Credential) -> str:
    if credential.kind != "snmp-v3":
        return ""
    algorithms = f"{credential.auth_protocol} {credential.privacy_protocol}"
    keys = f"{algorithms}\0{credential.auth.reveal()}\0{credential.privacy.reveal()}"
    return f"{credential.user} {hashlib.sha256(keys.encode()).hexdigest()}"


def _auth(credential: Credential) -> hlapi.CommunityData | hlapi.UsmUserData:
    if credential.kind != "snmp-v3":
        return hlapi.CommunityData(credential.community.reveal(), mpModel=1)  # noqa: S508 (v2c is what many PDUs speak)
    auth, privacy = credential.auth.reveal(), credential.privacy.reveal()
    return hlapi.UsmUserData(
        credential.user,
        authKey=auth or None,
        privKey=privacy or None,
        authProtocol=AUTHS[credential.auth_protocol] if auth else hlapi.USM_AUTH_NONE,
        privProtocol=PRIVACIES[credential.privacy_protocol] if privacy else hlapi.USM_PRIV_NONE,
    )


def _value(value: object) -> Value:
    if isinstance(value, rfc1905.NoSuchObject | rfc1905.NoSuchInstance | rfc1905.EndOfMibView):
        return None
    if isinstance(value, rfc1902.IpAddress):
        return str(value.prettyPrint())
    if isinstance(value, univ.OctetString):
        return text(value.asOctets())
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    return int(value) if isinstance(value, univ.Integer) else None
