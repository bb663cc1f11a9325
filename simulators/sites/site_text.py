"""The site file and the edge files of a simulated site, as a person would write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.front_ends.snmp_usm import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulators.sites.presets import DeviceSpec

COMMUNITY = "greendc-demo"
CREDENTIAL = "simulated"
CREDENTIAL_V3 = "simulated-v3"
USER = User(name="greendc", auth="simulated-auth", privacy="simulated-privacy")
SITE = "kunming-demo"

_HEAD = """# The site of the demo. Every device in it is simulated on this machine and answers over its real protocol.
# To see a device of your own here, run
#     greendc probe snmp://ADDRESS --community NAME --as-toml
# and paste what it prints behind the last [[devices]].
schema = 1

[site]
name = "kunming-demo"
title_zh = "昆明示范机房·模拟"
title_en = "Kunming demo room (simulated)"
timezone = "Asia/Shanghai"
region = "CN-YN"
altitude_m = 1892
simulated = true

[tariff]
currency = "CNY"
price_per_kwh = 0.55

[[rooms]]
name = "room-1"
"""


def site_text(devices: Sequence[DeviceSpec]) -> str:
    """Return the site file: rooms, racks, devices, what feeds what, and the role of every meter."""
    central = [device for device in devices if not device.node]
    racks = sorted({device.rack for device in central if device.rack})
    nodes: dict[str, list[str]] = {}
    for device in devices:
        if device.node:
            nodes.setdefault(device.node, [f"{device.node}-host"]).append(device.name)
    parts = [_HEAD, *_credentials(central)]
    parts += [
        _table("racks", name=rack, room="room-1", row="A", position=i + 1, units=42) for i, rack in enumerate(racks)
    ]
    parts += [_device(device) for device in central]
    parts += [_table("feeds", source=source, target=target) for source, target in _feeds(central)]
    parts += [_table("meters", **meter) for meter in _meters(central)]
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


def edge_text(node: str, devices: Iterable[DeviceSpec], broker: str) -> str:
    """Return the file of an edge node: its site, its name, its broker, and the devices near it."""
    head = f"""# An edge node of the demo, simulated on this machine.
schema = 1
site = "{SITE}"
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


def _device(device: DeviceSpec) -> str:
    fields: dict[str, object] = {"name": device.name, "profile": device.profile, "address": device.address}
    if not device.unit:
        fields["credential"] = device.credential
    if device.rack:
        fields["rack"] = device.rack
    return _table("devices", **fields, interval_s=device.interval_s)


def _feeds(devices: Sequence[DeviceSpec]) -> list[tuple[str, str]]:
    names = [device.name for device in devices]
    feeds = [("meter-main", name) for name in ("ups-a", "ups-b", "meter-mech", "meter-aux")]
    feeds += [(f"ups-{name[-1]}", name) for name in names if name.startswith("pdu-")]
    feeds += [("meter-mech", name) for name in names if name.startswith(("crah-", "crac-", "chiller-"))]
    return feeds + [(f"pdu-r01-{feed}", name) for name in names if name.startswith("srv-") for feed in "ab"]


def _meters(devices: Sequence[DeviceSpec]) -> list[dict[str, object]]:
    roles = {"meter-main": "facility_input", "meter-mech": "cooling", "meter-aux": "other"}
    roles |= {device.name: "pdu_output" for device in devices if device.name.startswith("pdu-")}
    classes = {device.name: device.accuracy for device in devices}
    return [{"role": role, "device": name, "accuracy_ratio": classes[name]} for name, role in roles.items()]


def _table(table: str, /, **fields: object) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in fields.items()]
    return "\n".join((f"[[{table}]]", *lines, ""))


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
