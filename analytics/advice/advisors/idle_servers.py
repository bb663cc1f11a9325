"""Servers that do nothing: switched off they save their idle power, and the losses and the cold that go with it.

A server without work still takes a good part of its greatest power, 20 to 50 % on modern machines; a quarter of all
servers and more were found comatose in field studies. Where nothing tells how busy a server is, its power does: work
comes and goes with the day, idle power does not. So the power of each server, both feeds together, is held against
those of its peers: no rhythm of the day, no bursts, and low. Storage and network stand like that too: whoever owns a
machine decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.columns import DAY_NS, Columns, columns
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.guards import percent
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.advice.telemetry import too_short
from analytics.counters import Floats
from analytics.site_model import Change
from analytics.site_model.priors import as_parameter
from greendc.model import SeriesKey
from greendc.profiles import profile, profile_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation

KEY = "idle_servers"
POWER, BUSY, OUTLET = "active_power_w", "cpu_utilisation_ratio", "outlet/"
KNOWN, LEAST_W, SHOWN = 0.8, 15.0, 12
HOURS_A_DAY = 24
LEAST_DAYS_EACH = 2
HALF_A_DAY = 0.5


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A thing in a rack, what its power is the sum of, and what tells how busy it is."""

    name: str
    power: tuple[SeriesKey, ...]
    busy: SeriesKey | None = None


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """The power of servers [W]: their mean, how far it swings with the day, how far it strays; by server."""

    mean_w: Floats
    rhythm: Floats
    spread: Floats
    busy: Floats


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the servers that are worth asking their owners about, as one piece of advice."""
    rules = electrical_limits().idle
    servers = servers_of(situation)
    if not servers:
        return [Refusal(advisor=KEY, reason="missing", missing=("outlet_power",))]
    if situation.now_ns - situation.start_ns < (rules.least_days - HALF_A_DAY) * DAY_NS:
        return [too_short(KEY, rules.least_days)]
    keys = [key for server in servers for key in (*server.power, *((server.busy,) if server.busy else ()))]
    found = habits(servers, columns(situation, keys))
    idle, told = idle_of(found)
    if not told:
        return [Refusal(advisor=KEY, reason="missing", missing=("server_rhythm",))]
    if not idle.any():
        return [Refusal(advisor=KEY, reason="in_order")]
    return [_advice(situation, [s.name for s, chosen in zip(servers, idle, strict=True) if chosen], found.mean_w[idle])]


def servers_of(situation: Situation) -> list[Server]:
    """Return what stands in racks with its power: as the site file says, else the outlets of one number in a rack."""
    site, outlets = situation.site, {}
    for key in situation.series:
        if key.quantity == POWER and key.part.startswith(OUTLET):
            outlets[f"{key.device}/{key.part}"] = key
    profiles = set(profile_names())
    kinds = {device.name: profile(device.profile).kind for device in site.devices if device.profile in profiles}
    racks = {device.name: device.rack for device in site.devices}
    known = set(situation.series)
    found, taken = [], set()
    for thing in site.mounted:
        power = tuple(outlets[name] for name in thing.power if name in outlets)
        if power and len(power) == len(thing.power):
            busy = SeriesKey(site.name, thing.name, "", BUSY)
            found.append(Server(name=thing.name, power=power, busy=busy if busy in known else None))
            taken.update(thing.power)
    pairs: dict[tuple[str, str], list[SeriesKey]] = {}
    for name, key in outlets.items():
        if name not in taken and racks.get(key.device):
            pairs.setdefault((racks[key.device], key.part), []).append(key)
    found += [Server(name=f"{rack}/{part}", power=tuple(sorted(some))) for (rack, part), some in sorted(pairs.items())]
    for key in situation.series:
        busy = SeriesKey(site.name, key.device, "", BUSY)
        if key.quantity == POWER and not key.part and kinds.get(key.device) == "server" and busy in known:
            found.append(Server(name=key.device, power=(key,), busy=busy))
    return found


def habits(servers: Sequence[Server], read: Columns) -> Habit:
    """Return the habits of servers over hours; NaN where too little is known or next to nothing is drawn."""
    power = np.stack([read.of(server.power).sum(axis=0) for server in servers])
    known = np.isfinite(power)
    power = np.where((known.mean(axis=1) >= KNOWN)[:, None], power, np.nan)
    count = np.maximum(np.isfinite(power).sum(axis=1), 1)
    mean = np.where(np.isfinite(power).any(axis=1), np.nansum(power, axis=1) / count, np.nan)
    mean = np.where(mean >= LEAST_W, mean, np.nan)
    hour = read.time_ns // read.step_ns % HOURS_A_DAY
    day = np.stack([_mean(power[:, hour == one]) for one in range(HOURS_A_DAY)], axis=1)
    busy = np.array([_busiest(read.values[s.busy]) if s.busy else np.nan for s in servers])
    return Habit(
        mean_w=mean,
        rhythm=(_quantile(day, 0.95) - _quantile(day, 0.05)) / mean,
        spread=(_quantile(power, 0.98) - _quantile(power, 0.02)) / mean,
        busy=busy,
    )


def idle_of(found: Habit) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], bool]:
    """Return which servers do nothing, and whether anything could be told at all."""
    rules = electrical_limits().idle
    said = np.isfinite(found.busy) & np.isfinite(found.mean_w)
    idle = said & (found.busy < rules.busy)
    known = np.isfinite(found.mean_w) & np.isfinite(found.rhythm)
    # The peers are those that work: half of them all at least, or there is nobody to compare with.
    rhythm = float(np.quantile(found.rhythm[known], 0.75)) if known.any() else 0.0
    if known.sum() < rules.least_peers or rhythm < rules.least_rhythm:
        return idle, bool(said.any())
    work = known & (found.rhythm > 0.5 * rhythm)
    usual_w, stray = float(np.median(found.mean_w[work])), float(np.median(found.spread[work]))
    still = known & (found.rhythm < rules.rhythm * rhythm) & (found.spread < rules.rhythm * stray)
    return idle | (still & ~said & (found.mean_w < rules.low_power * usual_w)), True


def _advice(situation: Situation, names: list[str], mean_w: Floats) -> Answer:
    frame, draws = situation.sample, situation.draws
    it_w = float(np.nanmean(frame.it_w)) if np.isfinite(frame.it_w).any() else np.nan
    if not np.isfinite(it_w):
        return Refusal(advisor=KEY, reason="missing", missing=("it_power",))
    idle_w = float(mean_w.sum())
    change = Change(it_ratio=1.0 - min(idle_w / it_w, 0.9))
    real = as_parameter("outlet_to_server", electrical_limits().idle.real, "not_metered").draw(draws)
    many = f" + {len(names) - SHOWN}" if len(names) > SHOWN else ""
    days = round(electrical_limits().idle.least_days)
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(names[:SHOWN]) + many,
        guards=(
            Check(key="owner", status="not_evaluable", params={"count": str(len(names))}, optional=True),
            Check(key="scream_test", status="not_evaluable", params={"days": str(days)}, optional=True),
        ),
        coefficients=coefficients(situation, "ups", "chiller", "compressor", "realisation"),
        plan=Plan(option="B", method="baseline", target="it", drivers=("outdoor_c",), days=days),
        risk="medium",
        effort="medium",
        change=change,
        facts={
            "count": str(len(names)),
            "servers": ", ".join(names),
            "idle": f"{idle_w:.0f}",
            "share": percent(idle_w / it_w),
        },
    )
    return recommended(situation, proposal, situation.replay(change).saved_w() * real, frame)


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    enough = known.sum(axis=1) >= LEAST_DAYS_EACH
    return np.where(enough, np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def _quantile(values: Floats, level: float) -> Floats:
    """Return a quantile of each row, NaN where a row has nothing."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    ordered = np.sort(np.where(known, values, np.inf), axis=1)
    at = np.minimum((level * count).astype(np.intp), np.maximum(count - 1, 0))
    return np.where(count > 0, ordered[np.arange(len(values)), at], np.nan)


def _busiest(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, 0.95)) if len(known) >= KNOWN * len(values) and len(known) else np.nan


ADVISOR = Advisor(key=KEY, needs=("outlet_power", "it_power", "server_rhythm"), advise=advise)
