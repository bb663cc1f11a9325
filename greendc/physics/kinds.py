"""The kind of value that every function of this package takes: one number, or an array of them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Value = TypeVar("Value", float, FloatArray)
