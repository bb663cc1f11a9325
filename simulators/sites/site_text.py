"""The site file and the edge files of a simulated site, as a person would write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.front_ends.snmp_usm import User
from simulators.sites.rack_contents import RACK_KG, RACK_UNITS, contents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from simulators.sites.device_spec import DeviceSpec, RackSpec

COMMUNITY = "greendc-demo"
CREDENTIAL = "simulated"
CREDENTIAL_V3 = "simulated-v3"
USER = User(name="greendc", auth="simulated-auth", privacy="simulated-privacy")

INVERTER = "sunspec-inverter"

_HEAD = """# A simulated site: every device in it is simulated on this machine and answers over its real protocol.
# To see a device of your own here, run
#     greendc probe snmp://ADDRESS --community NAME --as-toml
# and paste what it prints behind the last [[devices]].
schema = 1

[site]
name = "{name}"
title_zh = "{zh}·模拟"
title_en = "{en} (simulated)"
timezone = "Asia/Shanghai"
region = "CN-YN"
altitude_m = 1892
standards = "cn-yunnan"
simulated = true

[tariff]
currency = "CNY"
price_per_kwh = 0.55
"""


class SiteTitle(msgspec.Struct, frozen=True):
    """The name of a site, and its titles."""

    name: str
    zh: str
    en: str


def site_text(
    title: SiteTitle, racks: Sequence[RackSpec], devices: Sequence[DeviceSpec], *, agents: bool = True
) -> str:
    """Return the site file: rooms, racks, devices, what feeds what, and the role of every meter.

    Where real ``agents`` run at the edge nodes, each also reads the box that it runs on.
    """
    central = [device for device in devices if not device.node]
    nodes: dict[str, list[str]] = {}
    for device in devices:
        if device.node:
            nodes.setdefault(device.node, [f"{device.node}-host"] if agents else []).append(device.name)
    parts = [_HEAD.format(name=title.name, zh=title.zh, en=title.en)]
    parts += [_table("rooms", name=room) for room in dict.fromkeys(rack.room for rack in racks)]
    parts += _credentials(central)
    parts += [_rack(rack) for rack in racks]
    parts += [_device(device) for device in central]
    parts += [_table("mounted", **fields) for fields in contents(racks, central)]
    parts += [_table("feeds", source=source, target=device.name) for device in central for source in device.fed_by]
    solar = {device.name for device in central if device.profile == INVERTER}
    parts += [_meter(device, solar) for device in central if device.role]
    parts += [
        _table(
            "edge_nodes",
            name=node,
            title_zh=f"边缘站点 {node[-2:]}·模拟",
            title_en=f"Edge site {node[-2:]} (simulated)",
            devices=names,
        )
        for node, names in nodes.items()
    ]
    return "\n".join(parts)


def edge_text(site: str, node: str, devices: Iterable[DeviceSpec], broker: str) -> str:
    """Return the file of an edge node: its site, its name, its broker, and the devices near it."""
    head = f"""# An edge node, simulated on this machine.
schema = 1
site = "{site}"
node = "{node}"

[broker]
url = "{broker}"
"""
    # An agent also reports the box that it runs on: this one is real, not simulated.
    box = _table("devices", name=f"{node}-host", profile="host", address="host://", interval_s=10.0)
    own = [device for device in devices if device.node == node]
    return "\n".join([head, *_credentials(own), box, *map(_device, own)])


def _credentials(devices: Iterable[DeviceSpec]) -> list[str]:
    """Return the credentials that devices name, each once."""
    texts = {
        CREDENTIAL: f'kind = "snmp-v2c"\ncommunity = "{COMMUNITY}"\n',
        CREDENTIAL_V3: (
            f'kind = "snmp-v3"\nuser = "{USER.name}"\n'
            f'auth_protocol = "{USER.auth_protocol}"\nauth = "{USER.auth}"\n'
            f'privacy_protocol = "aes128"\nprivacy = "{USER.privacy}"\n'
        ),
    }
    named = {device.credential for device in devices if not device.unit}
    return [f"[credentials.{name}]\n{text}" for name, text in texts.items() if name in named]


def _rack(rack: RackSpec) -> str:
    module = {"module": rack.module} if rack.module else {}
    front = {"front": rack.front} if rack.front else {}
    placed = {"row": rack.row, "position": rack.position, **front}
    sized = {"units": RACK_UNITS, "nominal_kw": rack.nominal_kw, "nominal_kg": RACK_KG}
    return _table("racks", name=rack.name, room=rack.room, **module, **placed, **sized)


def _meter(device: DeviceSpec, solar: Collection[str]) -> str:
    fields: dict[str, object] = {"role": device.role, "device": device.name, "accuracy_ratio": device.accuracy}
    if not set(device.fed_by).isdisjoint(solar):
        fields["renewable"] = True
    return _table("meters", **fields)


def _device(device: DeviceSpec) -> str:
    fields: dict[str, object] = {"name": device.name, "profile": device.profile, "address": device.address}
    if not device.unit:
        fields["credential"] = device.credential
    if device.rack:
        fields["rack"] = device.rack
    if device.rated_a is not None:
        fields["rated_a"] = device.rated_a
    if device.heights:
        fields["heights"] = dict(device.heights)
    return _table("devices", **fields, interval_s=device.interval_s)


def _table(table: str, /, **fields: object) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in fields.items()]
    return "\n".join((f"[[{table}]]", *lines, ""))


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_value(item)}' for key, item in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
