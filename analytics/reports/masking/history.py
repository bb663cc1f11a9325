"""Readings asked for and given by numbers instead of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from greendc.contracts import Arrivals
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.reports.masking.names import Names
    from greendc.contracts import CounterSpan, History
    from greendc.model import Reading
    from greendc.site import Site

_SORTED = ("device", "part", "quantity")


class MaskedHistory:
    """A `History` of a masked site. What it is asked for and what it gives are masked; what it reads is not."""

    def __init__(self, history: History, site: Site, names: Names) -> None:
        """Take the real history and the real site."""
        self._history = history
        self._devices = {*site.owners(), *(meter.device for meter in site.meters)}
        self._names = names

    def _real(self, key: SeriesKey) -> SeriesKey:
        names = self._names
        return SeriesKey(names.real(key.site), names.real(key.device), names.real(key.part), key.quantity)

    def _shown(self, key: SeriesKey) -> SeriesKey:
        called = self._names.of_name
        return SeriesKey(called(key.site), called(key.device), called(key.part), key.quantity)

    def _reals(self, keys: Sequence[SeriesKey]) -> list[SeriesKey]:
        return [self._real(key) for key in keys]

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Return the series that exist, sorted."""
        real = None if device is None else self._names.real(device)
        found = self._history.series(self._names.real(site), device=real, quantity=quantity)
        # A device that the site file does not know has no number, and nobody asks for it.
        return sorted(self._shown(key) for key in found if key.device in self._devices)

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings as a table."""
        return self._table(self._history.raw(self._reals(keys), start_ns, end_ns), "time_ns")

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return one row per series and non-empty step."""
        return self._table(self._history.aggregated(self._reals(keys), start_ns, end_ns, step_ns), "time_ns")

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value."""
        return self._table(self._history.gaps(self._reals(keys), start_ns, end_ns, longest_ns), "start_ns")

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        found = self._history.latest(self._reals(keys))
        shown = {self._shown(key): reading for key, reading in found.items()}
        return {
            key: replace(reading, site=key.site, device=key.device, part=key.part) for key, reading in shown.items()
        }

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and the last known value in the window."""
        return self._history.counter(self._real(key), start_ns, end_ns)

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored."""
        real = None if device is None else self._names.real(device)
        return self._history.count(self._names.real(site), device=real, start_ns=start_ns, end_ns=end_ns)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours of which series got readings since ``cursor``."""
        found = self._history.arrived(self._names.real(site), cursor, limit)
        windows = [replace(window, key=self._shown(window.key)) for window in found.windows]
        return Arrivals(cursor=found.cursor, windows=windows)

    def _table(self, table: pa.Table, time: str) -> pa.Table:
        """Return a table by numbers, in their order."""
        for name in ("device", "part"):
            column = table.column(name)
            words = column.unique().to_pylist()
            shown = pa.array([self._names.of_name(str(word)) for word in words], pa.string())
            place = pc.index_in(column, value_set=pa.array(words, pa.string()))
            table = table.set_column(table.schema.get_field_index(name), name, pc.take(shown, place))
        order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in (*_SORTED, time)])
        return table.take(order)
