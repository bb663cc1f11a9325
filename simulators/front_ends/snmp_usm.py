"""SNMP v3 with the user-based security model (RFC 3412, 3414, 3826, 7860): one user, authenticated and encrypted.

Whoever asks in another way is told by a report what is wrong, as RFC 3414, section 3.2, wants it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from simulators.front_ends import ber
from simulators.front_ends.snmp_access import VERSION_3, Opened
from simulators.front_ends.snmp_objects import MOST_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable

AUTHENTICATED, PRIVATE, REPORTABLE = 1, 2, 4
SECURITY_MODEL = 3
REPORT = 0xA8
WINDOW_S = 150
"""A message that is older is not believed (RFC 3414, section 2.2.3)."""
ENTERPRISE = 32_473
"""The number that is set aside for examples (RFC 5612)."""
MESSAGE_OVERHEAD = 150
"""Octets around the variables of a v3 response, at most."""
DIGEST_OCTETS = {"sha": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
_HASHES = {"sha": "sha1"}
_MIB = (1, 3, 6, 1, 6, 3, 15, 1, 1)
LEVELS, TIMES, USERS, ENGINES, DIGESTS, DECRYPTIONS = range(1, 7)
"""The counters of USM by their number in its MIB (RFC 3414, section 5)."""
_PASSPHRASE_OCTETS = 2**20
_KEY_OCTETS = 16
_MOST_NAME_OCTETS = 27


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user with an authentication and an encryption passphrase; encryption is AES-128."""

    name: str
    auth: str
    privacy: str
    auth_protocol: str = "sha256"


class _Message(msgspec.Struct, kw_only=True):
    """A v3 message, as far as it could be read; ``digest_at`` is where its digest stands."""

    number: int
    most_octets: int
    flags: int
    engine: bytes
    boots: int
    time_s: int
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    scoped: bytes


class Usm:
    """The engine of one agent: its name, its clock and its only user."""

    def __init__(self, name: str, user: User, *, now_s: Callable[[], float] = time.time) -> None:
        """Make an engine named after a device; ``now_s`` is a clock in seconds since 1970."""
        octets = name.encode()[:_MOST_NAME_OCTETS]
        self.engine = (0x80000000 | ENTERPRISE).to_bytes(4, "big") + b"\x04" + octets
        self._now_s = now_s
        self._user = user
        self._digest_octets = DIGEST_OCTETS[user.auth_protocol]
        self._hash = _HASHES.get(user.auth_protocol, user.auth_protocol)
        self._auth_key = localised(user.auth, self._hash, self.engine)
        self._privacy_key = localised(user.privacy, self._hash, self.engine)[:_KEY_OCTETS]
        # An engine that starts again must have started more often than ever before.
        self._started_s = now_s()
        self.boots = int(self._started_s) % 2**31
        self._salt = int.from_bytes(os.urandom(8), "big")
        self.counters = dict.fromkeys((LEVELS, TIMES, USERS, ENGINES, DIGESTS, DECRYPTIONS), 0)

    @property
    def time_s(self) -> int:
        """Return the seconds since the engine started."""
        return int(self._now_s() - self._started_s)

    def open(self, data: bytes) -> Opened | bytes | None:
        """As `Access.open`."""
        message = _read(data)
        if message is None:
            return None
        if wrong := self._wrong(data, message):
            return self._report(message, wrong, AUTHENTICATED if wrong == TIMES else 0)
        return self._decrypted(message)

    def _wrong(self, data: bytes, message: _Message) -> int:
        """Return the counter of what is wrong with a message, 0 when nothing is; the order is that of the RFC."""
        if message.engine != self.engine:
            return ENGINES
        if message.user != self._user.name.encode():
            return USERS
        if message.flags & (AUTHENTICATED | PRIVATE) != AUTHENTICATED | PRIVATE:
            return LEVELS
        if not self._is_authentic(data, message):
            return DIGESTS
        return 0 if self._is_timely(message) else TIMES

    def _is_authentic(self, data: bytes, message: _Message) -> bool:
        if len(message.digest) != self._digest_octets:
            return False
        blank = bytes(self._digest_octets)
        plain = data[: message.digest_at] + blank + data[message.digest_at + self._digest_octets :]
        return hmac.compare_digest(self._digest(plain), message.digest)

    def _is_timely(self, message: _Message) -> bool:
        off_s = abs(message.time_s - self.time_s)
        return message.boots == self.boots and off_s <= WINDOW_S and 0 <= message.time_s < 2**31

    def _decrypted(self, message: _Message) -> Opened | bytes | None:
        try:
            _, encrypted, _ = ber.unpack(message.scoped, 0, ber.OCTETS)
            scoped = self._crypted(encrypted, message.boots, message.time_s, message.salt, encrypt=False)
            context, request = _scoped(scoped)
        except (ber.BerError, ValueError):
            return self._report(message, DECRYPTIONS)

        def seal(response: bytes) -> bytes:
            body = ber.pack(ber.SEQUENCE, ber.octets(self.engine) + ber.octets(context) + response)
            return self._sealed(message, AUTHENTICATED | PRIVATE, body)

        return Opened(request, seal, max(0, min(message.most_octets, MOST_OCTETS) - MESSAGE_OVERHEAD))

    def _report(self, message: _Message, counter: int, level: int = 0) -> bytes | None:
        self.counters[counter] += 1
        if not message.flags & REPORTABLE:
            return None
        number, context = 0, b""
        if not message.flags & PRIVATE:
            context, request = _scoped(message.scoped)
            _, body, _ = ber.unpack(request, 0)
            number, _ = ber.unpack_integer(body, 0)
        told = ber.object_id((*_MIB, counter, 0)) + ber.integer(self.counters[counter], ber.COUNTER32)
        bindings = ber.pack(ber.SEQUENCE, ber.pack(ber.SEQUENCE, told))
        report = ber.pack(REPORT, ber.integer(number) + ber.integer(0) + ber.integer(0) + bindings)
        body = ber.pack(ber.SEQUENCE, ber.octets(self.engine) + ber.octets(context) + report)
        return self._sealed(message, level, body)

    def _sealed(self, to: _Message, level: int, body: bytes) -> bytes:
        boots, time_s, salt = self.boots, self.time_s, b""
        if level & PRIVATE:
            self._salt = (self._salt + 1) % 2**64
            salt = self._salt.to_bytes(8, "big")
            body = ber.octets(self._crypted(body, boots, time_s, salt, encrypt=True))
        head = (
            ber.integer(to.number) + ber.integer(2**16 - 1) + ber.octets(bytes((level,))) + ber.integer(SECURITY_MODEL)
        )
        place = ber.octets(self.engine) + ber.integer(boots) + ber.integer(time_s) + ber.octets(to.user)

        def whole(digest: bytes) -> bytes:
            security = ber.pack(ber.SEQUENCE, place + ber.octets(digest) + ber.octets(salt))
            parts = ber.integer(VERSION_3) + ber.pack(ber.SEQUENCE, head) + ber.octets(security) + body
            return ber.pack(ber.SEQUENCE, parts)

        return whole(self._digest(whole(bytes(self._digest_octets)))) if level & AUTHENTICATED else whole(b"")

    def _digest(self, message: bytes) -> bytes:
        return hmac.digest(self._auth_key, message, self._hash)[: self._digest_octets]

    def _crypted(self, data: bytes, boots: int, time_s: int, salt: bytes, *, encrypt: bool) -> bytes:
        # Loaded by the first request to the first v3 agent.
        from cryptography.hazmat.decrepit.ciphers.modes import CFB  # noqa: PLC0415 (as above)
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms  # noqa: PLC0415 (as above)

        vector = boots.to_bytes(4, "big") + time_s.to_bytes(4, "big") + salt
        cipher = Cipher(algorithms.AES(self._privacy_key), CFB(vector))
        return (cipher.encryptor() if encrypt else cipher.decryptor()).update(data)


