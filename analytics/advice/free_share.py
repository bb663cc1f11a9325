"""What is reached of a saving that is computed for hours in which free cooling takes a part of the heat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.free_cooling import USED
from analytics.site_model.priors import as_parameter

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.priors import Prior


def reached(situation: Situation, prior: Prior) -> Floats:
    """Return the share of a saving that is reached, [draws x rows]: less surely where free cooling takes a part."""
    share = as_parameter("under_free_cooling", prior, "not_varied")
    free = situation.sample.free_w > USED * situation.sample.it_w
    return np.where(free[None, :], share.draw(situation.draws), 1.0)
