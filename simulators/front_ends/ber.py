"""The part of ASN.1 BER that SNMP v2c needs (RFC 3416, X.690): enough for an agent, and fast."""

from __future__ import annotations

Oid = tuple[int, ...]

INTEGER = 0x02
OCTETS = 0x04
NULL = 0x05
OBJECT = 0x06
SEQUENCE = 0x30
COUNTER32 = 0x41
GAUGE32 = 0x42
TICKS = 0x43
COUNTER64 = 0x46
NO_SUCH_INSTANCE = 0x81
END_OF_MIB_VIEW = 0x82

_LONG_FORM = 0x80


class BerError(ValueError):
    """The bytes are no BER of the expected form."""


def pack(tag: int, content: bytes) -> bytes:
    """Return tag, length and content."""
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Return an integer of any of SNMP's integer types."""
    bits = (value if value >= 0 else ~value).bit_length()
    return pack(tag, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    """Return an octet string."""
    return pack(OCTETS, value)


def object_id(oid: Oid) -> bytes:
    """Return an object identifier."""
    content = bytearray()
    for number in (oid[0] * 40 + oid[1], *oid[2:]):
        septets = [number & 0x7F]
        rest = number >> 7
        while rest:
            septets.append(0x80 | (rest & 0x7F))
            rest >>= 7
        content.extend(reversed(septets))
    return pack(OBJECT, bytes(content))


def unpack(data: bytes, at: int, expected: int | None = None) -> tuple[int, bytes, int]:
    """Return the tag, the content and the position behind the element at ``at``.

    Raises:
        BerError: the element is cut off, or is not of the expected tag.
    """
    try:
        tag, size = data[at], data[at + 1]
    except IndexError:
        raise BerError("cut off") from None
    at += 2
    if size & _LONG_FORM:
        length_octets = size & 0x7F
        size = int.from_bytes(data[at : at + length_octets], "big")
        at += length_octets
    if at + size > len(data):
        raise BerError("cut off")
    if expected is not None and tag != expected:
        raise BerError(f"tag {tag:#x} instead of {expected:#x}")
    return tag, data[at : at + size], at + size


def unpack_integer(data: bytes, at: int) -> tuple[int, int]:
    """Return an INTEGER and the position behind it."""
    _, content, at = unpack(data, at, INTEGER)
    return int.from_bytes(content, "big", signed=True), at


def unpack_object_id(content: bytes) -> Oid:
    """Return the numbers of an object identifier's content.

    Raises:
        BerError: it is empty or ends within a number.
    """
    if not content or content[-1] & 0x80:
        raise BerError("object identifier")
    numbers: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - first * 40, *numbers[1:])
