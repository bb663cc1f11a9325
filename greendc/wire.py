"""What travels over MQTT: readings, acknowledgements and accounts, as versioned MessagePack.

Topics are ``greendc/v1/<site>/<node>/data | ack | account``. A data message carries its readings in columns with a
table of series, so that one reading costs about 13 bytes. Whatever a decoder here is given, it returns a value or
raises `PayloadError`, nothing else; one bad reading of a message is refused alone.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import msgspec

from greendc.errors import PayloadError
from greendc.model import Quality, Reading
from greendc.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 1
MAX_BYTES = 64 * 1024
MAX_ROWS = 500
MAX_RANGES = 256
MAX_HOURS = 2000
_SEQ_LIMIT = 2**62
_COUNT_LIMIT = 2**48
"""Sums over many hours and nodes stay far below what a JSON integer can hold."""
_EXACT_INTEGER = 2**53
_TIME_LIMIT = 2**63
_LONGEST_DETAIL = 200
_QUALITIES = frozenset(Quality)
_LONGEST_PART = 128
_LONGEST_NAME = 63
_LONGEST_REASON = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
# A part may hold a device's own words; what a spreadsheet or a terminal would take for a command is not let in.
_PART = re.compile(r"(?:[\w/][\w .:/#()\[\]%+,*\\-]{0,127})?")
_REASON = re.compile(r"[a-z0-9_]{0,64}", re.ASCII)

Seq = Annotated[int, msgspec.Meta(ge=0, lt=_SEQ_LIMIT)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=_COUNT_LIMIT)]
Instant = Annotated[int, msgspec.Meta(ge=0, lt=_SEQ_LIMIT)]
Epoch = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z-]{1,64}$")]
Range = tuple[Seq, Seq]
P = TypeVar("P", bound=msgspec.Struct)


class Numbered(Protocol):
    """A reading under the number that its spool gave it."""

    @property
    def seq(self) -> int:
        """Return the number, from 1."""

    @property
    def reading(self) -> Reading:
        """Return the reading."""


class Row(msgspec.Struct, frozen=True):
    """A reading that arrived, under its number in the sender's spool."""

    seq: int
    reading: Reading


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a message that is not taken in: why, and what it said, cut short."""

    seq: int
    time_ns: int
    reason: str
    detail: str


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded data message: the readings that can be stored and those that cannot."""

    node: str
    epoch: str
    rows: list[Row]
    refused: list[Refused]


