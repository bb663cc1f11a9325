"""State of many series: named arrays of one length, which grow together and are kept and resumed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
TimeArray: TypeAlias = NDArray[np.int64]
IndexArray: TypeAlias = NDArray[np.intp]
AnyArray: TypeAlias = NDArray[np.generic]

Field: TypeAlias = tuple[str, float, int]
"""Type of the numbers, what a new series begins with, and how many there are for each series."""


def field(dtype: str = "f4", fill: float = 0.0, width: int = 1) -> Field:
    """Return a field of a kernel's state."""
    return dtype, fill, width


class Columns:
    """Arrays by name; as attributes of a kernel they would each need code to grow and to keep."""

    def __init__(self, fields: Mapping[str, Field], size: int) -> None:
        """Make the arrays for ``size`` rows."""
        self._fields = dict(fields)
        self._arrays = {name: self._fresh(one, size) for name, one in self._fields.items()}

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the array itself, to be changed in place; the fields say its type."""
        return self._arrays[name]  # type: ignore[return-value]  # numbers of any type behave alike here

    def __setitem__(self, name: str, values: AnyArray | float) -> None:
        """Put values into an array; it keeps its type."""
        self._arrays[name][...] = values

    @property
    def nbytes(self) -> int:
        """Return how much memory the arrays take."""
        return sum(array.nbytes for array in self._arrays.values())

    def grow(self, size: int) -> None:
        """Make room for ``size`` rows in all."""
        for name, array in self._arrays.items():
            more = self._fresh(self._fields[name], size - len(array))
            self._arrays[name] = np.concatenate((array, more))

    def snapshot(self, prefix: str) -> dict[str, AnyArray]:
        """Return copies of the arrays under ``prefix.name``."""
        return {f"{prefix}.{name}": array.copy() for name, array in self._arrays.items()}

    def resume(self, prefix: str, arrays: Mapping[str, AnyArray]) -> None:
        """Take the arrays of a snapshot.

        Raises:
            ValueError: an array is missing or has another form.
        """
        for name, own in self._arrays.items():
            kept = arrays.get(f"{prefix}.{name}")
            if kept is None or kept.shape[1:] != own.shape[1:] or kept.dtype != own.dtype:
                message = f"the snapshot has no {prefix}.{name} of the form {own.dtype}{own.shape[1:]}"
                raise ValueError(message)
            self._arrays[name] = kept.copy()

    @staticmethod
    def _fresh(one: Field, size: int) -> AnyArray:
        dtype, fill, width = one
        return np.full(size if width == 1 else (size, width), fill, dtype=dtype)
