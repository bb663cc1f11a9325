"""What the plant room takes less when less heat comes into the rooms, whatever gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.air_replay import AirRun
from analytics.site_model.change import Change
from analytics.site_model.water_replay import WaterRun

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.parameter import Draws
    from analytics.site_model.plant_frame import PlantFrame
    from analytics.site_model.replay import Parts


def cooling_saved_w(parts: Parts, frame: PlantFrame, heat_w: Floats, draws: Draws) -> Floats:
    """Return by how much [W] chillers, pumps and tower take less, [draws x rows], for ``heat_w`` less heat [W].

    Fans stay as they are: what loses this heat moves no air of its own. NaN where the power of a part is not known.
    A step that stands on the edge of a change of mode is taken to stay in its mode: less heat costs nothing, and saves
    no more than itself.
    """
    air = AirRun(parts.air, parts.servers, parts.fans, frame, draws).then(Change())
    water = WaterRun(parts, frame, draws)
    usual, then = water.then(Change(), air, np.zeros((1, len(frame)))), water.then(Change(), air, -heat_w)
    saved = np.asarray(sum(usual[name] - then[name] for name in then), dtype=np.float64)
    return np.clip(saved, 0.0, heat_w) * parts.realisation.draw(draws)
