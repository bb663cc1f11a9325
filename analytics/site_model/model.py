"""The site model: parts of a plant fitted on its own past, and what it would do otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.air import fans_alone, fit_air, mean_of
from analytics.site_model.change import Change
from analytics.site_model.chillers import fit_chillers
from analytics.site_model.coil import fit_coil
from analytics.site_model.drive import Drive, fit_drive
from analytics.site_model.free_cooling import fit_free_cooling
from analytics.site_model.one_off import hottest_with_one_off
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.priors import SitePriors, as_parameter, responses, site_priors
from analytics.site_model.replay import Parts, Replay, replay
from analytics.site_model.seen import Seen, outside, seen_in
from analytics.site_model.servers import Servers
from analytics.site_model.tower import fit_tower
from analytics.site_model.ups_losses import fit_ups

if TYPE_CHECKING:
    from analytics.site_model.plant_frame import PlantFrame


class SiteModel(Parts, frozen=True, kw_only=True):
    """A plant's parts, each None where the plant has none or nothing of it is metered, and what they were fitted on."""

    seen: Seen
    rows: int

    def parameters(self) -> tuple[Parameter, ...]:
        """Return every coefficient with its value, error, source and reason."""
        parts = (self.air, self.servers, self.fans, self.coil, self.chillers, self.pumps, self.tower, self.free_cooling)
        found = [one for part in (*parts, *self.ups) if part is not None for one in part.parameters()]
        if self.chillers is None:
            found += [self.compressor, self.compressor_condenser, self.supply_to_chilled, self.compressor_share]
        return (*found, self.ups_eco, self.realisation)

    def replay(self, frame: PlantFrame, change: Change, draws: Draws | None = None) -> Replay:
        """Return what each part would have taken under a change, and what it took."""
        said = outside(self.seen, change, free_cooling=self.free_cooling)
        return replay(self, frame, change, draws or Draws(), said)

    def hottest_with_one_off(self, frame: PlantFrame, change: Change | None = None) -> float | None:
        """Return the 99th percentile of the hottest rack's inlet [degC] with the worst cooling unit off.

        None where the data cannot tell: fewer than two units whose fans are set together, no inlets, or units that
        stand at one speed and an airflow of the servers that nothing measures.
        """
        return hottest_with_one_off(self, frame, change or Change())


def fit(frame: PlantFrame, priors: SitePriors | None = None) -> SiteModel:
    """Fit every part of the model; what the data cannot tell stays as it was believed, with the reason."""
    p = priors or site_priors()
    known = responses()
    supply, back = mean_of(frame.supply_c), mean_of(frame.return_c)
    chillers = fit_chillers(frame)
    pumped = bool(np.isfinite(frame.pump_w).any())
    return SiteModel(
        air=fit_air(frame),
        servers=Servers(
            response=as_parameter("it_response", known.it_response, "not_separable", "1/K"),
            gain=as_parameter("server_fan_gain", p.server_fan_gain, "not_separable", "1/K"),
        ),
        fans=fit_drive(
            frame.speed,
            fans_alone(frame),
            as_parameter("fan_fixed", p.fan_fixed, ""),
            as_parameter("fan_exponent", p.fan_exponent, ""),
        ),
        coil=fit_coil(frame, supply, back),
        chillers=chillers,
        pumps=_pumps(frame, p) if pumped else None,
        tower=fit_tower(frame),
        free_cooling=fit_free_cooling(frame),
        ups=fit_ups(frame),
        compressor=as_parameter("compressor_per_k_supply", known.chiller_air_cooled, "not_varied", "1/K"),
        compressor_condenser=as_parameter("compressor_per_k_outdoor", p.chiller_condenser, "not_varied", "1/K"),
        supply_to_chilled=as_parameter("chilled_water_follows", known.chilled_water_follows, "not_varied", "K/K"),
        compressor_share=as_parameter("chiller_share", known.chiller_share, "not_metered"),
        ups_eco=as_parameter("ups_eco", p.ups_eco, "not_varied"),
        realisation=as_parameter("realisation", p.realisation, "not_varied"),
        seen=seen_in(frame, supply, back),
        rows=len(frame),
    )


def _pumps(frame: PlantFrame, p: SitePriors) -> Drive:
    return fit_drive(
        frame.pump_speed[:, None],
        frame.pump_w[:, None],
        as_parameter("pump_fixed", p.pump_fixed, ""),
        as_parameter("pump_exponent", p.pump_exponent, ""),
    )
