"""How readings stand in InfluxDB: names as tags, and one number for quality and knowledge.

Source of the syntax: InfluxDB line protocol reference, "Special characters" and "Naming restrictions".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from greendc.model import Quality

if TYPE_CHECKING:
    from greendc.model import Reading

EMPTY = "-"
"""The tag of an empty part: InfluxDB keeps no empty tag, and its versions disagree on how to ask for a missing one."""

UNUSUAL = 4
"""Added to the quality when a reading is bad yet has a value, or uncertain without one.

Quality is written with every reading and says whether the value is known. A later write merges into the fields that are
there, so a value that was taken back stays in the database and must be known to be void.
"""

KNOWN_CODES = (int(Quality.GOOD), int(Quality.UNCERTAIN), int(Quality.BAD) + UNUSUAL)

# A backslash before a delimiter cannot be written in a tag, nor can a line break; the percent sign marks the replaced.
_HAZARD = re.compile(r"[\x00-\x1f\x7f\\%]")
_TAG_DELIMITER = re.compile(r"[ ,=]")


def tag_of(name: str) -> str:
    """Return the tag value for a name; nearly always the name itself."""
    if not name:
        return EMPTY
    if name == EMPTY:
        return "%2D"
    return _HAZARD.sub(lambda found: f"%{ord(found[0]):02X}", name)


def name_of(tag: str) -> str:
    """Return the name for a tag value."""
    return "" if tag == EMPTY else unquote(tag)


def code_of(reading: Reading) -> int:
    """Return the number that stands in the field ``quality``."""
    usual = (reading.value is None) == (reading.quality is Quality.BAD)
    return int(reading.quality) + (0 if usual else UNUSUAL)


def quality_of(code: int) -> tuple[Quality, bool]:
    """Return the quality, and whether the value is known."""
    return Quality(code % UNUSUAL), code in KNOWN_CODES


def line(reading: Reading) -> str:
    """Return a reading that admission lets pass in line protocol, with its time in nanoseconds."""
    tags = ",".join(
        f"{tag}={escaped(tag_of(name))}"
        for tag, name in (("device", reading.device), ("part", reading.part), ("site", reading.site))
    )
    fields = [f"quality={code_of(reading)}i"]
    if reading.value is not None:
        fields.append(f"value={float(reading.value)!r}")
    if reading.quality is not Quality.GOOD:
        reason = reading.reason.replace("\\", "\\\\").replace('"', '\\"')
        fields.append(f'reason="{reason}"')
    return f"{reading.quantity},{tags} {','.join(fields)} {reading.time_ns}"


def escaped(tag: str) -> str:
    """Return a tag value as line protocol wants it."""
    return _TAG_DELIMITER.sub(lambda found: f"\\{found[0]}", tag)
