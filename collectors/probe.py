"""Look at one device once: who it is, which profiles fit it, and what they read. Nothing is stored."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import aclosing
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from collectors.snmp.choice import make_engine
from collectors.snmp.engine import RequestFailed, below, get_all
from collectors.snmp.source import SnmpSource
from greendc.device import DeviceEntry, parse_address
from greendc.errors import ConfigError, DeviceAway
from greendc.model import DeviceIdentity, Reading
from greendc.profiles import Profile, profile, profile_names, profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collectors.decode import Value
    from collectors.snmp.engine import SnmpEngine
    from greendc.clock import Clock
    from greendc.device import Credential

SITE = "probe"
DEVICE = "device"
TIMEOUT_S = 2.0
ANY_MAKER = "any"
SERVER = "server"


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found. ``credential`` is the kind that worked, without its secrets."""

    device: DeviceIdentity
    profiles: list[str]
    readings: list[Reading]
    credential: str = ""
    user: str = ""


async def probe(address: str, *, credential: Credential | None, profile: str | None, clock: Clock) -> ProbeResult:
    """Read one device once.

    Args:
        address: ``snmp://HOST[:PORT]``, ``modbus://HOST[:PORT]?unit=N`` or ``host://``.
        credential: for SNMP.
        profile: the one profile to read by; None for all that fit, which only SNMP can tell.
        clock: gives the readings their time.

    Raises:
        ConfigError: the address, the credential or the profile does not fit.
        DeviceAway: no answer.
        DeviceRefused: the device rejects the credentials or the request.
    """
    try:
        scheme = parse_address(address).scheme
    except ValueError as error:
        raise ConfigError.single("errors.address", hint="errors.address_hint", why=str(error)) from error
    wanted = _known(profile) if profile else None
    if wanted is not None and wanted.protocol != scheme:
        raise ConfigError.single("collectors.wrong_protocol", name=wanted.name, protocol=wanted.protocol, scheme=scheme)
    if scheme == "snmp":
        if credential is None:
            raise ConfigError.single("errors.no_community", hint="errors.no_community_hint", name=address)
        return await _probe_snmp(address, credential, wanted, clock)
    return await _probe_other(address, scheme, wanted, clock)


def as_toml(result: ProbeResult, address: str, name: str) -> str:
    """Return the stanzas that put the device into a site file; secrets are named, never written."""
    # It is appended to a file: a line of its own sets it apart from what is there.
    lines = [""]
    if result.credential:
        lines += [f"[credentials.{_quoted(name)}]", f"kind = {_quoted(result.credential)}"]
        if result.credential == "snmp-v3":
            lines += [f"user = {_quoted(result.user)}", 'auth_env = "GREENDC_SNMP_AUTH"']
            lines += ['privacy_env = "GREENDC_SNMP_PRIVACY"', ""]
        else:
            lines += ['community_env = "GREENDC_SNMP_COMMUNITY"', ""]
    about = " ".join(part for part in (result.device.maker, result.device.model, result.device.serial) if part)
    lines += [f"# {' '.join(about.split())}"] if about else []
    lines += [f"# Also fits: {', '.join(result.profiles[1:])}"] if result.profiles[1:] else []
    lines += ["[[devices]]", f"name = {_quoted(name)}"]
    lines += [f"profile = {_quoted(result.profiles[0])}" if result.profiles else 'profile = ""  # no profile fits yet']
    lines += [f"address = {_quoted(address)}"]
    lines += [f"credential = {_quoted(name)}"] if result.credential else []
    return "\n".join([*lines, "interval_s = 10", ""])


def matches(candidate: Profile, object_id: str, probed: Iterable[str], said: Mapping[str, str]) -> bool:
    """Tell whether a profile fits: by its probes and texts, and by sysObjectID if it has no probes.

    Args:
        candidate: the profile.
        object_id: the device's sysObjectID; "" when it has none.
        probed: those of the profile's probes that have an instance.
        said: the texts that the profile asks for, by OID.
    """
    if any(re.match(wanted, said.get(oid, "")) is None for oid, wanted in candidate.match.says.items()):
        return False
    if candidate.match.probes:
        return any(probe in candidate.match.probes for probe in probed)
    return any(object_id == prefix or below(object_id, prefix) for prefix in candidate.match.object_ids)


