"""What came in since a cursor: hours of series in the order of the batches that brought them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from greendc.clock import NS_PER_HOUR
from greendc.columns import pack_ints, unpack_ints
from greendc.contracts import Arrivals, Window
from greendc.errors import PayloadError, StoreRefused
from greendc.storage.embedded.lots import hours_of
from greendc.texts import t

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from greendc.model import SeriesKey
    from greendc.storage.embedded.lots import HotRows
    from greendc.storage.steps import Ints

_KEEP = "INSERT INTO arrivals (seq, low_seq, at_ns, hours) VALUES (?, ?, ?, ?)"
_SINCE = "SELECT low_seq, hours FROM arrivals WHERE seq >= ? ORDER BY low_seq"


class _Cursor(NamedTuple):
    """The last hour that was told: the batch, the series' number and the hour after it."""

    seq: int = 0
    series: int = 0
    hour: int = 0


class _Hours(NamedTuple):
    """Hours [first, stop) of series, each with the newest batch that brought a reading."""

    series: Ints
    first: Ints
    stop: Ints
    seq: Ints


def keep_arrivals(writer: sqlite3.Connection, hot: HotRows, at_ns: int) -> None:
    """Remember which hours the batches brought that are being sealed; ``hot`` is sorted by series and time."""
    hours = hours_of(hot)
    body = msgspec.msgpack.encode([pack_ints(column) for column in hours])
    writer.execute(_KEEP, (int(hot.seq.max()), int(hot.seq.min()), at_ns, body))


def arrived(
    reader: sqlite3.Connection, hot: HotRows, names: Mapping[int, SeriesKey], cursor: str, limit: int
) -> Arrivals:
    """Return what came in of the series in ``names``, as `greendc.contracts.History.arrived`.

    Raises:
        StoreRefused: the cursor is not one of this store.
    """
    last = _parsed(cursor)
    wanted = np.zeros(max(names, default=0) + 1, np.bool_)
    wanted[list(names)] = True
    parts: list[_Hours] = []
    sealed = [(low, _Hours(*_unpacked(body))) for low, body in reader.execute(_SINCE, (last.seq,)).fetchall()]
    recent = hot.taken(hot.seq >= last.seq)
    if len(recent.rows):
        sealed.append((int(recent.seq.min()), _Hours(*hours_of(recent.ordered()))))
    sealed.sort(key=lambda part: part[0])
    for place, (_low, hours) in enumerate(sealed):
        parts.append(_after(hours, last, wanted))
        later = sealed[place + 1][0] if place + 1 < len(sealed) else None
        # No later part holds anything older than this.
        if later is not None and sum(int((part.seq < later).sum()) for part in parts) >= limit:
            break
    return _told(parts, names, cursor, limit)


def _told(parts: list[_Hours], names: Mapping[int, SeriesKey], cursor: str, limit: int) -> Arrivals:
    if not parts or not any(len(part.seq) for part in parts):
        return Arrivals(cursor=cursor, windows=())
    series, first, stop, seq = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((stop, series, seq))[:limit]
    windows = tuple(
        Window(key=names[one], start_ns=begin * NS_PER_HOUR, end_ns=end * NS_PER_HOUR)
        for one, begin, end in zip(series[order].tolist(), first[order].tolist(), stop[order].tolist(), strict=True)
    )
    end = order[-1]
    return Arrivals(cursor=f"{seq[end]}:{series[end]}:{stop[end]}", windows=windows)


def _after(hours: _Hours, last: _Cursor, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Hours:
    """Return the hours behind the cursor. What a batch brought only ever gets fewer, so that no entry holds it."""
    further = (hours.series > last.series) | ((hours.series == last.series) & (hours.stop > last.hour))
    left = (hours.seq > last.seq) | ((hours.seq == last.seq) & further)
    left &= wanted[np.minimum(hours.series, len(wanted) - 1)] & (hours.series < len(wanted))
    return _Hours(hours.series[left], hours.first[left], hours.stop[left], hours.seq[left])


def _unpacked(body: bytes) -> list[Ints]:
    try:
        columns = msgspec.msgpack.decode(body, type=list[bytes])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PayloadError(f"arrivals cannot be read: {error}") from error
    return [unpack_ints(column) for column in columns]


def _parsed(cursor: str) -> _Cursor:
    if not cursor:
        return _Cursor()
    try:
        seq, series, hour = (int(part) for part in cursor.split(":"))
    except ValueError as error:
        raise StoreRefused(t("storage.cursor.foreign", cursor=cursor)) from error
    return _Cursor(seq, series, hour)
