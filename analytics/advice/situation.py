"""What advisors look at: one reading of the plant's past and one model of it, shared by all of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.as_set import LEAST_AS_SET_NS, last_set_otherwise, without_racks
from analytics.advice.worth import Prices
from analytics.alarms.rack_inlet import KEY as INLET_RULE
from analytics.envelope import InletLimits, inlet_limits
from analytics.flows import Flows, flows_of
from analytics.site_model import Change, Draws, PlantFrame, Replay, SiteModel, fit, gather
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.alarm import Alarm
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

LONGEST_NS = 365 * 24 * NS_PER_HOUR
MOST_ROWS = 1500
"""A replay by draws sees at most about so many rows of a long past; the fit sees all."""
MOST_ASKED = 8
SEED = 20_260_101
DRAWS = 400
_STEPS = ((NS_PER_HOUR, 60 * NS_PER_SECOND), (24 * NS_PER_HOUR, 300 * NS_PER_SECOND))
"""Pasts that are shorter than so much are read by so much; a written past has a row in five minutes at best."""


class Situation:
    """Store, site, time, open alarms; and what is read and fitted once, when the first advisor asks.

    Every method raises `StoreAway` or `StoreRefused` when the store cannot be read.
    """

    def __init__(
        self,
        history: History,
        site: Site,
        now_ns: int,
        open_alarms: Sequence[str] = (),
        *,
        least_ns: int,
        alarms: Sequence[Alarm] = (),
    ) -> None:
        """Take what to judge; less than ``least_ns`` of data gives no advice.

        ``open_alarms`` are ids; ``alarms`` are the alarms themselves, whose ids need not be given too.
        """
        self.history = history
        self.site = site
        self.now_ns = now_ns
        self.alarms = tuple(alarms)
        self.open_alarms = (*open_alarms, *(alarm.id for alarm in alarms if alarm.id not in open_alarms))
        self.least_ns = least_ns
        self.draws = Draws(DRAWS, SEED)

    @cached_property
    def series(self) -> Sequence[SeriesKey]:
        """Every series of the site."""
        return self.history.series(self.site.name)

    @cached_property
    def first_ns(self) -> int:
        """Where the past starts: at most a year ago, and not before the plant's own first reading."""
        powers = [key for key in self.series if key.quantity == "active_power_w" and not key.part]
        metered = {meter.device for meter in self.site.meters}
        chosen = [key for key in powers if key.device in metered] or powers[:MOST_ASKED]
        spans = [self.history.counter(key, self.now_ns - LONGEST_NS, self.now_ns) for key in chosen]
        return min((span.first_ns for span in spans if span is not None), default=self.now_ns)

    @property
    def long_enough(self) -> bool:
        """Tell whether there is enough data for advice."""
        return self.now_ns - self.start_ns >= self.least_ns

    @cached_property
    def past(self) -> PlantFrame:
        """All of the plant's past, with all its racks: what the model is fitted on."""
        span_ns = self.now_ns - self.first_ns
        step = next((step_ns for longest_ns, step_ns in _STEPS if span_ns < longest_ns), None)
        return gather(self.history, self.site, self.first_ns, self.now_ns, step_ns=step)

    @cached_property
    def start_ns(self) -> int:
        """Where the evidence starts: when the plant was last set otherwise, where that is long enough ago.

        Advice is about the plant as it is set now; what it took with other set-points teaches the model alone.
        """
        changed_ns = last_set_otherwise(self.past)
        if changed_ns is None or self.now_ns - changed_ns < LEAST_AS_SET_NS:
            return self.first_ns
        return max(self.first_ns, changed_ns)

    @cached_property
    def whole(self) -> PlantFrame:
        """The plant as it is set now, with all its racks."""
        if self.start_ns == self.first_ns:
            return self.past
        return self.past.rows(slice(int(np.searchsorted(self.past.time_ns, self.start_ns)), None))

    @cached_property
    def flows(self) -> Flows:
        """What was bought, fed in, generated and stored, on the grid of `whole`."""
        return flows_of(self.history, self.site, self.whole.time_ns, self.whole.step_ns)

    @cached_property
    def sick_racks(self) -> tuple[str, ...]:
        """Racks with an open alarm on their inlet: they must be cured first, and tell nothing of the headroom."""
        return tuple(rack for rack in self.whole.racks if f"{INLET_RULE}/{rack}" in self.open_alarms)

    @cached_property
    def frame(self) -> PlantFrame:
        """The plant as it is set now, without the sick racks."""
        return without_racks(self.whole, self.sick_racks)

    @cached_property
    def model(self) -> SiteModel:
        """The model of the plant, fitted on all of its past."""
        return fit(without_racks(self.past, self.sick_racks))

    @cached_property
    def sample(self) -> PlantFrame:
        """The rows that replays by draws go over."""
        return self.frame.at_most(MOST_ROWS)

    @cached_property
    def limits(self) -> InletLimits:
        """The limits of the racks' inlets at this altitude."""
        return inlet_limits(self.site.info.altitude_m, self.site.info.equipment_class)

    @cached_property
    def prices(self) -> Prices:
        """What a kilowatt-hour costs and emits."""
        return Prices(self.site)

    def replay(self, change: Change) -> Replay:
        """Return the past under a change, by draws."""
        return self.model.replay(self.sample, change, self.draws)

    def expected(self, change: Change) -> Replay:
        """Return the past under a change, expected values alone: for a search and for guard rails."""
        return self.model.replay(self.sample, change, Draws(certain=True))

    def known(self, *columns: str) -> tuple[str, ...]:
        """Return which of the frame's columns nothing tells."""
        return tuple(name for name in columns if not np.isfinite(getattr(self.whole, name)).any())
