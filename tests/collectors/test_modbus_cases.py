"""Each Modbus profile against raw words worked by hand from the maker's table, and against its own slips.

The case gives address and words by itself, so that a wrong address, type, order, scale or unit in the profile shows.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from collectors.decode import NOT_AVAILABLE, decode
from collectors.modbus.blocks import address, plan
from collectors.modbus.words import ORDERS
from greendc.profiles import WORDS, Point, Profile, profiles
from greendc.quantities import Kind, quantity

CASES = Path(__file__).parent.parent / "cases"
FAMILIES = {found.name: found for found in profiles() if found.protocol == "modbus"}
UNTOLD = 0xA5C3
"""Every register that the case says nothing of."""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a case: words at an address and what they mean in the stored unit."""

    quantity: str
    register: int
    words: str
    part: str = ""
    value: float | None = None
    reason: str = ""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case file; ``without`` holds words that mean no value, one at a time in place of the good ones.

    ``factors`` are the scale factors that the device holds, by register.
    """

    profile: str
    points: list[Known]
    without: list[Known]
    factors: dict[str, str] = {}

    def image(self, *instead: Known) -> dict[int, int]:
        """Return the registers of the good words, with some in place of others."""
        words = image_of(self.points) | {int(at): int(word, 16) for at, word in self.factors.items()}
        return words | image_of(list(instead))


def case_of(name: str) -> Case:
    """Return the case of a profile."""
    return msgspec.convert(tomllib.loads((CASES / name / "case.toml").read_text("utf-8")), Case)


def image_of(known: list[Known]) -> dict[int, int]:
    """Return the registers that a case fills."""
    return {one.register + i: int(word, 16) for one in known for i, word in enumerate(one.words.split())}


def read(family: Profile, image: dict[int, int]) -> dict[tuple[str, str], float | str | None]:
    """Return value or reason of every point, read from an image in the blocks that the profile plans."""
    assert family.modbus is not None
    rows: dict[tuple[str, str], float | str | None] = {}
    for block in plan(family.points, max_words=family.modbus.max_words, max_gap=family.modbus.max_gap):
        words = [image.get(at, UNTOLD) for at in range(block.start, block.start + block.count)]
        for point in block.points:
            raw = block.raw_of(point, words, family.modbus.order)
            if raw is None:
                rows[point.quantity, point.part] = NOT_AVAILABLE
                continue
            row = decode(point, raw, part=point.part, time_ns=0, site="s", device="d")
            rows[point.quantity, point.part] = row.reason or row.value
    return rows


def right(family: Profile, case: Case) -> bool:
    """Tell whether a profile gives exactly what the case expects."""
    rows = read(family, case.image())
    wanted = {(one.quantity, one.part): one.value for one in case.points}
    return set(rows) == set(wanted) and all(rows[key] == pytest.approx(wanted[key], rel=1e-12) for key in wanted)


@pytest.mark.parametrize("name", FAMILIES)
def test_words_worked_by_hand(name: str) -> None:
    """Every point of the profile, and no other, has the value that was worked out by hand."""
    case = case_of(name)
    assert case.profile == name
    rows = read(FAMILIES[name], case.image())
    assert set(rows) == {(one.quantity, one.part) for one in case.points}
    for one in case.points:
        assert rows[one.quantity, one.part] == pytest.approx(one.value, rel=1e-12), (one.quantity, one.part)


@pytest.mark.parametrize("name", FAMILIES)
def test_words_that_mean_no_value(name: str) -> None:
    """Sentinels, NaN and the impossible give a reason and no value, and leave the other points alone."""
    case = case_of(name)
    good = read(FAMILIES[name], case.image())
    assert case.without
    for one in case.without:
        rows = read(FAMILIES[name], case.image(one))
        assert rows[one.quantity, one.part] == one.reason, one
        assert {key: row for key, row in rows.items() if key != (one.quantity, one.part)} == {
            key: row for key, row in good.items() if key != (one.quantity, one.part)
        }


def slips(point: Point) -> list[Point]:
    """Return a point with one slip each: scale, offset, the register before and after, states exchanged."""
    register = address(point)
    replaced = [msgspec.structs.replace(point, register=at) for at in (register + 1, register - 1) if at >= 0]
    if point.sf is not None:
        replaced += [msgspec.structs.replace(point, sf=at) for at in (None, point.sf + 1, point.sf - 1)]
    if quantity(point.quantity).kind is Kind.STATE:
        names = list(point.states.values())
        turned = dict(zip(point.states, [*names[1:], names[0]], strict=True))
        return [*replaced, msgspec.structs.replace(point, states=turned)]
    return [
        *replaced,
        msgspec.structs.replace(point, scale=point.scale * 2),
        msgspec.structs.replace(point, scale=point.scale / 10),
        msgspec.structs.replace(point, offset=point.offset + 1),
    ]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_slip_is_noticed(name: str) -> None:
    """Any one scale, offset, address, type or state code that is changed makes the case fail."""
    family, case = FAMILIES[name], case_of(name)
    assert right(family, case)
    for i, point in enumerate(family.points):
        others = [raw for raw in WORDS if WORDS[raw] == WORDS[point.raw] and "float" in {raw[:5], point.raw[:5]}]
        wrong = slips(point) + [msgspec.structs.replace(point, raw=raw) for raw in others if raw is not point.raw]
        for slip in wrong:
            points = [*family.points[:i], slip, *family.points[i + 1 :]]
            assert not right(msgspec.structs.replace(family, points=points), case), slip


@pytest.mark.parametrize("name", FAMILIES)
def test_a_wrong_byte_order_is_noticed(name: str) -> None:
    """A profile with any other byte order does not pass its case; single registers know no order of words."""
    family, case = FAMILIES[name], case_of(name)
    assert family.modbus is not None
    for order in ORDERS:
        turned = msgspec.structs.replace(family.modbus, order=order)
        wide = any(WORDS[point.raw] > 1 for point in family.points)
        same = order == family.modbus.order if wide else {order, family.modbus.order} <= {"ABCD", "CDAB"}
        assert right(msgspec.structs.replace(family, modbus=turned), case) == same
