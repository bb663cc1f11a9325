"""Registers to numbers: pure functions.

Makers name the byte order of a 32-bit value 0xAABBCCDD by the order in which its bytes arrive: ABCD (big endian, as the
Modbus application protocol sends 16-bit words), CDAB (words swapped), BADC (bytes within words swapped), DCBA (both). A
64-bit value follows the same rule: CDAB and DCBA send the least significant word first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from greendc.profiles import WORDS, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
_FORMATS = {
    Raw.INT16: ">h",
    Raw.UINT16: ">H",
    Raw.INT32: ">i",
    Raw.UINT32: ">I",
    Raw.INT64: ">q",
    Raw.UINT64: ">Q",
    Raw.FLOAT32: ">f",
    Raw.FLOAT64: ">d",
}


def number(words: Sequence[int], raw: Raw, order: str = "ABCD") -> int | float:
    """Return the number that ``words`` (16 bits each, in the order they were received) hold.

    A single word has no order of words: CDAB reads it as ABCD, and DCBA as BADC. A float may be NaN or infinite: the
    caller decides what that means.

    Raises:
        ValueError: the type needs another number of words, or the order is not one of `ORDERS`.
    """
    if len(words) != WORDS[raw]:
        message = f"{raw} needs {WORDS[raw]} words, not {len(words)}"
        raise ValueError(message)
    if order not in ORDERS:
        message = f"byte order {order}"
        raise ValueError(message)
    ordered = list(words) if order in {"ABCD", "BADC"} else list(reversed(words))
    endian = ">" if order in {"ABCD", "CDAB"} else "<"
    data = struct.pack(f"{endian}{len(ordered)}H", *ordered)
    value: int | float = struct.unpack(_FORMATS[raw], data)[0]
    return value