async def _probe_snmp(address: str, credential: Credential, wanted: Profile | None, clock: Clock) -> ProbeResult:
    where = parse_address(address)
    engine = make_engine("", where.host, where.port, credential, timeout_s=TIMEOUT_S)
    try:
        system = await _system(engine)
        fitting = [wanted] if wanted else await _fitting(engine, system.object_id)
        readings: dict[tuple[str, str], Reading] = {}
        for candidate in fitting:
            entry = DeviceEntry(name=DEVICE, profile=candidate.name, address=address, timeout_s=TIMEOUT_S)
            source = SnmpSource(entry, credential, candidate, site=SITE, clock=clock, engine=engine)
            for reading in await source.read():
                readings.setdefault((reading.part, reading.quantity), reading)
        device = await _identified(engine, system, fitting)
    finally:
        await engine.close()
    return ProbeResult(
        device=device,
        profiles=[candidate.name for candidate in fitting],
        readings=list(readings.values()),
        credential=credential.kind,
        user=credential.user,
    )


async def _probe_other(address: str, scheme: str, wanted: Profile | None, clock: Clock) -> ProbeResult:
    from collectors.modbus.line import ModbusLines  # noqa: PLC0415 (a probe of SNMP needs no Modbus)
    from collectors.sources import make_source  # noqa: PLC0415 (loaded for a probe only)

    if wanted is None and scheme == "modbus":
        known = ", ".join(candidate.name for candidate in profiles() if candidate.protocol == scheme)
        raise ConfigError.single("snmp.profile_needed", known=known)
    chosen = wanted or profile("host")
    lines = ModbusLines()
    try:
        entry = DeviceEntry(name=DEVICE, profile=chosen.name, address=address, timeout_s=TIMEOUT_S)
        readings = list(await make_source(entry, SITE, {}, clock, lines).read())
    finally:
        await lines.close()
    maker = "" if chosen.maker == ANY_MAKER else chosen.maker
    device = DeviceIdentity(maker=maker, model=chosen.title)
    return ProbeResult(device=device, profiles=[chosen.name], readings=readings)


async def _system(engine: SnmpEngine) -> DeviceIdentity:
    oids = _system_oids()
    found = await get_all(engine, list(oids.values()))
    said = {field: _said(found.get(oid)) for field, oid in oids.items()}
    return DeviceIdentity(object_id=said["object_id"], description=said["description"], name=said["name"])


async def _fitting(engine: SnmpEngine, object_id: str) -> list[Profile]:
    """Return the profiles that fit, those of a maker first, and last what a card's own computer tells."""
    fitting = []
    for candidate in profiles():
        if candidate.protocol != "snmp":
            continue
        probed: list[str] = []
        for oid in candidate.match.probes:
            if not probed and await _first(engine, oid) is not None:
                probed.append(oid)
        said = {oid: _said(await _first(engine, oid)) for oid in candidate.match.says} if probed else {}
        if matches(candidate, object_id, probed, said):
            fitting.append(candidate)
    replaced = {name for candidate in fitting for name in candidate.match.instead_of}
    fitting = [candidate for candidate in fitting if candidate.name not in replaced]
    return sorted(
        fitting, key=lambda candidate: (candidate.kind == SERVER, not candidate.match.object_ids, candidate.name)
    )


async def _identified(engine: SnmpEngine, system: DeviceIdentity, fitting: list[Profile]) -> DeviceIdentity:
    if not fitting:
        return system
    by = fitting[0]
    said = {}
    for field in ("model", "serial", "firmware"):
        oid: str | None = getattr(by.identity, field)
        said[field] = _said(await _first(engine, oid)) if oid else ""
    maker = "" if by.maker == ANY_MAKER else by.maker
    return msgspec.structs.replace(system, maker=maker, **said)


async def _first(engine: SnmpEngine, base: str) -> Value:
    """Return the value of the first object below an OID, None when there is none."""
    try:
        async with aclosing(engine.rows(base, 1)) as rows:
            async for oid, value in rows:
                return value if below(oid, base) else None
    except (DeviceAway, RequestFailed):
        return None
    return None


def _known(name: str) -> Profile:
    if name not in profile_names():
        raise ConfigError.single("errors.unknown_profile", hint="errors.see_profiles", name=name)
    return profile(name)


@cache
def _system_oids() -> dict[str, str]:
    text = files("greendc").joinpath("data/snmp.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["system"], dict[str, str])


def _said(value: Value) -> str:
    return "" if value is None else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
