"""Which greendc this is, read once: looking packages up walks the import path, which another thread may be changing."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("greendc")
