"""Words to numbers, and points to blocks."""

from __future__ import annotations

import itertools
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.blocks import address, block_of, halves, plan
from collectors.modbus.words import ORDERS, number
from greendc.profiles import WORDS, Point, Raw

LAYOUT = {
    Raw.INT16: "h",
    Raw.UINT16: "H",
    Raw.INT32: "i",
    Raw.UINT32: "I",
    Raw.INT64: "q",
    Raw.UINT64: "Q",
    Raw.FLOAT32: "f",
    Raw.FLOAT64: "d",
}


def words_of(value: float, raw: Raw, order: str) -> list[int]:
    """Return the words that a device of this byte order sends, each byte moved on its own."""
    data = struct.pack(f">{LAYOUT[raw]}", value)
    size = len(data)
    # Position of each sent byte within the big-endian value.
    places = {
        "ABCD": list(range(size)),
        "DCBA": list(range(size - 1, -1, -1)),
        "BADC": [i ^ 1 for i in range(size)],
        "CDAB": [(size - 2 - 2 * (i // 2)) + i % 2 for i in range(size)],
    }[order]
    sent = bytes(data[place] for place in places)
    return [int.from_bytes(sent[i : i + 2], "big") for i in range(0, size, 2)]


def values_of(raw: Raw) -> st.SearchStrategy[float]:
    """Return a strategy of all values a type can hold."""
    if raw in {Raw.FLOAT32, Raw.FLOAT64}:
        return st.floats(width=32 if raw is Raw.FLOAT32 else 64, allow_nan=False)
    bits = 16 * WORDS[raw]
    signed = raw in {Raw.INT16, Raw.INT32, Raw.INT64}
    return st.integers(-(2 ** (bits - 1)) if signed else 0, 2 ** (bits - 1) - 1 if signed else 2**bits - 1)


@given(data=st.data(), raw=st.sampled_from(list(WORDS)), order=st.sampled_from(ORDERS))
def test_every_value_survives_every_order(data: st.DataObject, raw: Raw, order: str) -> None:
    """What a device of any byte order sends is read back as the same number."""
    value = data.draw(values_of(raw))
    assert number(words_of(value, raw, order), raw, order) == value


@pytest.mark.parametrize(
    ("order", "words"),
    [("ABCD", [0x4366, 0x8000]), ("CDAB", [0x8000, 0x4366]), ("BADC", [0x6643, 0x0080]), ("DCBA", [0x0080, 0x6643])],
)
def test_known_float(order: str, words: list[int]) -> None:
    """230.5 is 0x43668000 in IEEE 754, whatever the order of its bytes."""
    assert number(words, Raw.FLOAT32, order) == 230.5


def test_nan_stays_nan() -> None:
    """A meter's "not available" float is NaN, not a number that looks real."""
    assert math.isnan(number([0xFFC0, 0x0000], Raw.FLOAT32))


@pytest.mark.parametrize(("words", "raw", "order"), [([1], Raw.INT32, "ABCD"), ([1, 2], Raw.INT32, "ABDC")])
def test_refuses_what_does_not_fit(words: list[int], raw: Raw, order: str) -> None:
    """A wrong number of words and an unknown order are errors, never a number."""
    with pytest.raises(ValueError, match=r"words|byte order"):
        number(words, raw, order)


@st.composite
def maps(draw: st.DrawFn) -> list[Point]:
    """Return points that do not overlap, in any order."""
    at = draw(st.integers(0, 5000))
    points = []
    for raw in draw(st.lists(st.sampled_from(list(WORDS)), min_size=1, max_size=60)):
        at += draw(st.one_of(st.just(0), st.integers(0, 40)))
        points.append(Point(quantity="active_power_w", register=at, raw=raw))
        at += WORDS[raw]
    return draw(st.permutations(points))


@given(points=maps(), max_words=st.integers(4, 125), max_gap=st.integers(0, 30))
def test_blocks_hold_every_point_once_within_bounds(points: list[Point], max_words: int, max_gap: int) -> None:
    """No block is too long or reads over too wide a hole, no value is split, no point is lost or read twice."""
    blocks = plan(points, max_words=max_words, max_gap=max_gap)
    held = [point for block in blocks for point in block.points]
    assert sorted(map(address, held)) == sorted(map(address, points))
    for block in blocks:
        assert block.count <= max_words
        assert block.start == address(block.points[0])
        end = block.start
        for point in block.points:
            assert address(point) - end <= max_gap
            end = address(point) + WORDS[point.raw]
        assert end == block.start + block.count


@given(points=maps(), max_words=st.integers(4, 125), max_gap=st.integers(0, 30))
def test_blocks_are_as_few_as_the_bounds_allow(points: list[Point], max_words: int, max_gap: int) -> None:
    """Two neighbouring blocks could not have been one."""
    blocks = plan(points, max_words=max_words, max_gap=max_gap)
    for left, right in itertools.pairwise(blocks):
        first = block_of((*left.points, right.points[0]))
        hole = right.start - (left.start + left.count)
        assert first.count > max_words or hole > max_gap


@given(points=maps())
def test_halves_lose_nothing(points: list[Point]) -> None:
    """Halving a block keeps all its points and never grows it."""
    block = block_of(points)
    if len(points) > 1:
        left, right = halves(block)
        assert left.points + right.points == block.points
        assert left.count + right.count <= block.count


def test_words_of_a_point_in_a_block() -> None:
    """Each point finds its own words in the block's."""
    a = Point(quantity="active_power_w", register=10, raw=Raw.UINT16)
    b = Point(quantity="active_energy_j", register=13, raw=Raw.UINT32)
    block = block_of([b, a])
    assert (block.start, block.count) == (10, 5)
    words = [10, 11, 12, 13, 14]
    assert block.words_of(a, words) == [10]
    assert block.words_of(b, words) == [13, 14]


def test_a_point_without_register_is_an_error() -> None:
    """A point of another protocol cannot be planned."""
    with pytest.raises(ValueError, match="no register"):
        plan([Point(quantity="active_power_w")], max_words=10, max_gap=0)


FACTORED = Point(quantity="active_power_w", register=14, sf=15, raw=Raw.INT16, unit="W", missing=[-32768])


@pytest.mark.parametrize(
    ("words", "raw"),
    [
        ([230, 0], 230),
        ([230, 2], 23_000),
        ([230, 0xFFFF], 23.0),
        ([0xFF1A, 0xFFFE], -2.3),
        ([230, 0x8000], None),
        ([230, 11], None),
        ([0x8000, 2], -32768),
    ],
)
def test_a_scale_factor_comes_with_its_value(words: list[int], raw: float | None) -> None:
    """A signed power of ten multiplies; "not implemented" and the impossible leave no value, sentinels stay whole."""
    (block,) = plan([FACTORED], max_words=125, max_gap=16)
    assert (block.start, block.count) == (14, 2)
    assert block.raw_of(FACTORED, words, "ABCD") == pytest.approx(raw)


def test_a_scale_factor_is_never_cut_off() -> None:
    """A factor before or far behind its value lies in the same block, also after a block was halved."""
    before = Point(quantity="voltage_v", register=20, sf=10, raw=Raw.UINT16, unit="V")
    behind = Point(quantity="current_a", register=22, sf=63, raw=Raw.UINT16, unit="A")
    (whole,) = plan([before, behind], max_words=125, max_gap=16)
    assert (whole.start, whole.count) == (10, 54)
    first, second = halves(whole)
    assert (first.start, first.count) == (10, 11)
    assert (second.start, second.count) == (22, 42)
    assert [block.count for block in plan([before, behind], max_words=50, max_gap=16)] == [11, 42]
