"""What a model is about before it is fitted: its target and drivers as columns of series."""

from __future__ import annotations

import msgspec

from greendc.model import SeriesKey


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A number per step: the sum of ``plus``, or with ``mean`` their mean, less the sum (mean) of ``minus``.

    It is known where all of its series are.
    """

    plus: tuple[SeriesKey, ...]
    minus: tuple[SeriesKey, ...] = ()
    mean: bool = False

    @property
    def keys(self) -> tuple[SeriesKey, ...]:
        """Return all series."""
        return (*self.plus, *self.minus)


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """What the target follows. ``name`` is a term of the catalogue (``models.terms.<name>``).

    ``sign`` is +1 or -1 where the target can only rise or fall with it. ``powers`` are offered to linear models beside
    the value itself, ``trailing_s`` adds its means over the time before each step. Without a column it is the hour of
    the site's day. A ``guard`` explains nothing: it is a mode of the plant, and in one that it has not seen a model is
    silent.
    """

    name: str
    column: Column | None
    sign: int = 0
    powers: tuple[int, ...] = ()
    trailing_s: tuple[float, ...] = ()
    guard: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one place: ``series`` is what a person is shown, ``running`` tells idle steps."""

    family: str
    node: str
    series: SeriesKey
    target: Column
    drivers: tuple[Driver, ...]
    running: Column | None = None

    @property
    def key(self) -> str:
        """Return the stable name of the model."""
        return f"{self.family}/{self.node}"

    def inputs(self) -> set[SeriesKey]:
        """Return all series that are read."""
        columns = [self.target, self.running, *(driver.column for driver in self.drivers)]
        return {key for column in columns if column is not None for key in column.keys}
