"""A model of a plant, fitted on its own history: what each part would take under a change.

It is quasi-steady, made of `greendc.physics`, and knows nothing of any plant but its telemetry. Where data cannot tell
a coefficient, a dated prior stands in its place and the parameter says why.
"""

from __future__ import annotations

from analytics.site_model.change import Change
from analytics.site_model.gather import gather
from analytics.site_model.model import SiteModel, fit
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.plant_frame import PlantFrame
from analytics.site_model.priors import SitePriors, site_priors
from analytics.site_model.replay import Replay

__all__ = [
    "Change",
    "Draws",
    "Parameter",
    "PlantFrame",
    "Replay",
    "SiteModel",
    "SitePriors",
    "fit",
    "gather",
    "site_priors",
]
