"""The groups of a site, each judged by the group model: fitted once a day on clean steps, frozen in between.

The limit belongs to the family: all groups together exceed it about once a month by chance, and what exceeds it counts
once it has done so for half an hour on end.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.deviation import STEPS_A_DAY, STEPS_A_WEEK, WARM_STEPS, YOUNG
from analytics.detection.group import GroupDetector, GroupStateMismatch, GroupSurprise
from analytics.detection.group_config import GROUP_CONFIG, GroupConfig
from analytics.detection.group_fit import GroupModel, NotEnoughRows, fit
from analytics.detection.group_members import FEWEST_SENSORS, MOST_GROUPS, Members
from analytics.detection.group_ring import GroupRing
from analytics.detection.intake import STEP_NS
from analytics.detection.snapshot import SnapshotRefused, prefixed, under

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.detection.intake import FloatArray

log = logging.getLogger("greendc.detection")

LEAST_ROWS = 2 * STEPS_A_DAY
MONTH_STEPS = 30 * STEPS_A_DAY
HOLD_STEPS = 6
"""So many steps on end the statistic must be over its limit: half an hour."""
MARGIN = 1.5
"""A tail that is known from twenty maxima may be that much wider, at two of its own deviations."""
REACH = 2.5
"""No limit is further than so many times what the time learned from reached: the statistic is bounded."""
VARIES = 0.1
"""A gauge whose residual moves by less than this share of what matters is left out."""
BLAME_STEPS = 12
"""The share of a sensor is that of about an hour, in which the steps that say most count for most."""
SLOTS = STEPS_A_DAY // MOST_GROUPS
"""Groups are fitted so many steps apart, so that no step takes long."""


class GroupStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of all series of a site: what is left of them, the least that matters, for how many steps each is known.

    ``active`` are the series that are out of the ordinary, ``open_devices`` the devices of cases that are open.
    """

    time_ns: int
    residual: np.ndarray
    floors: np.ndarray
    seen: np.ndarray
    active: np.ndarray
    open_devices: frozenset[str]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An episode of a group: since when, the share of each of its series (sum 1) by place, and what was said last."""

    members: Members
    since_ns: int
    blame: dict[int, float]
    last: GroupSurprise
    provisional: bool
    version: str


class _Kept(msgspec.Struct, kw_only=True):
    """What is known of a group, beside the state of its detector."""

    name: str
    places: tuple[int, ...]
    chosen: tuple[int, ...] = ()
    day: int = -1
    since_ns: int = 0
    blame: list[float] = msgspec.field(default_factory=list)
    model: GroupModel | None = None


class _Group:
    """A group with its model and the detector that judges by it."""

    def __init__(self, members: Members, kept: _Kept) -> None:
        self.members = members
        self.kept = kept
        self.detector = GroupDetector(kept.model, STEPS_A_DAY) if kept.model is not None else None
        self.last: GroupSurprise | None = None

    @property
    def active(self) -> bool:
        """Tell whether an episode stands."""
        return self.kept.since_ns > 0


class GroupWatch:
    """All groups of a site."""

    def __init__(self) -> None:
        """Begin with no groups."""
        self._groups: list[_Group] = []
        self._ring = GroupRing()

    def bind(self, members: Sequence[Members]) -> None:
        """Watch these groups; those that stay as they were keep what is known of them."""
        known = {group.members: group for group in self._groups}
        self._groups = [known.get(m) or _Group(m, _Kept(name=m.name, places=m.places)) for m in members]
        self._ring.bind([place for one in members for place in one.places])

    def step(self, step: GroupStep) -> None:
        """Judge a step, then learn from it where it is clean."""
        time_ns, residual = step.time_ns, step.residual
        clean = np.zeros(len(residual), dtype=np.bool_)
        for group in self._groups:
            places = list(group.members.places)
            self._judge(group, time_ns, residual)
            warm = bool(np.median(step.seen[places]) >= WARM_STEPS)
            calm = not (group.active or step.active[places].any() or group.members.devices & step.open_devices)
            clean[places] = warm and calm
        self._ring.add(residual, clean)
        day_step = time_ns // STEP_NS
        for at, group in enumerate(self._groups):
            day = int(day_step - at * SLOTS) // STEPS_A_DAY
            if day > group.kept.day and clean[list(group.members.places)].all():
                group.kept.day = day
                self._fit(group, step.floors)

    def standing(self) -> list[Standing]:
        """Return the episodes that stand."""
        found = []
        for group in self._groups:
            kept, last, model = group.kept, group.last, group.kept.model
            if not group.active or last is None or model is None:
                continue
            blame = np.array(kept.blame) / sum(kept.blame)
            found.append(
                Standing(
                    members=group.members,
                    since_ns=kept.since_ns,
                    blame=dict(zip(kept.chosen, blame.tolist(), strict=True)),
                    last=last,
                    provisional=model.rows < STEPS_A_WEEK // 2,
                    version=model.version,
                )
            )
        return found

    def _judge(self, group: _Group, time_ns: int, residual: FloatArray) -> None:
        kept = group.kept
        if group.detector is None:
            return
        found = group.detector.step(residual[list(kept.chosen)])
        if found.alarm:
            kept.since_ns = time_ns - (HOLD_STEPS - 1) * STEP_NS
        elif not found.active:
            kept.since_ns = 0
        if np.isfinite(found.score):
            group.last = found
            ratio = found.score / (1.0 - found.score)
            kept.blame = ((1.0 - 1.0 / BLAME_STEPS) * np.array(kept.blame) + ratio * found.contributions).tolist()

    def _fit(self, group: _Group, floors: FloatArray) -> None:
        """Learn a group anew from its clean steps; where there are too few it stays as it is."""
        places = np.array(group.members.places)
        rows = self._ring.rows_of(group.members.places)
        told = np.isfinite(rows)
        if len(rows) < LEAST_ROWS:
            return
        often = told.mean(axis=0) >= GROUP_CONFIG.fewest_share
        moved = np.zeros(len(places))
        moved[often] = np.nanstd(rows[:, often], axis=0)
        chosen = often & (moved > VARIES * floors[places])
        if chosen.sum() < FEWEST_SENSORS:
            return
        try:
            model = fit(rows[:, chosen], config_for(len(rows), len(self._groups)))
        except (NotEnoughRows, np.linalg.LinAlgError) as error:
            log.warning("group %s is not learned: %s", group.members.name, error)
            return
        kept = group.kept
        kept.model, kept.chosen, kept.since_ns = _careful(model), tuple(places[chosen].tolist()), 0
        kept.blame = [1.0 / len(kept.chosen)] * len(kept.chosen)
        group.detector, group.last = GroupDetector(kept.model, STEPS_A_DAY), None

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state. A detector goes on from its own arrays; what it judges by is text."""
        text = msgspec.json.encode([group.kept for group in self._groups], enc_hook=_listed)
        found = {**prefixed("ring", self._ring.snapshot()), "kept": np.frombuffer(text, dtype=np.uint8)}
        for at, group in enumerate(self._groups):
            if group.detector is not None:
                found |= prefixed(f"detector.{at}", group.detector.snapshot())
            if group.last is not None:
                found |= prefixed(f"last.{at}", _flat(group.last))
        return found

    @classmethod
    def resume(cls, members: Sequence[Members], arrays: Mapping[str, NDArray[np.generic]]) -> GroupWatch:
        """Return a watch that goes on; a group that is not as it was begins anew.

        Raises:
            SnapshotRefused: a part is missing or of another form.
        """
        made = cls()
        try:
            made._ring = GroupRing.resume(under("ring", arrays))
            kept = msgspec.json.decode(arrays["kept"].tobytes(), type=list[_Kept], dec_hook=_array)
            own = {(one.name, one.places): (at, one) for at, one in enumerate(kept)}
            for one in members:
                at, known = own.get((one.name, one.places), (-1, None))
                if known is not None:
                    made._groups.append(_resumed(one, known, at, arrays))
        except (GroupStateMismatch, KeyError, ValueError, msgspec.DecodeError) as error:
            raise SnapshotRefused(f"the state of groups: {error}") from error
        made.bind(members)
        return made


