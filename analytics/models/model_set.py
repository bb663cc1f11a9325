"""All fitted models of a site: what they say about what has come since they were asked last."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from analytics.models.family import model_data
from analytics.models.forms import one_thread
from analytics.models.peers import PeerWatch, peer_groups
from analytics.models.steps import Steps, design, reach_back_ns, read_steps
from analytics.models.verdict import BOTH, HIGH, LOW, ModelVerdict, Shift
from analytics.models.watch import GAP_NS, Step, Watch
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analytics.models.residual import ResidualModel
    from analytics.models.verdict import NotModelled
    from greendc.contracts import History
    from greendc.site import Site

GRACE_NS = 30 * NS_PER_SECOND
"""How long after its end a step is judged, so that the last readings of it have come."""
LEAST_BACK_NS = 2 * NS_PER_HOUR
STEP_S = 300.0
WIDEST = 10.0
"""The band of a model outside its experience is no more than so many times as wide."""
W_HOURS_TO_KWH_DAY = 24.0 / 1000.0


class ModelSet:
    """The models of a site with the state of their residuals, and the groups of peers.

    `judge` moves on in time; the first call judges the last day again, so that what stands is known after a start.
    """

    def __init__(
        self,
        site: Site,
        models: Sequence[ResidualModel],
        not_evaluated: tuple[NotModelled, ...] = (),
        *,
        trained_ns: int = 0,
        digest: str = "",
    ) -> None:
        """Take fitted models; ``digest`` is that of the manifest that they were loaded from."""
        self.models = tuple(models)
        self.not_evaluated = not_evaluated
        self.trained_ns = trained_ns
        self.digest = digest
        self._site_name = site.name
        self._judgement = model_data().judgement
        self._step_s = models[0].card.step_s if models else STEP_S
        self._followed = [_Followed(model) for model in models]
        self._peers: list[PeerWatch] | None = None
        self._judged_ns = 0

    def __len__(self) -> int:
        """Return the number of fitted models."""
        return len(self.models)

    def judge(self, history: History, site: Site, now_ns: int) -> list[ModelVerdict]:
        """Take all steps that have ended since the last call; return what stands, and who is outside its experience.

        Time does not go backwards: steps that were judged are not judged again.

        Raises:
            StoreAway: the store does not answer; the next call makes up for it.
            StoreRefused: the store will not serve us.
        """
        step_ns = round(self._step_s * NS_PER_SECOND)
        end_ns = (now_ns - GRACE_NS) // step_ns * step_ns
        from_ns = max(self._judged_ns, end_ns - round(self._judgement.replay_s * NS_PER_SECOND))
        if self._peers is None:
            groups = peer_groups(site, history.series(site.name))
            self._peers = [PeerWatch(peers) for peers in groups]
        if end_ns > from_ns:
            with one_thread():
                self._take(history, site.zone(), (from_ns, end_ns), step_ns)
            self._judged_ns = end_ns
        found = [verdict for followed in self._followed if (verdict := followed.verdict(self._judged_ns)) is not None]
        return found + [verdict for watch in self._peers for verdict in watch.last]

    def _take(self, history: History, zone: dt.tzinfo, window: tuple[int, int], step_ns: int) -> None:
        plans = [model.card.plan for model in self.models]
        back_ns = max(reach_back_ns(plans), LEAST_BACK_NS)
        keys = {key for plan in plans for key in plan.inputs()}
        watches = self._peers or []
        keys.update(key for watch in watches for key in watch.peers.inputs())
        steps = read_steps(history, keys, (window[0] - back_ns, window[1]), step_ns, self._judgement.least_known)
        first = int(np.searchsorted(steps.time_ns, window[0]))
        for followed in self._followed:
            followed.take(steps, first, zone)
        for watch in watches:
            watch.step(steps, first)


class _Followed:
    """A model, the state of its residual, and the features of the steps whose mean is judged."""

    def __init__(self, model: ResidualModel) -> None:
        card = model.card
        self.model = model
        self.family = model_data().families[card.plan.family]
        self.watch = Watch(card.limits, card.step_s, model_data().judgement)
        self._features: deque[np.ndarray] = deque(maxlen=self.watch.count)
        self._outside: _Outside | None = None

    def take(self, steps: Steps, first: int, zone: dt.tzinfo) -> None:
        """Judge the steps from row ``first`` on."""
        seen = design(steps, self.model.card.plan, zone)
        rows = np.flatnonzero(self.model.usable(seen))
        rows = rows[rows >= first]
        if len(rows) == 0:
            return
        expected = self.model.expected(seen.features[rows])
        beyond = self.model.beyond(seen.drivers[rows])
        ends = steps.time_ns[rows] + steps.step_ns
        for i, row in enumerate(rows.tolist()):
            step = Step(int(ends[i]), float(seen.target[row]), float(expected[i]))
            if beyond[i].any():
                self.watch.hold(step)
                self._outside = _Outside(step, seen.features[row], beyond[i])
            else:
                self.watch.step(step)
                self._features.append(seen.features[row])
                self._outside = None

    def verdict(self, now_ns: int) -> ModelVerdict | None:
        """Return what stands now, or None."""
        watch, outside = self.watch, self._outside
        if watch.active and now_ns - watch.last_ns <= GAP_NS:
            return self._standing() if outside is None else self._beyond(outside)
        if outside is None or now_ns - outside.step.time_ns > LEAST_BACK_NS:
            return None
        return self._beyond(outside)

    def _said(self, steps: Sequence[Step], features: np.ndarray, wider: float = 1.0) -> ModelVerdict:
        """Return what every verdict on some steps says; the band is ``wider`` times its usual width."""
        card, watch = self.model.card, self.watch
        value = float(np.mean([step.value for step in steps]))
        expected = float(np.mean([step.expected for step in steps]))
        direction = {1.0: HIGH, -1.0: LOW}.get(watch.direction, "")
        return ModelVerdict(
            key=card.plan.key,
            family=card.plan.family,
            node=card.plan.node,
            series=card.plan.series,
            time_ns=steps[-1].time_ns,
            unit=self.family.unit,
            active=watch.active,
            value=value,
            expected=expected,
            low=expected - wider * card.limits.down.fast,
            high=expected + wider * card.limits.up.fast,
            level=card.limits.level,
            since_ns=watch.since_ns,
            direction=direction,
            harmful=watch.active and self.family.harm in {BOTH, direction},
            provisional=card.provisional,
            reference=card.reference_value,
            contributions=self.model.contributions(features),
            unexplained=value - expected,
            shift=self._shift(value),
            checks=self.family.checks,
            model=card.version,
        )

    def _standing(self) -> ModelVerdict:
        watch = self.watch
        fast, slow = watch.shares(watch.direction)
        return msgspec.structs.replace(
            self._said(watch.recent(), np.array(self._features)),
            kind="residual" if fast >= slow else "drift",
            surprise=watch.surprise(watch.direction),
            shares=(("residual", fast / (fast + slow)), ("cusum", slow / (fast + slow))),
        )

    def _beyond(self, outside: _Outside) -> ModelVerdict:
        """Return that an input is outside what the model knows: a wider band. It keeps an alarm, and begins none."""
        wider = min(2.0 + float(outside.beyond.max()) / model_data().judgement.reach_share, WIDEST)
        names = [driver.name for driver in self.model.card.plan.drivers]
        return msgspec.structs.replace(
            self._said([outside.step], outside.features[None, :], wider),
            outside_experience=True,
            outside=tuple(names[i] for i in np.flatnonzero(outside.beyond).tolist()),
        )

    def _shift(self, value: float) -> Shift | None:
        found = self.watch.shift()
        if found is None:
            return None
        at_ns, size = found
        cost = None
        if self.family.unit == "W":
            cost = size * W_HOURS_TO_KWH_DAY * (-1.0 if self.family.harm == LOW else 1.0)
        return Shift(time_ns=at_ns, before=value - size, after=value, cost_kwh_day=cost)


class _Outside(NamedTuple):
    """The last step, where its inputs lay outside; ``beyond`` says how far, by driver."""

    step: Step
    features: np.ndarray
    beyond: np.ndarray
