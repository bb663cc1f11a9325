"""From the files of older versions: schema 1 kept a row to a reading."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from greendc.sqlite_file import Schema
from greendc.storage.embedded.arrivals import keep_arrivals
from greendc.storage.embedded.chunks import TimesCache
from greendc.storage.embedded.lots import HotRows
from greendc.storage.embedded.rows import Rows
from greendc.storage.embedded.schema import SCHEMA, TABLES
from greendc.storage.embedded.sealing import Sealer

if TYPE_CHECKING:
    import sqlite3

_STRETCH = 500_000
_REASONS = """INSERT OR IGNORE INTO reasons (id, reason)
    SELECT row_number() OVER (ORDER BY reason), reason
    FROM (SELECT DISTINCT reason FROM readings WHERE reason IS NOT NULL AND reason <> '')"""
_READINGS = """SELECT series, time_ns, value, quality, coalesce(reasons.id, 0)
    FROM readings LEFT JOIN reasons ON reasons.reason = readings.reason ORDER BY series, time_ns"""


def upgrade(writer: sqlite3.Connection, found: int) -> None:
    """Seal every reading of a file of schema 1. ``found`` is its version; there is no other older one."""
    if found != 1:
        raise ValueError(f"schema {found} was never written")
    for statement in TABLES:
        writer.execute(statement)
    writer.execute(_REASONS)
    newest_ns: dict[int, int] = {}
    readings = writer.execute(_READINGS)
    seq = 0
    while stretch := readings.fetchmany(_STRETCH):
        seq += 1
        series, times, values, qualities, reasons = zip(*stretch, strict=True)
        rows = Rows(
            np.array(series, np.uint32),
            np.array(times, np.int64),
            np.array(values, np.float64),
            np.array(qualities, np.uint8),
            np.array(reasons, np.uint16),
        )
        sealer = Sealer(writer, TimesCache(), newest_ns)
        sealer.seal(rows)
        sealer.finish()
        keep_arrivals(writer, HotRows(rows, np.full(len(rows), seq, np.int64)), time.time_ns())
    writer.execute("DROP TABLE readings")
    writer.execute("DROP TABLE hours")


WRITTEN = Schema(version=SCHEMA.version, statements=SCHEMA.statements, upgrade=upgrade)
"""The schema with which a writer opens the file."""
