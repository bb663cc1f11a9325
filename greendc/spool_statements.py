"""The tables of a spool file, and the statements on them."""

from __future__ import annotations

from greendc.clock import NS_PER_HOUR
from greendc.sqlite_file import Schema

SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE spool (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL, site TEXT NOT NULL, node TEXT NOT NULL, depth INTEGER NOT NULL
        )""",
        """CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, quantity TEXT NOT NULL,
            UNIQUE (site, device, part, quantity)
        )""",
        # AUTOINCREMENT never gives a number twice, even after its row is gone: a confirmation names one reading only.
        """CREATE TABLE readings (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            series INTEGER NOT NULL, time_ns INTEGER NOT NULL,
            value REAL, quality INTEGER NOT NULL, reason TEXT NOT NULL
        )""",
        """CREATE TABLE sampled (
            hour_ns INTEGER PRIMARY KEY, count INTEGER NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE dropped (
            hour_ns INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (hour_ns, reason)
        )""",
    ),
)

ADD_SAMPLED = """INSERT INTO sampled (hour_ns, count) VALUES (?, ?)
    ON CONFLICT (hour_ns) DO UPDATE SET count = count + excluded.count"""
ADD_CONFIRMED = "UPDATE sampled SET confirmed = confirmed + ? WHERE hour_ns = ?"
LET_GO = "DELETE FROM readings WHERE seq BETWEEN ? AND ? RETURNING time_ns"
ADD_DROPPED = """INSERT INTO dropped (hour_ns, reason, count) VALUES (?, ?, ?)
    ON CONFLICT (hour_ns, reason) DO UPDATE SET count = count + excluded.count"""
ADD_READING = "INSERT INTO readings (series, time_ns, value, quality, reason) VALUES (?, ?, ?, ?, ?)"
PENDING = """SELECT r.seq, s.site, s.device, s.part, s.quantity, r.time_ns, r.value, r.quality, r.reason
    FROM readings r JOIN series s ON s.id = r.series WHERE r.seq > :after AND r.seq < :before
    ORDER BY r.seq {order} LIMIT :limit"""
# Consecutive numbers of one hour share the difference between the number and its place within the hour.
WAITING = f"""SELECT hour_ns, min(seq), max(seq) FROM (
        SELECT hour_ns, seq, seq - row_number() OVER (PARTITION BY hour_ns ORDER BY seq) AS island
        FROM (SELECT seq, time_ns - (time_ns % {NS_PER_HOUR} + {NS_PER_HOUR}) % {NS_PER_HOUR} AS hour_ns FROM readings)
    ) GROUP BY hour_ns, island ORDER BY hour_ns, min(seq)"""  # noqa: S608 - a constant is filled in
