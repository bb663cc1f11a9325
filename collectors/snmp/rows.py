"""From what an agent answered to one raw value per part: filters, companions, labels. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from collectors.decode import (
    NO_ANSWER,
    NOT_AVAILABLE,
    NOT_SUPPORTED,
    OUT_OF_RANGE,
    Value,
    is_missing,
    number,
    unsigned,
)
from collectors.snmp.plan import is_scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.profiles import Point

_PRESENT = 1
_INDEX = re.compile(r"\{(\d)\}")


class Answers(msgspec.Struct, kw_only=True):
    """What one read of an agent gave.

    ``scalars`` holds the values by OID, None for what does not exist; an OID that is absent got no answer. ``columns``
    holds the rows of each walked column by index, and ``broken`` names columns whose walk did not come to its end.
    """

    scalars: dict[str, Value] = {}
    columns: dict[str, dict[str, Value]] = {}
    broken: set[str] = set()


class Cell(msgspec.Struct, frozen=True):
    """The raw value of one part, or the reason why there is none."""

    part: str
    raw: Value
    reason: str = ""


def cells(point: Point, answers: Answers) -> Iterator[Cell]:
    """Yield the cells of a point: one for a scalar, one per row that counts for a column."""
    if point.oid is not None:
        raw = answers.scalars.get(point.oid)
        if point.oid not in answers.scalars:
            yield Cell(point.part, None, NO_ANSWER)
        elif _counts(point, "", answers):
            yield Cell(point.part, *_combined(point, raw, "", answers))
        return
    rows = answers.columns.get(str(point.table), {})
    names = _names(point, answers)
    for index, raw in rows.items():
        if point.only and re.fullmatch(point.only, index) is None:
            continue
        if _is_beyond(point, raw, index, answers):
            continue
        if _counts(point, index, answers):
            yield Cell(part_of(point, index, names.get(index, index)), *_combined(point, raw, index, answers))


def part_of(point: Point, index: str, name: str) -> str:
    """Return the part of a row: ``{0}`` is the first number of its index, ``{label}`` its name."""
    arcs = index.split(".")
    filled = _INDEX.sub(lambda found: arcs[int(found[1])] if int(found[1]) < len(arcs) else index, point.part)
    return filled.replace("{label}", name)


def _names(point: Point, answers: Answers) -> dict[str, str]:
    """Return what to call each labelled row: its label, with its index behind where another row is called the same."""
    if point.label is None:
        return {}
    labels = answers.columns.get(point.label, {})
    said = {index: " ".join(str(label or "").split()) for index, label in labels.items()}
    names = {index: name or index for index, name in said.items()}
    # A label may be another row's index, or look like a name that was told apart: then it is told apart, too.
    while True:
        twice = Counter(names.values())
        alike = [index for index, name in names.items() if said[index] and twice[name] > 1]
        if not alike:
            return names
        names |= {index: f"{names[index]}.{index}" for index in alike}


def _look(oid: str, index: str, answers: Answers) -> tuple[Value, str]:
    """Return a companion's value, and the reason when it has none."""
    if is_scalar(oid):
        if oid not in answers.scalars:
            return None, NO_ANSWER
        value = answers.scalars[oid]
    else:
        value = answers.columns.get(oid, {}).get(index)
        if value is None and oid in answers.broken:
            return None, NO_ANSWER
    return value, "" if value is not None else NOT_SUPPORTED


def _counts(point: Point, index: str, answers: Answers) -> bool:
    if point.when is None:
        return True
    value, _ = _look(point.when, index, answers)
    return str(value) in point.when_in


def _is_beyond(point: Point, raw: Value, index: str, answers: Answers) -> bool:
    if point.up_to is None:
        return False
    count = number(_look(point.up_to, index, answers)[0])
    plain = number(raw)
    idle = plain is None or plain == 0 or is_missing(point, plain)
    return idle and count is not None and int(index.partition(".")[0]) > max(count, 1)


def _combined(point: Point, raw: Value, index: str, answers: Answers) -> tuple[Value, str]:
    plain = number(raw)
    if point.present is not None:
        there, reason = _look(point.present, index, answers)
        if reason == NO_ANSWER or number(there) != _PRESENT:
            return None, reason or NOT_AVAILABLE
    if plain is None or is_missing(point, plain):
        return raw, ""
    if point.zero_with is not None and plain == 0:
        other, _ = _look(point.zero_with, index, answers)
        if number(other) not in point.zero_in:
            return None, NOT_AVAILABLE
    return _computed(point, raw, unsigned(point, plain), index, answers)


def _computed(point: Point, raw: Value, plain: float, index: str, answers: Answers) -> tuple[Value, str]:
    factors = {**point.terms, **({point.times: 1.0} if point.times else {})}
    found: dict[str, float] = {}
    for oid in factors:
        value, reason = _look(oid, index, answers)
        companion = number(value)
        if companion is None:
            return None, reason or NOT_AVAILABLE
        found[oid] = unsigned(point, companion)
    total = plain + sum(factor * found[oid] for oid, factor in point.terms.items())
    if _is_outside(point, total, index, answers):
        return None, OUT_OF_RANGE
    return (total * (found[point.times] if point.times else 1) if factors else raw), ""


def _is_outside(point: Point, total: float, index: str, answers: Answers) -> bool:
    for oid, sign in ((point.at_most, 1), (point.at_least, -1)):
        bound = number(_look(oid, index, answers)[0]) if oid else None
        if bound is not None and (total - unsigned(point, bound)) * sign > 0:
            return True
    return False