@cache
def _spread(passphrase: str, name: str) -> bytes:
    octets = passphrase.encode()
    return hashlib.new(name, (octets * (_PASSPHRASE_OCTETS // len(octets) + 1))[:_PASSPHRASE_OCTETS]).digest()


def localised(passphrase: str, name: str, engine: bytes) -> bytes:
    """Return the key of a passphrase for one engine (RFC 3414, appendix A.2); ``name`` is that of the hash."""
    key = _spread(passphrase, name)
    return hashlib.new(name, key + engine + key).digest()


def _read(data: bytes) -> _Message | None:
    """Return a v3 message of USM, None when it is another kind of message.

    Raises:
        BerError: it is no SNMP message.
    """
    _, content, end = ber.unpack(data, 0, ber.SEQUENCE)
    version, at = ber.unpack_integer(data, end - len(content))
    if version != VERSION_3:
        return None
    _, head, at = ber.unpack(data, at, ber.SEQUENCE)
    number, head_at = ber.unpack_integer(head, 0)
    most_octets, head_at = ber.unpack_integer(head, head_at)
    _, flags, head_at = ber.unpack(head, head_at, ber.OCTETS)
    model, _ = ber.unpack_integer(head, head_at)
    if model != SECURITY_MODEL or len(flags) != 1:
        return None
    _, security, scoped_at = ber.unpack(data, at, ber.OCTETS)
    _, fields, end = ber.unpack(data, scoped_at - len(security), ber.SEQUENCE)
    _, engine, at = ber.unpack(data, end - len(fields), ber.OCTETS)
    boots, at = ber.unpack_integer(data, at)
    time_s, at = ber.unpack_integer(data, at)
    _, user, at = ber.unpack(data, at, ber.OCTETS)
    _, digest, at = ber.unpack(data, at, ber.OCTETS)
    digest_at = at - len(digest)
    _, salt, _ = ber.unpack(data, at, ber.OCTETS)
    return _Message(
        number=number,
        most_octets=most_octets,
        flags=flags[0],
        engine=engine,
        boots=boots,
        time_s=time_s,
        user=user,
        digest=digest,
        digest_at=digest_at,
        salt=salt,
        scoped=data[scoped_at:],
    )


def _scoped(data: bytes) -> tuple[bytes, bytes]:
    """Return the context's name and the PDU of a scoped PDU."""
    _, content, _ = ber.unpack(data, 0, ber.SEQUENCE)
    _, _, at = ber.unpack(content, 0, ber.OCTETS)
    _, context, at = ber.unpack(content, at, ber.OCTETS)
    return context, content[at:]
