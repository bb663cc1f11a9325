"""Goes through a plant's past again with something changed: what each part would have taken, and the racks' inlets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.site_model.air import Air, mean_of
from analytics.site_model.air_replay import AirRun, AirThen
from analytics.site_model.chillers import Chillers
from analytics.site_model.coil import Coil
from analytics.site_model.drive import Drive
from analytics.site_model.free_cooling import FreeCooling
from analytics.site_model.parameter import Parameter
from analytics.site_model.servers import Servers
from analytics.site_model.tower import Tower
from analytics.site_model.ups_losses import UpsLosses
from analytics.site_model.water_replay import WaterRun
from greendc.units import NS_PER_SECOND, kwh

if TYPE_CHECKING:
    from analytics.site_model.change import Change
    from analytics.site_model.parameter import Draws
    from analytics.site_model.plant_frame import PlantFrame

EXTRAPOLATION = 2.0
"""By this much wider is what is reached, over what is computed, where a change leads far out of what was seen."""
PARTS = ("it", "ups_loss", "fans", "chillers", "pumps", "condenser_pumps", "tower")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted parts that a replay is made of."""

    air: Air
    servers: Servers
    fans: Drive
    coil: Coil
    chillers: Chillers | None
    pumps: Drive | None
    tower: Tower | None
    free_cooling: FreeCooling | None
    ups: tuple[UpsLosses, ...]
    compressor: Parameter
    compressor_condenser: Parameter
    supply_to_chilled: Parameter
    compressor_share: Parameter
    ups_eco: Parameter
    realisation: Parameter


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Power [W] by part, [draws x rows]; NaN in rows of which too little is known.

    ``before`` is what was metered (within the meters' class), ``power`` the same with the change. ``inlet_c`` [rows x
    racks] and ``hottest_c`` [rows] are the expected inlets then, ``valve`` [rows] how far the furthest valve is open,
    ``supply_c`` [rows] the supply air. ``outside`` names drivers that the change moves far beyond what was seen.
    """

    step_ns: int
    before: dict[str, Floats]
    power: dict[str, Floats]
    inlet_c: Floats
    hottest_c: Floats
    supply_c: Floats
    valve: Floats
    outside: tuple[str, ...]

    def total_w(self, *, before: bool = False) -> Floats:
        """Return the power of all parts together, [draws x rows]."""
        return np.asarray(sum((self.before if before else self.power).values()), dtype=np.float64)

    def saved_w(self) -> Floats:
        """Return what the change saves in all parts together, [draws x rows]; below 0 where it costs."""
        return self.total_w(before=True) - self.total_w()

    def mean_saved_w(self) -> Floats:
        """Return the mean saving [W] of each draw over the known rows."""
        saved = self.saved_w()
        known = np.isfinite(saved).all(axis=0)
        return saved[:, known].mean(axis=1) if known.any() else np.full(len(saved), np.nan)

    def saved_kwh(self) -> Floats:
        """Return the energy saved over the known rows, by draw."""
        saved = self.saved_w()
        known = np.isfinite(saved).all(axis=0)
        return np.asarray(saved[:, known].sum(axis=1) * kwh(self.step_ns / NS_PER_SECOND), dtype=np.float64)


def replay(parts: Parts, frame: PlantFrame, change: Change, draws: Draws, said: tuple[str, ...]) -> Replay:
    """Return what each part would have taken under a change; ``said`` is what lies outside of what was seen."""
    air = AirRun(parts.air, parts.servers, parts.fans, frame, draws).then(change)
    ups_now, ups_then = _ups(parts, frame, change, air, draws)
    extra = air.it_w * (air.it_ratio - 1.0) + air.fans_then_w - air.fans_w + ups_then - ups_now + air.envelope_w
    water = WaterRun(parts, frame, draws)
    now = {"it": air.it_w, "ups_loss": ups_now, "fans": air.fans_w} | water.now
    then = {"it": air.it_w * air.it_ratio, "ups_loss": ups_then, "fans": air.fans_then_w}
    then |= water.then(change, air, extra)
    meters = _meters(frame, draws)
    # Beyond what was seen a law holds less surely than its coefficients tell.
    share = 1.0 + (parts.realisation.draw(draws) - 1.0) * (EXTRAPOLATION if said else 1.0)
    known = np.isfinite(frame.it_w) & np.isfinite(sum(values.mean(axis=0) for values in then.values()))
    before, after = {}, {}
    for name in PARTS:
        one, two = np.broadcast_arrays(now[name], then[name])
        error = meters[name][:, None]
        before[name] = np.where(known, one * error, np.nan)
        after[name] = np.where(known, (one + (two - one) * share) * error, np.nan)
    warmer = air.warmer_k.mean(axis=0)
    inlet = frame.inlet_c + warmer[:, None]
    high = np.where(np.isfinite(frame.inlet_high_c), frame.inlet_high_c, -np.inf)
    hottest = (high.max(axis=1) if high.shape[1] else np.full(len(frame), -np.inf)) + warmer
    return Replay(
        step_ns=frame.step_ns,
        before=before,
        power=after,
        inlet_c=inlet,
        hottest_c=np.where(np.isfinite(hottest), hottest, np.nan),
        supply_c=mean_of(frame.supply_c) + air.supply_k.mean(axis=0),
        valve=water.valve,
        outside=said,
    )


def _ups(parts: Parts, frame: PlantFrame, change: Change, air: AirThen, draws: Draws) -> tuple[Floats, Floats]:
    """Return the UPSs' losses [W] now and then, [draws x rows]."""
    now = then = np.zeros((1, len(frame)))
    for law in parts.ups:
        i = frame.ups.index(law.name)
        out = frame.ups_out_w[:, i]
        metered = frame.ups_in_w[:, i] - out
        modelled = law.loss_w(out, draws)
        loss = np.where(np.isfinite(metered), metered, modelled)
        if change.ups_eco and (not change.ups or law.name in change.ups):
            after = parts.ups_eco.draw(draws) * out * air.it_ratio
            # A UPS that runs so already loses no more than that.
            after = np.where(loss <= after, loss, after)
        else:
            after = loss * law.loss_w(out * air.it_ratio, draws) / modelled
        now, then = now + np.nan_to_num(loss), then + np.nan_to_num(after)
    return now, then


def _meters(frame: PlantFrame, draws: Draws) -> dict[str, Floats]:
    """Return the factor of each part's meter."""
    classes = {"it": frame.accuracy.get("it_w", 0.01), "ups_loss": 0.02}
    usual = frame.accuracy.get("cooling_w", 0.01)
    return {name: 1.0 + classes.get(name, usual) * draws.normal(f"meter/{name}") for name in PARTS}
