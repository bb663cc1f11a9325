"""A site with edge nodes that stand in every way, made without any node: what the edge page is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc import wire
from greendc.clock import NS_PER_HOUR, hour_of, iso
from greendc.model import Batch, Reading
from greendc.receipts import QUARANTINED, STORED, Receipts
from greendc.status import IngestStatus, NodeHeard, write_status
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

SITE = "edge-room"
HEAD = """
schema = 1

[site]
name = "edge-room"
title_zh = "边缘机房"
title_en = "Edge room"
timezone = "Asia/Shanghai"
simulated = true
"""
NODES = {
    "kunming-01": ("昆明一号", "Kunming 01"),
    "dali-02": ("大理二号", "Dali 02"),
    "lijiang-03": ("丽江三号", "Lijiang 03"),
    "puer-04": ("普洱四号", "Pu'er 04"),
    "baoshan-05": ("保山五号", "Baoshan 05"),
}
"""Up to date, behind, silent, with a clock that is off, never heard."""
STEP_S = 300
WAITING = {"kunming-01": 14, "dali-02": 5412}
REFUSED = ("future time", "<b>unknown quantity</b>")


def site_text() -> str:
    """Return the site file: every node reads a meter and tells of its own machine."""
    nodes = "".join(
        f'\n[[edge_nodes]]\nname = "{name}"\ntitle_zh = "{zh}"\ntitle_en = "{en}"\n'
        f'devices = ["{name}-meter", "{name}-host"]\n'
        for name, (zh, en) in NODES.items()
    )
    return HEAD + nodes


def seed(folder: Path, now_ns: int) -> Path:
    """Write the site file, a day of readings, the account and the status of the writer; return the site file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "site.toml"
    path.write_text(site_text(), "utf-8")
    batch = Batch()
    for name, age_s in (("kunming-01", 10), ("dali-02", 36 * 60), ("lijiang-03", 5 * 3600), ("puer-04", 12)):
        for reading in _readings(name, now_ns - age_s * NS_PER_SECOND):
            batch.append(reading)
    store = open_store("embedded", folder)
    store.write_batch(batch)
    store.close()
    _account(folder, now_ns)
    _held(folder, now_ns)
    heard = {"kunming-01": (2, -0.02), "dali-02": (4, -0.3), "puer-04": (3, 96.5)}
    nodes = [
        NodeHeard(name=name, heard_ns=now_ns - age_s * NS_PER_SECOND, ahead_s=ahead_s)
        for name, (age_s, ahead_s) in heard.items()
    ]
    write_status(folder, "ingest", IngestStatus(time_ns=now_ns, stored=1, store="ok", broker="ok", nodes=nodes))
    return path


def _readings(name: str, end_ns: int) -> list[Reading]:
    found = []
    for i in range(24 * 3600 // STEP_S):
        facts = [
            (f"{name}-meter", "", "active_power_w", 2400.0 + i % 7),
            (name, "", "spool_rows", 12.0 + (i * 37) % 90),
            (f"{name}-host", "", "cpu_utilisation_ratio", 0.12 + (i % 12) / 60),
            (f"{name}-host", "", "memory_used_by", 1.4e9),
            (f"{name}-host", "", "memory_total_by", 4e9),
            (f"{name}-host", "/", "filesystem_used_by", 21e9),
            (f"{name}-host", "/", "filesystem_total_by", 30e9),
        ]
        time_ns = end_ns - i * STEP_S * NS_PER_SECOND
        found += [
            Reading(time_ns=time_ns, site=SITE, device=device, part=part, quantity=quantity, value=value)
            for device, part, quantity, value in facts
        ]
    return found


def _account(folder: Path, now_ns: int) -> None:
    """Let two nodes tell an hour of which all is accounted for, and one an hour of which three are missing."""
    receipts = Receipts(folder / "receipts.sqlite")
    hour_ns = hour_of(now_ns) - NS_PER_HOUR
    for name, waiting in {**WAITING, "lijiang-03": 0}.items():
        stored, dropped = 7000, {"spool_full": 11} if name == "dali-02" else {}
        head = stored + 5 + waiting
        receipts.record_ranges(
            name,
            "e1",
            {(hour_ns, STORED): [(1, stored)], (hour_ns, QUARANTINED): [(stored + 1, stored + 5)]},
            {f"{name}-meter"},
        )
        hour = wire.HourReport(
            hour_ns,
            head + sum(dropped.values()) + (3 if name == "lijiang-03" else 0),
            dropped,
            [(stored + 6, head)] if waiting else [],
        )
        report = wire.NodeReport(site=SITE, node=name, epoch="e1", time_ns=now_ns, head=head, hours=[hour])
        receipts.keep_report(report)
    receipts.close()


def _held(folder: Path, now_ns: int) -> None:
    """Write what was refused of one node, one line of it cut off."""
    lines = [
        {"time": iso(now_ns - i * NS_PER_SECOND), "node": "dali-02", "reason": REFUSED[i % 2], "detail": f"value {i}"}
        for i in range(5)
    ]
    log = folder / "quarantine" / "held.jsonl"
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines) + b'{"time": "20')