def config_for(rows: int, groups: int) -> GroupConfig:
    """Return the configuration in which all groups together exceed their limit about once a month."""
    calm = round(MONTH_STEPS * max(groups, 1) * GROUP_CONFIG.spans / rows)
    return msgspec.structs.replace(
        GROUP_CONFIG, calm_spans=max(calm, GROUP_CONFIG.calm_spans), rows_to_begin=HOLD_STEPS
    )


def _careful(model: GroupModel) -> GroupModel:
    """Return a model that is believed less the fewer steps it was learned from."""
    tail, young = model.tail, 1.0 + YOUNG * max(0.0, 1.0 - model.rows / STEPS_A_WEEK)
    reached = math.exp(tail.place + tail.width * math.log(model.config.spans))
    limit = young * min(MARGIN * tail.threshold, REACH * reached)
    return msgspec.structs.replace(model, tail=msgspec.structs.replace(tail, threshold=limit))


def _resumed(members: Members, kept: _Kept, at: int, arrays: Mapping[str, NDArray[np.generic]]) -> _Group:
    group = _Group(members, kept)
    if kept.model is not None:
        group.detector = GroupDetector.resume(kept.model, STEPS_A_DAY, under(f"detector.{at}", arrays))
    if f"last.{at}/contributions" in arrays:
        group.last = _last(under(f"last.{at}", arrays))
    return group


def _flat(last: GroupSurprise) -> dict[str, NDArray[np.generic]]:
    said = np.array([last.score, last.surprise, float(last.alarm), float(last.active)])
    return {"said": said, "contributions": last.contributions, "shares": last.shares}


def _last(arrays: Mapping[str, NDArray[np.generic]]) -> GroupSurprise:
    score, surprise, alarm, active = arrays["said"].astype(np.float64).tolist()
    return GroupSurprise(
        score=score,
        surprise=surprise,
        alarm=bool(alarm),
        active=bool(active),
        contributions=arrays["contributions"].astype(np.float64),
        shares=arrays["shares"].astype(np.float64),
    )


def _listed(part: object) -> object:
    """Return an array, or a number of numpy's, as JSON has it; every float comes back bit by bit."""
    if isinstance(part, np.ndarray | np.generic):
        return part.tolist()
    raise NotImplementedError(type(part).__name__)


def _array(_kind: type, part: object) -> object:
    return np.array(part)
