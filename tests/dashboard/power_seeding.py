"""A site with two UPSs, three racks and an hour of readings: what the power chain is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.model import Reading
from greendc.quantities import quantity
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

SITE = "power-room"
HEAD = """
schema = 1

[site]
name = "power-room"
title_zh = "供电机房"
title_en = "Power room"
timezone = "Asia/Shanghai"

[credentials.lab]
kind = "snmp-v2c"
community = "lab"

[[rooms]]
name = "room-1"
"""
RACKS = {"r01": ("a", "b"), "r02": ("a", "b"), "r03": ("a",)}
UPS_W = {"ups-a": 40_000.0, "ups-b": 30_000.0}
RATED_W = 60_000.0
AMPS = {"pdu-r01-a": (9.0, 6.0, 6.0), "pdu-r01-b": (5.0, 6.0, 4.0), "pdu-r02-a": (2.0, 2.0, 2.0)}
RATED_A = 16


def site_text() -> str:
    """Return the site file: a supply, two UPSs with an unmetered switch above, PDUs below, one rack on one feed."""
    parts = [HEAD, *(f'[[racks]]\nname = "{rack}"\nroom = "room-1"\nnominal_kw = 5.0\n' for rack in RACKS)]
    devices = {"meter-main": "schneider-iem3000", "switch-1": "eastron-sdm630", "meter-mech": "eastron-sdm630"}
    for i, (name, profile) in enumerate(devices.items()):
        parts.append(f'[[devices]]\nname = "{name}"\nprofile = "{profile}"\naddress = "modbus://127.0.0.1:15{i:02}"\n')
    for i, name in enumerate(UPS_W):
        parts.append(_snmp(name, "ups-rfc1628", 1170 + i))
    feeds = [("meter-main", "switch-1"), ("meter-main", "meter-mech"), ("switch-1", "ups-a"), ("switch-1", "ups-b")]
    for i, (rack, lanes) in enumerate(RACKS.items()):
        for lane in lanes:
            name = f"pdu-{rack}-{lane}"
            parts.append(
                _snmp(name, "apc-rpdu2", 1180 + 2 * i + (lane == "b")) + f'rack = "{rack}"\nrated_a = {RATED_A}\n'
            )
            feeds.append((f"ups-{lane}", name))
    parts += [f'[[feeds]]\nsource = "{source}"\ntarget = "{target}"\n' for source, target in feeds]
    parts.append('[[meters]]\nrole = "facility_input"\ndevice = "meter-main"\n')
    parts.append('[[meters]]\nrole = "cooling"\ndevice = "meter-mech"\n')
    return "\n".join(parts)


def _snmp(name: str, profile: str, port: int) -> str:
    return (
        f'[[devices]]\nname = "{name}"\nprofile = "{profile}"\naddress = "snmp://127.0.0.1:{port}"\n'
        'credential = "lab"\n'
    )


def readings(time_ns: int) -> list[Reading]:
    """Return one reading of every point; of ``pdu-r02-b`` there is none."""
    facts: list[tuple[str, str, str, float]] = [
        ("meter-main", "", "active_power_w", 90_000.0),
        ("meter-mech", "", "active_power_w", 12_000.0),
    ]
    for name, power_w in UPS_W.items():
        for phase in ("l1", "l2", "l3"):
            facts += [
                (name, f"output/{phase}", "active_power_w", power_w / 3),
                (name, f"output/{phase}", "load_ratio", power_w / RATED_W),
                (name, f"output/{phase}", "current_a", power_w / 690),
            ]
        facts += [
            (name, "", "battery_runtime_s", 1500.0),
            (name, "", "battery_charge_ratio", 0.97),
            (name, "", "ups_source_state", quantity("ups_source_state").states["normal"]),
        ]
    for name, amps in AMPS.items():
        facts.append((name, "", "active_power_w", sum(amps) * 230))
        facts += [(name, f"phase/l{i + 1}", "current_a", amp) for i, amp in enumerate(amps)]
    return [
        Reading(time_ns=time_ns, site=SITE, device=device, part=part, quantity=what, value=value)
        for device, part, what, value in facts
    ]


def seed(folder: Path, end_ns: int) -> Path:
    """Write the site file and a few minutes of readings up to ``end_ns``; return the site file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "site.toml"
    path.write_text(site_text(), "utf-8")
    store = open_store("embedded", folder)
    for i in range(3):
        store.write(readings(end_ns - i * 10 * NS_PER_SECOND))
    store.close()
    return path
