"""The stanza that puts one device into a site file or an edge file, and the credentials it may name."""

from __future__ import annotations

import difflib
import ipaddress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlsplit

import msgspec

from greendc.errors import ConfigError, Problem
from greendc.profiles import profile, profile_names
from greendc.settings import Secret, secret_file, secret_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.toml_source import TomlSource

SCHEMES = {"snmp": 161, "modbus": 502, "host": 0}
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
ENGINES = ("gufo", "pysnmp")
AUTH_PROTOCOLS = ("sha", "sha224", "sha256", "sha384", "sha512")
INLINE_SECRETS = ("community", "auth", "privacy")
PRIVACY_PROTOCOLS = ("aes128", "aes192", "aes256", "aes192c", "aes256c")


class Height(StrEnum):
    """At which height of its rack a sensor hangs."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device answers. ``unit`` is the Modbus unit identifier."""

    scheme: str
    host: str
    port: int
    unit: int = 1

    @property
    def endpoint(self) -> str:
        """Return what may carry only one conversation at a time: a gateway's host and port."""
        return f"{self.scheme}://{self.host}:{self.port}"


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``[[devices]]`` stanza.

    ``address`` is ``snmp://HOST[:PORT]``, ``modbus://HOST[:PORT]?unit=N`` or ``host://`` (the machine the process
    runs on). ``interval_s`` and ``timeout_s`` are seconds. ``rated_a`` is the rating of the breaker before it [A],
    ``modules`` how many power modules share the load of a UPS. ``heights`` says by part at which height of its rack a
    sensor hangs.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
    profile: str
    address: str
    credential: str = ""
    interval_s: Annotated[float, msgspec.Meta(ge=0.1, le=86_400)] = 10.0
    timeout_s: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 2.0
    rack: str = ""
    rated_a: Annotated[float, msgspec.Meta(gt=0)] | None = None
    modules: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    engine: str = ""
    heights: dict[str, Height] = {}

    def where(self) -> Address:
        """Return the parsed address.

        Raises:
            ValueError: it is not one of the forms above.
        """
        return parse_address(self.address)


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A resolved credential: SNMP v2c (``community``) or v3 (``user`` with passphrases)."""

    kind: str
    community: Secret = Secret("")
    user: str = ""
    auth_protocol: str = ""
    auth: Secret = Secret("")
    privacy_protocol: str = ""
    privacy: Secret = Secret("")

    @property
    def encrypts(self) -> bool:
        """Tell whether what is asked with it is encrypted: version 3 with a passphrase for privacy (RFC 3414)."""
        return self.kind == "snmp-v3" and bool(self.privacy_protocol) and bool(self.privacy)


class _CredentialEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``[credentials.NAME]`` table; ``*_env`` names a variable and ``*_file`` a file that holds the secret.

    The secrets themselves (``community``, ``auth``, ``privacy``) are allowed for devices on the loopback only.
    """

    kind: str
    community: str = ""
    community_env: str = ""
    community_file: str = ""
    user: str = ""
    auth_protocol: str = "sha256"
    auth: str = ""
    auth_env: str = ""
    auth_file: str = ""
    privacy_protocol: str = "aes128"
    privacy: str = ""
    privacy_env: str = ""
    privacy_file: str = ""


def parse_address(text: str) -> Address:
    """Return the parts of ``scheme://host[:port][?unit=N]``.

    Raises:
        ValueError: unknown scheme, a host that is missing or cannot be one, or a port or unit that is out of range.
    """
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        message = f"scheme {parts.scheme or text!r}"
        raise ValueError(message)
    if parts.scheme != "host" and not parts.hostname:
        message = "host"
        raise ValueError(message)
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError as error:
        # The resolver would raise the same, which nobody who waits for a device expects.
        message = f"host {parts.hostname}"
        raise ValueError(message) from error
    unit = parse_qs(parts.query).get("unit", ["1"])[0]
    if not unit.isdecimal() or int(unit) > 255:  # noqa: PLR2004 (Modbus application protocol 1.1b3, section 4.1)
        message = f"unit {unit}"
        raise ValueError(message)
    port = parts.port or SCHEMES[parts.scheme]
    return Address(scheme=parts.scheme, host=parts.hostname or "", port=port, unit=int(unit))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def resolve_credentials(
    source: TomlSource, raw: Mapping[str, object], problems: list[Problem]
) -> dict[str, Credential]:
    """Return the credentials of a file with their secrets fetched from environment or files."""
    resolved: dict[str, Credential] = {}
    for name, table in raw.items():
        path = f"credentials.{name}"
        entry = source.convert(table, _CredentialEntry, path, problems)
        if entry is None:
            continue
        if entry.kind not in {"snmp-v2c", "snmp-v3"}:
            problems.append(source.problem(f"{path}.kind", "errors.credential_kind", name=entry.kind))
            continue
        for field, known in (("auth_protocol", AUTH_PROTOCOLS), ("privacy_protocol", PRIVACY_PROTOCOLS)):
            if getattr(entry, field) not in known:
                problems.append(_unknown_word(source, f"{path}.{field}", getattr(entry, field), known))
        try:
            resolved[name] = _resolved(entry)
        except ConfigError as error:
            problems.extend(source.secret_problem(path, problem) for problem in error.problems)
    return resolved


