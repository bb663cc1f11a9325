"""UPSs that lose more than they must: eco mode, or power modules that sleep.

``loss = rated (k0 + k1 x + k2 x^2)``, fitted for each UPS from its own input and output (parts as in the efficiency
tables of IEC 62040-3). At low load the part that does not depend on load is most of it: with the share s of the modules
awake it is ``rated (s k0 + k1 x + k2 x^2 / s)``, still double conversion. Eco mode feeds the load past the converters
and loses about 1 % of it, but the load then sees the mains and, when they fail, a transfer of some milliseconds: it
trades protection for energy, and is proposed as such, never as a matter of course.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.guards import percent
from analytics.advice.mains import mains_quiet
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.site_model import Change
from analytics.site_model.heat import cooling_saved_w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.recommendation import Recommendation
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model.ups_losses import UpsLosses

KEY = "ups_mode"
CARRIES = 0.03
"""A UPS that carries less than this share of its rating carries nothing."""
SPARED = 1.3
"""A UPS that loses less than so many times what eco mode would lose runs in it already."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return for each UPS what saves most of what may be accepted: sleeping modules or eco mode."""
    frame = situation.frame
    if not len(frame) or not np.isfinite(frame.ups_out_w).any():
        return [Refusal(advisor=KEY, reason="missing", missing=("ups_output",))]
    loss = frame.ups_in_w - frame.ups_out_w
    metered = {name for i, name in enumerate(frame.ups) if np.isfinite(loss[:, i]).any()}
    if not metered:
        return [Refusal(advisor=KEY, reason="missing", missing=("ups_input",))]
    found = [answer for law in situation.model.ups if law.name in metered for answer in _of(situation, law)]
    return found or [Refusal(advisor=KEY, reason="in_order")]


def _of(situation: Situation, law: UpsLosses) -> list[Recommendation]:
    """Return the one recommendation for a UPS, if there is one."""
    if _peak_w(situation, law.name) < CARRIES * law.rated_w or _spares(situation, law.name):
        return []
    # Double conversion that sleeps in part costs no protection: it comes first unless only eco mode may be accepted.
    found = [one for one in (_hibernation(situation, law), _eco(situation, law)) if one is not None]
    return sorted(found, key=lambda one: not one.acceptable)[:1]


def _eco(situation: Situation, law: UpsLosses) -> Recommendation | None:
    change = Change(ups_eco=True, ups=(law.name,))
    other = _other_feed(situation, law.name)
    proposal = Proposal(
        advisor=KEY,
        variant="eco",
        place=law.name,
        actuator=law.name,
        guards=(
            mains_quiet(situation, law.name),
            _room(situation, law),
            other,
            _well(situation, law.name),
            _transfer(),
        ),
        coefficients=coefficients(situation, f"{law.name}/", "ups_eco"),
        plan=Plan(option="B", method="baseline", target="ups", drivers=("it_w",), days=14),
        risk="medium" if other.status == "passed" else "high",
        change=change,
    )
    return _worth_it(situation, proposal, situation.replay(change).saved_w())


def _hibernation(situation: Situation, law: UpsLosses) -> Recommendation | None:
    """Return the fewest modules awake that carry the greatest load with one of them lost, and all of it together."""
    count = next((device.modules for device in situation.site.devices if device.name == law.name), None)
    if count is None:
        return None
    most, peak_w = electrical_limits().hibernation.most_load, _peak_w(situation, law.name)
    module_w = law.rated_w / count
    # When another UPS fails, the modules that are awake carry its load too until the others wake up.
    alone_w = float(np.nanmax(_total_w(situation)))
    need = max(int(np.ceil(peak_w / (most * module_w))) + 1, int(np.ceil(alone_w / module_w)))
    if need >= count:
        return None
    left = msgspec.structs.replace(law, rated_w=need * module_w)
    saved_w = _sleeping_w(situation, law, left)
    params = {
        "awake": str(need),
        "count": str(count),
        "load": percent(peak_w / ((need - 1) * module_w)),
        "most": percent(most),
    }
    proposal = Proposal(
        advisor=KEY,
        variant="hibernation",
        place=law.name,
        actuator=law.name,
        change_from=float(count),
        change_to=float(need),
        guards=(Check(key="modules_spare", status="passed", params=params), _well(situation, law.name)),
        coefficients=coefficients(situation, f"{law.name}/"),
        plan=Plan(option="B", method="on_off", target="ups", drivers=("it_w",), days=14, block_days=2),
        facts={"awake": str(need), "count": str(count)},
    )
    return _worth_it(situation, proposal, saved_w)


