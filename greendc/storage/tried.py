"""On which versions of InfluxDB the contract suite has really run."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import msgspec


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Versions that passed, and generations that nobody has tried yet."""

    influxdb: list[str]
    untried: list[str]


def tried() -> Tried:
    """Return what stands in ``greendc/data/tried_stores.toml``."""
    text = files("greendc").joinpath("data/tried_stores.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Tried)


def is_tried(version: str) -> bool:
    """Tell whether the suite has run on a version as a server tells it, such as Debian's ``1.6.7~rc0``."""
    number = re.match(r"[\d.]+", version)
    return number is not None and number[0] in tried().influxdb
