"""What a plant did over a row of steps: every signal in an array whose first axis is time.

A signal is named ``block`` for a single value or ``block/i/j`` for one element of an array of values, in SI with
degrees Celsius and ratios. Powers are means over their step, which is why a register moves by power times time;
everything else is the value at the end of its step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greendc.physics.kinds import FloatArray


class Record:
    """The blocks of ``len(times_s)`` steps; ``times_s`` [s since 1970] are the ends of the steps."""

    def __init__(self, times_s: FloatArray, blocks: Mapping[str, FloatArray]) -> None:
        """Keep blocks whose first axis is as long as ``times_s``."""
        self.times_s = times_s
        self.blocks = dict(blocks)

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.times_s)

    def signal(self, name: str) -> FloatArray:
        """Return one signal over time.

        Raises:
            KeyError: there is no such block.
        """
        block, *index = name.split("/")
        values = self.blocks[block]
        for i in index:
            values = values[:, int(i)]
        return values

    def names(self) -> Iterator[str]:
        """Yield the name of every signal."""
        for block, values in self.blocks.items():
            for index in np.ndindex(values.shape[1:]):
                yield "/".join((block, *map(str, index)))

    def rows(self, chosen: slice) -> Record:
        """Return some of the steps, without a copy."""
        return Record(self.times_s[chosen], {name: values[chosen] for name, values in self.blocks.items()})