def _worth_it(situation: Situation, proposal: Proposal, saved_w: Floats) -> Recommendation | None:
    answer = recommended(situation, proposal, saved_w, situation.sample)
    return None if isinstance(answer, Refusal) else answer


def _sleeping_w(situation: Situation, law: UpsLosses, left: UpsLosses) -> Floats:
    """Return what sleeping modules save [W] with the cold for their heat; losses scale as the fitted law says."""
    frame, draws = situation.sample, situation.draws
    i = frame.ups.index(law.name)
    out = frame.ups_out_w[:, i]
    loss = frame.ups_in_w[:, i] - out
    less = loss * (1.0 - left.loss_w(out, draws) / law.loss_w(out, draws)) * situation.model.realisation.draw(draws)
    return less + cooling_saved_w(situation.model, frame, np.nan_to_num(less), draws)


def _spares(situation: Situation, name: str) -> bool:
    """Tell whether a UPS loses so little that it runs in eco mode or on bypass already."""
    frame = situation.frame
    i = frame.ups.index(name)
    known = np.isfinite(frame.ups_in_w[:, i]) & np.isfinite(frame.ups_out_w[:, i])
    out = float(frame.ups_out_w[known, i].sum())
    loss = float(frame.ups_in_w[known, i].sum()) - out
    eco = situation.model.ups_eco
    return loss <= SPARED * (eco.value + eco.error) * out


def _peak_w(situation: Situation, name: str) -> float:
    out = situation.whole.ups_out_w[:, situation.whole.ups.index(name)]
    return float(np.nanmax(out)) if np.isfinite(out).any() else 0.0


def _total_w(situation: Situation) -> Floats:
    out = situation.whole.ups_out_w
    return np.where(np.isfinite(out).any(axis=1), np.nansum(out, axis=1), np.nan)


def _room(situation: Situation, law: UpsLosses) -> Check:
    """Return whether the UPS could carry its greatest load in either mode without coming near its rating."""
    most, load = electrical_limits().hibernation.most_load, _peak_w(situation, law.name) / law.rated_w
    params = {"load": percent(load), "most": percent(most)}
    return Check(key="ups_room", status="passed" if load <= most else "failed", params=params)


def _other_feed(situation: Situation, name: str) -> Check:
    """Return whether another UPS in double conversion could carry everything; one of two feeds stays conditioned."""
    most_w = float(np.nanmax(_total_w(situation)))
    others = [law for law in situation.model.ups if law.name != name]
    if not others:
        return Check(key="other_feed", status="not_evaluable", optional=True)
    ready = [law.name for law in others if law.rated_w >= most_w and not _spares(situation, law.name)]
    params = {"other": ", ".join(ready or [law.name for law in others])}
    return Check(key="other_feed", status="passed" if ready else "failed", params=params)


def _well(situation: Situation, name: str) -> Check:
    """Return whether no alarm is open on the UPS or its battery."""
    mine = [alarm.id for alarm in situation.alarms if alarm.device == name and not alarm.advisory]
    params = {"alarms": ", ".join(mine)}
    return Check(key="ups_well", status="failed" if mine else "passed", params=params)


def _transfer() -> Check:
    """Return what nobody can read from a meter: the time of transfer against what the servers' supplies bridge."""
    eco = electrical_limits().eco
    params = {"transfer": f"{eco.transfer_ms:.0f}", "hold": f"{eco.hold_up_ms.low:.0f}"}
    return Check(key="transfer", status="not_evaluable", params=params, optional=True)


ADVISOR = Advisor(key=KEY, needs=("ups_output", "ups_input"), advise=advise)