def _unknown_word(source: TomlSource, path: str, name: str, known: Sequence[str]) -> Problem:
    return source.problem(path, "errors.unknown_word", "errors.known_words", name=name, known=", ".join(known))


def _resolved(entry: _CredentialEntry) -> Credential:
    return Credential(
        kind=entry.kind,
        community=_secret(entry.community, entry.community_env, entry.community_file),
        user=entry.user,
        auth_protocol=entry.auth_protocol,
        auth=_secret(entry.auth, entry.auth_env, entry.auth_file),
        privacy_protocol=entry.privacy_protocol,
        privacy=_secret(entry.privacy, entry.privacy_env, entry.privacy_file),
    )


def _secret(inline: str, variable: str, file: str) -> Secret:
    if inline:
        return Secret(inline)
    if file:
        return secret_file(Path(file))
    return secret_from(variable) if variable else Secret("")


def check_devices(
    source: TomlSource,
    devices: Sequence[DeviceEntry],
    credentials: Mapping[str, Credential],
    problems: list[Problem],
) -> None:
    """Add what is wrong between devices: double names and addresses, unknown profiles and credentials."""
    names: dict[str, int] = {}
    for i, device in enumerate(devices):
        path = f"devices[{i}]"
        if device.name in names:
            problems.append(source.problem(f"{path}.name", "errors.duplicate_device", name=device.name))
        names.setdefault(device.name, i)
        if device.profile not in profile_names():
            problems.append(_unknown_profile(source, f"{path}.profile", device.profile))
        try:
            where = parse_address(device.address)
        except ValueError as error:
            problems.append(source.problem(f"{path}.address", "errors.address", "errors.address_hint", why=str(error)))
            continue
        if device.profile in profile_names() and profile(device.profile).protocol != where.scheme:
            protocol = profile(device.profile).protocol
            params = {"name": device.profile, "protocol": protocol, "scheme": where.scheme}
            problems.append(source.problem(f"{path}.profile", "errors.wrong_protocol", "errors.see_profiles", **params))
        if device.engine not in {"", *ENGINES}:
            problems.append(_unknown_word(source, f"{path}.engine", device.engine, ENGINES))
        _check_credential(source, path, device, where, credentials, problems)


def _check_credential(
    source: TomlSource,
    path: str,
    device: DeviceEntry,
    where: Address,
    credentials: Mapping[str, Credential],
    problems: list[Problem],
) -> None:
    if device.credential and device.credential not in credentials:
        problems.append(source.problem(f"{path}.credential", "errors.unknown_credential", name=device.credential))
    elif where.scheme == "snmp":
        credential = credentials.get(device.credential)
        if credential is None or not (credential.community if credential.kind == "snmp-v2c" else credential.user):
            problems.append(source.problem(path, "errors.no_community", "errors.no_community_hint", name=device.name))
    inline = source.data.get("credentials", {})
    table = inline.get(device.credential, {}) if isinstance(inline, dict) else {}
    if not isinstance(table, dict) or is_loopback(where.host):
        return
    for field in INLINE_SECRETS:
        if table.get(field):
            where_at = f"credentials.{device.credential}.{field}"
            problems.append(source.problem(where_at, "errors.inline_secret", "errors.inline_secret_hint", field=field))


def _unknown_profile(source: TomlSource, path: str, name: str) -> Problem:
    near = difflib.get_close_matches(name, profile_names(), n=1)
    if near:
        return source.problem(path, "errors.unknown_profile", "errors.did_you_mean", name=name, near=near[0])
    return source.problem(path, "errors.unknown_profile", "errors.see_profiles", name=name)
