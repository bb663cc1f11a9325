"""From a stanza of a site file to the source that reads the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.host import HostSource
from collectors.modbus.source import ModbusSource
from collectors.snmp.source import SnmpSource
from greendc.errors import ConfigError
from greendc.profiles import profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.modbus.line import ModbusLines
    from greendc.clock import Clock
    from greendc.contracts import Source
    from greendc.device import Credential, DeviceEntry


def make_source(
    entry: DeviceEntry, site_name: str, credentials: Mapping[str, Credential], clock: Clock, lines: ModbusLines
) -> Source:
    """Return the source of a device; nothing is asked yet.

    Raises:
        ConfigError: the profile is for another protocol than the address, or an SNMP device has no credential.
        KeyError: there is no such profile; a checked site file names none that is missing.
    """
    where = entry.where()
    family = profile(entry.profile)
    if family.protocol != where.scheme:
        raise ConfigError.single(
            "collectors.wrong_protocol",
            path=entry.name,
            name=family.name,
            protocol=family.protocol,
            scheme=where.scheme,
        )
    if where.scheme == "host":
        return HostSource(entry, site=site_name, clock=clock)
    if where.scheme == "modbus":
        line = lines.line(where.host, where.port)
        return ModbusSource(entry, family, site=site_name, clock=clock, line=line)
    credential = credentials.get(entry.credential)
    if credential is None:
        raise ConfigError.single(
            "errors.no_community", hint="errors.no_community_hint", path=entry.name, name=entry.name
        )
    return SnmpSource(entry, credential, family, site=site_name, clock=clock)
