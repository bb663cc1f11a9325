"""Which registers to ask for in one request: pure functions.

Few long reads are much cheaper than many short ones, on a serial line behind a gateway above all. A block never splits
a value, is never longer than the device allows, and reads over holes only up to a bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collectors.modbus.words import number
from greendc.profiles import WORDS, Point, Raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FACTORS = range(-10, 11)
"""What a scale factor may be (SunSpec information model specification); its "not implemented" is far outside."""


class Block(msgspec.Struct, frozen=True):
    """Registers ``start`` to ``start + count - 1`` and the points, by address, that lie within."""

    start: int
    count: int
    points: tuple[Point, ...]

    def words_of(self, point: Point, words: Sequence[int]) -> Sequence[int]:
        """Return the words of one point out of those of the block."""
        first = address(point) - self.start
        return words[first : first + WORDS[point.raw]]

    def raw_of(self, point: Point, words: Sequence[int], order: str) -> int | float | None:
        """Return the raw value of one point; None when it has a scale factor and that is none.

        A raw value that stands for "not available" is not multiplied.
        """
        raw = number(self.words_of(point, words), point.raw, order)
        if point.sf is None or raw in point.missing:
            return raw
        at = point.sf - self.start
        factor = number(words[at : at + 1], Raw.INT16, order)
        return raw * 10.0**factor if factor in FACTORS else None


def address(point: Point) -> int:
    """Return the 0-based address of a point's first register.

    Raises:
        ValueError: the point has no register; the linter of profiles lets none pass.
    """
    if point.register is None:
        message = f"{point.quantity} has no register"
        raise ValueError(message)
    return point.register


def block_of(points: Iterable[Point]) -> Block:
    """Return the block that just holds ``points``, which must not be empty."""
    ordered = tuple(sorted(points, key=address))
    start = min(point.span()[0] for point in ordered)
    end = max(point.span()[1] for point in ordered)
    return Block(start, end - start, ordered)


def plan(points: Iterable[Point], *, max_words: int, max_gap: int) -> list[Block]:
    """Return the blocks to read: as few as the two bounds [words] allow, by address."""
    blocks: list[Block] = []
    for point in sorted(points, key=address):
        grown = block_of((*blocks[-1].points, point)) if blocks else None
        near = blocks and point.span()[0] - (blocks[-1].start + blocks[-1].count) <= max_gap
        if grown is not None and near and grown.count <= max_words:
            blocks[-1] = grown
        else:
            blocks.append(block_of((point,)))
    return blocks


def halves(block: Block) -> tuple[Block, Block]:
    """Return the two halves of a block of at least two points, each without the hole between them."""
    middle = len(block.points) // 2
    return block_of(block.points[:middle]), block_of(block.points[middle:])
