"""Registers of plants that were simulated in pieces: set so that they count on through all pieces without a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.plant.facility import Facility
    from simulators.runs.site_state import Registers


def of_plants(plants: Mapping[str, Facility]) -> Registers:
    """Return all registers as they stand."""
    return {name: plant.registers() for name, plant in plants.items()}


def restore(plants: Mapping[str, Facility], registers: Registers) -> None:
    """Set all registers to what they were; registers that a plant has only since then stay."""
    for name, plant in plants.items():
        plant.restore(registers.get(name, {}))


def ending_at(records: Mapping[str, Record], begin: Registers, end: Registers) -> tuple[dict[str, Record], Registers]:
    """Return records moved so that their registers end at ``end``, and the registers at their beginning.

    ``begin`` is what the registers stood at before the records' first step.
    """
    moved: dict[str, Record] = {}
    before: Registers = {}
    for plant, record in records.items():
        blocks = dict(record.blocks)
        before[plant] = {}
        for name, wanted in end[plant].items():
            block = blocks[name]
            shift = np.array(wanted).reshape(block.shape[1:]) - block[-1]
            blocks[name] = block + shift
            first = np.array(begin[plant][name]).reshape(block.shape[1:])
            before[plant][name] = np.ravel(first + shift).tolist()
        moved[plant] = Record(record.times_s, blocks)
    return moved, before
