"""InfluxQL statements: the one query language that InfluxDB 1.x, 2.x and 3 all speak.

Every name that enters a statement is quoted here; nothing else is filled in but integers and what this module wrote.
Source of the syntax: InfluxQL reference, "Literals" and "Identifiers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.storage.admission import MAX_TIME_NS, admits_quantity
from greendc.storage.influx.names import name_of, tag_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import SeriesKey
    from greendc.storage.influx.answers import Series

ANY_MEASUREMENT = "/.*/"
BY_SERIES = 'GROUP BY "device", "part"'


def measurement(quantity: str) -> str:
    """Return a quantity as an identifier.

    Raises:
        ValueError: it is no name of a quantity.
    """
    if not admits_quantity(quantity):
        message = f"{quantity!r} is no quantity"
        raise ValueError(message)
    return f'"{quantity}"'


def equals(tag: str, name: str) -> str:
    """Return the condition that a tag holds a name."""
    # Tags hold no backslash and no line break, see names.
    value = tag_of(name).replace("'", "\\'")
    return f"\"{tag}\" = '{value}'"


def one_of(keys: Sequence[SeriesKey]) -> str:
    """Return the condition for series of one site and quantity."""
    pairs = " OR ".join(f"({equals('device', key.device)} AND {equals('part', key.part)})" for key in keys)
    return f"{equals('site', keys[0].site)} AND ({pairs})"


def window(start_ns: int, end_ns: int | None) -> str:
    """Return the condition that a reading's time is in [start_ns, end_ns)."""
    last = MAX_TIME_NS if end_ns is None else min(end_ns - 1, MAX_TIME_NS)
    return f"time >= {max(start_ns, 0)} AND time <= {last}"


def select(what: str, source: str, where: str, tail: str = BY_SERIES) -> str:
    """Return a statement from its parts, each made by this module or a constant."""
    return f"SELECT {what} FROM {source} WHERE {where} {tail}"  # noqa: S608 - see above


def show_series(site: str, device: str | None, quantity: str | None) -> str:
    """Return the statement that lists the series of 1.x and 2.x without reading a point."""
    source = "" if quantity is None else f" FROM {measurement(quantity)}"
    return f"SHOW SERIES{source} WHERE {of_site(site, device)}"


def show_sites(source: str | None = None) -> str:
    """Return the statement that lists the values of the tag ``site``; ``source`` is a name of our own."""
    source_of = "" if source is None else f' FROM "{source}"'
    return f'SHOW TAG VALUES{source_of} WITH KEY = "site"'


def tag_values(found: Sequence[Series]) -> list[str]:
    """Return the names in the answer to ``SHOW TAG VALUES``, each once."""
    return sorted({name_of(str(row[1])) for series in found for row in series.values})


def of_site(site: str, device: str | None) -> str:
    """Return the condition for the series of a site, or of one of its devices."""
    return equals("site", site) if device is None else f"{equals('site', site)} AND {equals('device', device)}"
