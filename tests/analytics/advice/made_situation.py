"""What advisors look at, from a plant frame made by hand instead of a store."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice import Situation
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room
from tests.analytics.site_model.made_frame import Coefficients, made_frame

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

DAYS = 4
_MADE = made_frame(Coefficients(), days=DAYS)


def plant(**columns: Floats | float) -> PlantFrame:
    """Return a plant whose columns are replaced; a number stands for the whole column."""
    frame = copy.deepcopy(_MADE)
    wide = {name: np.broadcast_to(value, getattr(frame, name).shape) for name, value in columns.items()}
    return msgspec.structs.replace(frame, **{name: np.array(value, dtype=np.float64) for name, value in wide.items()})


def situation(frame: PlantFrame, open_alarms: tuple[str, ...] = ()) -> Situation:
    """Return the situation at the end of a frame."""
    end_ns = int(frame.time_ns[-1]) + frame.step_ns if len(frame) else 0
    made = Situation(MemoryHistory(), room(4), end_ns, open_alarms, least_ns=0)
    # What a store would be asked for.
    first_ns = int(frame.time_ns[0]) if len(frame) else 0
    made.__dict__ |= {"past": frame, "first_ns": first_ns, "start_ns": first_ns}
    return made