class Ack(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the writer has stored or quarantined of one epoch: all up to ``upto``, and the inclusive ranges ``also``."""

    epoch: Epoch
    upto: Seq
    also: Annotated[list[Range], msgspec.Meta(max_length=MAX_RANGES)] = []
    version: int = VERSION


class HourReport(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One UTC hour of a node's spool: samples taken, dropped by reason, and the ranges of numbers that still wait."""

    hour_ns: Instant
    sampled: Count
    dropped: dict[str, Count] = {}
    waiting: list[Range] = []


class NodeReport(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """What a node says of its spool at ``time_ns``; ``head`` is the highest number given so far."""

    site: str
    node: str
    epoch: Epoch
    time_ns: Instant
    head: Seq
    hours: Annotated[list[HourReport], msgspec.Meta(max_length=MAX_HOURS)]
    version: int = VERSION


class _Message(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """The form of a data message.

    Numbers and times are differences to the row before; ``odd`` holds quality and reason of rows that are not good.
    """

    version: int
    site: str
    node: str
    epoch: Epoch
    series: Annotated[list[tuple[str, str, str]], msgspec.Meta(max_length=MAX_ROWS)]
    seqs: Annotated[list[Seq], msgspec.Meta(max_length=MAX_ROWS)]
    index: list[int]
    times: list[int]
    values: list[object]
    odd: dict[int, tuple[int, str]]


def topic(site: str, node: str, kind: str) -> str:
    """Return the topic of ``data``, ``ack`` or ``account``; ``+`` as the node subscribes to all nodes."""
    return f"greendc/v{VERSION}/{site}/{node}/{kind}"


def split_topic(text: str) -> tuple[str, str, str]:
    """Return site, node and kind of a topic.

    Raises:
        PayloadError: it is none of ours.
    """
    match text.split("/"):
        case ["greendc", version, site, node, kind] if version == f"v{VERSION}" and _named(site) and _named(node):
            return site, node, kind
        case _:
            message = "not a topic of ours"
            raise PayloadError(message)


def encode_data(site: str, node: str, epoch: str, rows: Sequence[Numbered]) -> bytes:
    """Return one data message.

    A text that is too long is cut to a length that the receiver still refuses, so that it cannot block the node.
    """
    series: dict[tuple[str, str, str], int] = {}
    index: list[int] = []
    odd: dict[int, tuple[int, str]] = {}
    for position, row in enumerate(rows):
        reading = row.reading
        key = (
            reading.device[: _LONGEST_NAME + 1],
            reading.part[: _LONGEST_PART + 1],
            reading.quantity[: _LONGEST_NAME + 1],
        )
        index.append(series.setdefault(key, len(series)))
        if reading.quality is not Quality.GOOD or reading.reason:
            odd[position] = (int(reading.quality), reading.reason[: _LONGEST_REASON + 1])
    message = _Message(
        version=VERSION,
        site=site,
        node=node,
        epoch=epoch,
        series=list(series),
        seqs=_differences([row.seq for row in rows]),
        index=index,
        times=_differences([row.reading.time_ns for row in rows]),
        values=[_compact(row.reading.value) for row in rows],
        odd=odd,
    )
    return msgspec.msgpack.encode(message)


def pack(
    site: str, node: str, epoch: str, rows: Sequence[Numbered], limit: int = MAX_BYTES
) -> tuple[bytes, Sequence[Numbered]]:
    """Return a message of at most ``limit`` bytes and the leading rows that it holds, at least one."""
    taken = rows[:MAX_ROWS]
    payload = encode_data(site, node, epoch, taken)
    while len(payload) > limit and len(taken) > 1:
        taken = taken[: max(1, len(taken) * limit // (len(payload) + 1))]
        payload = encode_data(site, node, epoch, taken)
    return payload, taken


def decode_data(payload: bytes, site: str, node: str, limit: int = MAX_BYTES) -> Data:
    """Return the readings of a message that came in on the topic of ``site`` and ``node``.

    Raises:
        PayloadError: too long, not our form, another version, or another site or node than the topic says.
    """
    message = _decoded(payload, _Message, limit)
    _same_origin(message.version, message.site, message.node, site, node)
    count = len(message.seqs)
    if not count == len(message.index) == len(message.times) == len(message.values):
        raise PayloadError("columns of different length")
    seqs = _sums(message.seqs)
    if seqs and (seqs[0] < 1 or seqs[-1] >= _SEQ_LIMIT or 0 in message.seqs):
        raise PayloadError("numbers do not rise")
    rows: list[Row] = []
    refused: list[Refused] = []
    for position, (seq, time_ns) in enumerate(zip(seqs, _sums(message.times), strict=True)):
        made = _row(message, position, seq, time_ns)
        if isinstance(made, Row):
            rows.append(made)
        else:
            refused.append(made)
    return Data(node=node, epoch=message.epoch, rows=rows, refused=refused)


def encode_ack(ack: Ack) -> bytes:
    """Return an acknowledgement as a payload."""
    return msgspec.msgpack.encode(ack)


def decode_ack(payload: bytes, limit: int = MAX_BYTES) -> Ack:
    """Return the acknowledgement in a payload.

    Raises:
        PayloadError: it is not one.
    """
    ack = _decoded(payload, Ack, limit)
    _check_version(ack.version)
    if any(first > last for first, last in ack.also):
        raise PayloadError("a range that ends before it begins")
    return ack


def encode_report(report: NodeReport) -> bytes:
    """Return a node's report as a payload."""
    return msgspec.msgpack.encode(report)


def decode_report(payload: bytes, site: str, node: str, limit: int = MAX_BYTES) -> NodeReport:
    """Return the report that came in on the topic of ``site`` and ``node``.

    Raises:
        PayloadError: it is not one, or it speaks for another site or node.
    """
    report = _decoded(payload, NodeReport, limit)
    _same_origin(report.version, report.site, report.node, site, node)
    for hour in report.hours:
        if any(first > last for first, last in hour.waiting) or not all(map(_REASON.fullmatch, hour.dropped)):
            raise PayloadError("an hour that cannot be")
    return report


def _row(message: _Message, position: int, seq: int, time_ns: int) -> Row | Refused:
    """Return one reading, or why it cannot be one."""
    index, value = message.index[position], message.values[position]
    quality, reason = message.odd.get(position, (0, ""))
    known_time = 0 <= time_ns < _TIME_LIMIT
    if 0 <= index < len(message.series):
        device, part, quantity = message.series[index]
        bad = _bad_series(device, part, quantity) or _bad_value(quantity, value, quality, reason)
    else:
        device = part = quantity = ""
        bad = "bad_series"
    bad = bad or ("" if known_time else "bad_time")
    if bad or not (value is None or isinstance(value, int | float)):
        detail = repr((device, part, quantity, value, quality, reason))[:_LONGEST_DETAIL]
        return Refused(seq=seq, time_ns=time_ns if known_time else 0, reason=bad, detail=detail)
    return Row(
        seq,
        Reading(
            time_ns=time_ns,
            site=message.site,
            device=device,
            part=part,
            quantity=quantity,
            value=None if value is None else float(value),
            quality=Quality(quality),
            reason=reason,
        ),
    )


def _bad_series(device: str, part: str, quantity: str) -> str:
    if not (_named(device) and _PART.fullmatch(part)):
        return "bad_name"
    return "" if quantity in quantities() else "unknown_quantity"


def _bad_value(quantity: str, value: object, quality: int, reason: str) -> str:
    """Return what is wrong with a value and its quality, or an empty text."""
    if quality not in _QUALITIES or not _REASON.fullmatch(reason):
        return "bad_quality"
    if value is None:
        return "good_without_value" if quality == Quality.GOOD else ""
    if quality == Quality.BAD:
        # What cannot be trusted at all is no value: sums and pages would have to look at the quality of each.
        return "bad_with_value"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "not_a_number"
    known = quantities()[quantity]
    return "" if known.low <= value <= known.high else "out_of_range"


def _decoded(payload: bytes, into: type[P], limit: int) -> P:
    if len(payload) > limit:
        message = f"{len(payload)} bytes are more than {limit}"
        raise PayloadError(message)
    try:
        return msgspec.msgpack.decode(payload, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        message = f"not our form: {error}"
        raise PayloadError(message) from error


def _same_origin(version: int, site: str, node: str, topic_site: str, topic_node: str) -> None:
    _check_version(version)
    if (site, node) != (topic_site, topic_node):
        raise PayloadError("site or node differ from the topic")


def _check_version(version: int) -> None:
    if version != VERSION:
        message = f"version {version}, this side speaks {VERSION}"
        raise PayloadError(message)


def _named(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _compact(value: float | None) -> float | int | None:
    """Return a whole number as an integer, which MessagePack writes in fewer bytes; minus zero stays a float."""
    if value is None or not value.is_integer() or abs(value) > _EXACT_INTEGER:
        return value
    return value if value == 0 and math.copysign(1.0, value) < 0 else int(value)


def _differences(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers[:-1]], numbers, strict=True)]


def _sums(differences: Sequence[int]) -> list[int]:
    total = 0
    return [total := total + difference for difference in differences]
