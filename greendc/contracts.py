"""The seams between the packages, one or two methods each. Units and times as in `greendc.model`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from greendc.model import Principal, SeriesKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping

    import pyarrow as pa

    from greendc.model import Batch, Reading


T = TypeVar("T")


class Source(Protocol):
    """A device that can be asked."""

    async def read(self) -> Sequence[Reading]:
        """Read every point once. A point that cannot be read is a reading without a value.

        Raises:
            DeviceAway: the device does not answer at all.
            DeviceRefused: it answers that it will not serve us.
        """

    async def close(self) -> None:
        """Let go of sockets; the source is not asked again."""


class Feed(Protocol):
    """Something that talks by itself: a broker's topic, traps."""

    def readings(self) -> AsyncIterator[Sequence[Reading]]:
        """Yield readings as they arrive, until the feed is closed."""


class Sink(Protocol):
    """Takes readings and keeps them."""

    def write(self, readings: Sequence[Reading]) -> None:
        """Return only when the readings are safe. Writing a reading again is harmless.

        Raises:
            StoreAway: nothing was lost, nothing is promised; write the same again later.
            StoreRefused: a person must mend the configuration first.
            PointsRefused: the readings at the named positions can never be stored; the others are.
        """


class BulkSink(Protocol):
    """Takes readings in columns."""

    def write_batch(self, batch: Batch) -> None:
        """As `Sink.write`, for a whole batch."""


class CounterSpan(msgspec.Struct, frozen=True, kw_only=True):
    """The first and the last known value of a series within a window."""

    first_ns: int
    first: float
    last_ns: int
    last: float
    samples: int


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch [start_ns, end_ns) of a series; both are whole hours since 1970."""

    key: SeriesKey
    start_ns: int
    end_ns: int


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """What came in since a cursor, and the cursor to go on from. A cursor's text belongs to the store that gave it."""

    cursor: str
    windows: Sequence[Window]


class History(Protocol):
    """All that analytics, pages and reports ask of a store. Read-only and synchronous; windows are [start_ns, end_ns).

    Every method raises `StoreAway` when the store does not answer and `StoreRefused` when it will not serve us.
    """

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Return the series that exist, sorted."""

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings as a table, sorted by device, part, quantity and time_ns.

        Columns: device, part, quantity, time_ns (int64), value (float64, null when unknown), quality (uint8), reason.
        """

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return one row per series and non-empty step, sorted as `raw`.

        Columns: device, part, quantity, time_ns (start of the step, a multiple of step_ns since 1970), count (int64,
        readings), known (int64, readings with a value), sum, mean, min, max, first, last (float64, null when none is
        known), increase (float64). ``increase`` is null unless the quantity is a counter and a value is known: the sum
        of the rises from one known value of the step to its next; a fall (wrap, reset, exchange) adds nothing.

        The table's metadata says in ``level`` what was read: ``raw``, ``1m``, ``15m`` or ``1h``. The coarsest rollup
        whose step divides ``step_ns`` serves the whole rollup steps of the window; the rest comes from finer ones.

        Raises:
            ValueError: ``step_ns`` is not positive.
            StoreRefused: the answer would have more rows than fit; the message says what to ask instead.
        """

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window, or None when none is known."""

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored."""

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches longer than ``longest_ns`` without a known value, sorted as `raw`.

        Columns: device, part, quantity, start_ns, end_ns (int64): the known readings beside the gap, or the edge of the
        window where there is none. A series that the store does not know is one gap, as long as the window.
        """

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours of which series got readings since ``cursor``, in the order of arrival.

        The empty cursor stands before the first reading ever. Late readings are told when they arrive, whatever their
        time; an arrival is told once, but an hour comes again with every later arrival in it. At most ``limit`` windows
        are returned; fewer means that this was all by now, none that nothing arrived.
        """


class Store(Sink, BulkSink, History, Protocol):
    """A sink and a history of the same readings."""

    def compact(self) -> None:
        """Do now what the store otherwise does by and by: roll up, seal, drop what is too old. Answers stay the same.

        Raises:
            StoreError: some of it is left to be done later.
        """

    def close(self) -> None:
        """Let go of files and connections."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One decision or state in the ledger. ``body`` is JSON text whose form belongs to ``kind``."""

    time_ns: int
    kind: str
    subject: str
    principal: Principal
    reason: str = ""
    body: str = "{}"
    seq: int = 0


class Ledger(Protocol):
    """The append-only log of decisions and states; state is a fold over it."""

    def append(self, event: Event) -> int:
        """Return the sequence number under which the event is now safe."""

    def extend(self, events: Sequence[Event]) -> int:
        """Append events as one, all of them or none; return the sequence number of the last one, 0 without any."""

    def events(
        self,
        *,
        kind: str | None = None,
        kinds: Collection[str] = (),
        subject: str | None = None,
        after_seq: int = 0,
        besides: str | None = None,
    ) -> Sequence[Event]:
        """Return events in the order in which they were appended; of any of ``kinds`` where there are some.

        What principals of the role ``besides`` did is left out.
        """

    def newest(self, *, kind: str, subject: str) -> Event | None:
        """Return the event of a kind about a subject that was appended last, or None."""

    def kept(self, make: Callable[[Ledger], T]) -> T:
        """Return what ``make`` made of this ledger when it was first asked for, as long as the ledger is open.

        For folds that are kept up with the ledger, so that each reads an event once. What is made gets a ledger that
        does not keep this one alive.
        """
