"""The versions of what runs here."""

from __future__ import annotations

import platform
import sqlite3
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("greendc", "streamlit", "pyarrow", "numpy", "pandas", "pymodbus", "pysnmp", "paho-mqtt")


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return names and versions: greendc first, then the system, then the libraries that are installed."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    system = [
        ("Python", platform.python_version()),
        ("SQLite", sqlite3.sqlite_version),
        (platform.system(), platform.release()),
    ]
    return (*found[:1], *system, *found[1:])
