"""The findings of a day: what its columns and balances show, said once per device where many series share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.quality import traits
from analytics.quality.day import STEP_NS, clock_time
from analytics.quality.finding import Finding, Severity, in_order
from analytics.quality.gathering import devices_of
from analytics.quality.pace import MIXED, OWN, STEP_S
from analytics.quality.twins import factor_near
from greendc.display import energy, number, percent, significant
from greendc.model import SeriesKey
from greendc.quantities import quantities
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.quality.balance import Balance
    from analytics.quality.gathering import Gathered
    from analytics.quality.scores import Evidence
    from greendc.site import Site

MINUTE_NS = 60 * NS_PER_SECOND
SILENT_NS = 30 * MINUTE_NS
"""What has been silent for so long at the end is silent; earlier silences of this length are gaps."""
LACKING = 0.01
FULL = 0.995
TOO_MANY = 1.2
UNTRACKED = 0.25
PEER_QUANTITIES = frozenset({"air_temperature_c", "relative_humidity_ratio", "voltage_v", "frequency_hz"})
"""Quantities of which all series of a site are alike within a factor of two."""
FEWEST_PEERS = 3


class Finder:
    """Finds in one day."""

    def __init__(self, site: Site, gathered: Gathered, evidences: Mapping[SeriesKey, Evidence]) -> None:
        """Take the day and what is known of each series."""
        self._site = site
        self._gathered = gathered
        self._day = gathered.day
        self._evidences = evidences

    def all(self, balances: Sequence[Balance]) -> list[Finding]:
        """Return every finding, faults first."""
        found = list(self._never())
        for device, keys in devices_of(self._evidences).items():
            found += self._silent(device, keys)
            found += self._unvalued(device, keys)
            found += self._paced(device, keys)
            found += self._unlisted(device, keys)
        for key, evidence in self._evidences.items():
            found += self._of_series(key, evidence)
        found = self._gathered_notes(found)
        found += self._unlike_peers()
        found += self._unbalanced(balances)
        return list(in_order(found))

    def _found(
        self,
        code: str,
        severity: Severity,
        where: SeriesKey | str,
        params: Mapping[str, str],
        span: tuple[int, int] | None = None,
    ) -> Finding:
        """Return a finding about a series or, by its name, a device; without a span it holds all day."""
        start_ns, end_ns = span or (self._day.start_ns, self._day.until_ns)
        key = SeriesKey(self._site.name, where, "", "") if isinstance(where, str) else where
        times = {"start": clock_time(self._site, start_ns), "end": clock_time(self._site, end_ns)}
        return Finding(
            code=code,
            severity=severity,
            device=key.device,
            part=key.part,
            quantity=key.quantity,
            start_ns=start_ns,
            end_ns=end_ns,
            params={**times, **params},
        )

    def _never(self) -> Iterator[Finding]:
        for device in self._gathered.never:
            yield self._found("never_heard", Severity.GAP, device, {})

    def _silent(self, device: str, keys: Sequence[SeriesKey]) -> Iterator[Finding]:
        """Say once what a device's series share: a silence that goes on, or one that has ended."""
        spans = {key: self._silence(key) for key in keys}
        silent = {key: span for key, span in spans.items() if span is not None}
        if not silent:
            return
        alike = {span: [key for key, own in silent.items() if own == span] for span in silent.values()}
        for span, who in alike.items():
            code = "silent" if span[1] == self._day.until_ns else "gap"
            if len(who) == len(keys) or len(who) > FEWEST_PEERS:
                count = {"series": str(len(who)), "of": str(len(keys))}
                yield self._found(f"{code}_device", Severity.GAP, device, count, span)
                continue
            for key in who:
                minutes = {"minutes": number((span[1] - span[0]) / MINUTE_NS)}
                yield self._found(code, Severity.GAP, key, minutes, span)

    def _silence(self, key: SeriesKey) -> tuple[int, int] | None:
        begun_ns = self._day.start_ns + self._gathered.begun[key.device] * STEP_NS
        if self._evidences[key].steps.received == 0:
            return begun_ns, self._day.until_ns
        if self._evidences[key].steps.valued == 0:
            # It speaks, and says that it does not know: told with its reasons.
            return None
        silence = self._gathered.silences.get(key)
        if silence is None:
            return None
        start_ns, end_ns = silence.longest
        least_ns = max(SILENT_NS, self._evidences[key].allowed_ns)
        # Series of one device fall silent within the same minute.
        whole = start_ns // MINUTE_NS * MINUTE_NS, end_ns // MINUTE_NS * MINUTE_NS
        return whole if end_ns - start_ns > least_ns else None

    def _unvalued(self, device: str, keys: Sequence[SeriesKey]) -> Iterator[Finding]:
        counts: dict[str, int] = {}
        received, lacking = 0, []
        for key in keys:
            steps = self._evidences[key].steps
            received += steps.received
            if steps.received - steps.valued > LACKING * steps.received:
                lacking.append(key)
                for reason, count in (self._evidences[key].reasons or {"?": steps.received - steps.valued}).items():
                    counts[reason] = counts.get(reason, 0) + count
        if lacking:
            told = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items(), key=lambda one: -one[1]))
            first = lacking[0]
            where = f"{first.part} {first.quantity}".strip()
            params = {"reasons": told, "series": str(len(lacking)), "of": str(len(keys)), "first": where}
            yield self._found("without_value", Severity.GAP, device, params)

    def _paced(self, device: str, keys: Sequence[SeriesKey]) -> Iterator[Finding]:
        slow = [key for key in keys if self._evidences[key].pace.source in {OWN, MIXED}]
        slow = [key for key in slow if self._evidences[key].pace.asked_s is not None]
        if slow:
            pace = min((self._evidences[key].pace for key in slow), key=lambda one: one.asked_s or 0.0)
            params = {"own": significant(pace.interval_s), "asked": significant(pace.asked_s), "series": str(len(slow))}
            yield self._found("slow_pace", Severity.NOTE, device, params)
        eager = [key for key in keys if self._spoken_share(key) > TOO_MANY]
        if eager:
            share, asked_s = self._spoken_share(eager[0]), self._evidences[eager[0]].pace.asked_s
            params = {"share": str(percent(share)), "asked": significant(asked_s), "series": str(len(eager))}
            yield self._found("too_many", Severity.NOTE, device, params)

    def _gathered_notes(self, found: Sequence[Finding]) -> list[Finding]:
        """Say once of the site what many devices share: history that was filled at one pace."""
        paces: dict[tuple[str, str], list[Finding]] = {}
        for one in found:
            if one.code == "slow_pace":
                paces.setdefault((one.params["own"], one.params["asked"]), []).append(one)
        kept = [one for one in found if one.code != "slow_pace"]
        for (own, asked), alike in paces.items():
            if len(alike) <= FEWEST_PEERS:
                kept += alike
                continue
            params = {"own": own, "asked": asked, "devices": _names([one.device for one in alike])}
            kept.append(self._found("slow_pace_many", Severity.NOTE, self._site.name, params))
        return kept

    def _spoken_share(self, key: SeriesKey) -> float:
        """Return how many readings the steps hold by what the site file asks for."""
        evidence = self._evidences[key]
        count = evidence.steps.count[evidence.steps.count > 0]
        asked_s = evidence.pace.asked_s
        return float(np.median(count)) * asked_s / STEP_S if asked_s is not None and len(count) else 0.0

    def _unlisted(self, device: str, keys: Sequence[SeriesKey]) -> Iterator[Finding]:
        if not self._evidences[keys[0]].listed:
            yield self._found("unlisted_device", Severity.NOTE, device, {"series": str(len(keys))})

    def _of_series(self, key: SeriesKey, evidence: Evidence) -> Iterator[Finding]:
        quantity = quantities().get(key.quantity)
        if quantity is None:
            return
        if evidence.stuck is not None:
            first, last = evidence.stuck
            shown = f"{significant(float(evidence.steps.last[first]))} {quantity.unit}"
            hours = number((last - first + 1) * STEP_S / SECONDS_PER_HOUR, 1)
            yield self._found("stuck", Severity.FAULT, key, {"value": shown, "hours": hours}, self._span(first, last))
        outside = np.flatnonzero(traits.beyond(evidence.steps, *traits.bounds(quantity, evidence.point)))
        refused = (evidence.reasons or {}).get("out_of_range", 0)
        if len(outside) or refused:
            low, high = traits.bounds(quantity, evidence.point)
            params = {"low": significant(low), "high": significant(high), "unit": quantity.unit}
            count = refused + int(evidence.steps.known[outside].sum())
            yield self._found("out_of_range", Severity.FAULT, key, {**params, "count": str(count)})
        for fall in evidence.falls[:1]:
            span = self._span(fall.step, fall.step)
            values = {"before": significant(fall.before), "after": significant(fall.after), "unit": quantity.unit}
            yield self._found("counter_reset", Severity.FAULT, key, {**values, "count": str(len(evidence.falls))}, span)
        yield from self._disagreeing(key, evidence)

    def _disagreeing(self, key: SeriesKey, evidence: Evidence) -> Iterator[Finding]:
        twin = evidence.twin
        quantity = quantities()[key.quantity]
        if twin is None or twin.agreeing == twin.hours or not traits.is_register(quantity):
            return
        hours = {"hours": str(twin.hours - twin.agreeing), "of": str(twin.hours)}
        if twin.ratio == 0:
            yield self._found("register_stuck", Severity.FAULT, key, hours)
        elif twin.factor is not None and twin.hours - twin.agreeing > 1:
            factor = significant(max(twin.ratio, 1.0 / twin.ratio))
            yield self._found(
                "unit_register", Severity.FAULT, key, {**hours, "factor": factor, "ratio": _ratio(twin.ratio)}
            )
        else:
            yield self._found("register_and_rate", Severity.FAULT, key, {**hours, "ratio": _ratio(twin.ratio)})

    def _unlike_peers(self) -> Iterator[Finding]:
        means: dict[str, dict[SeriesKey, float]] = {}
        for key, evidence in self._evidences.items():
            if key.quantity in PEER_QUANTITIES and evidence.steps.valued:
                mean = float(np.nansum(evidence.steps.total)) / evidence.steps.valued
                means.setdefault(key.quantity, {})[key] = mean
        for name, own in means.items():
            usual = float(np.median(list(own.values())))
            if len(own) <= FEWEST_PEERS or usual == 0:
                continue
            for key, mean in own.items():
                factor = factor_near(mean / usual)
                if factor is not None:
                    unit = quantities()[name].unit
                    params = {"mean": significant(mean), "usual": significant(usual), "unit": unit}
                    shown = significant(max(factor, 1.0 / factor))
                    yield self._found("unit_peers", Severity.FAULT, key, {**params, "factor": shown})

    def _unbalanced(self, balances: Iterable[Balance]) -> Iterator[Finding]:
        for balance in balances:
            rest = balance.remainder_j
            if rest is None:
                continue
            names = {"parents": _names(balance.parents), "children": _names(balance.children)}
            sides = {"up": str(energy(balance.parents_j)), "down": str(energy(balance.children_j))}
            if balance.faulty:
                device, _, part = balance.suspect.partition("/")
                hours = str(sum(hour.negative for hour in balance.hours))
                found = self._found("negative_remainder", Severity.FAULT, device, {**names, **sides, "hours": hours})
                yield _about(found, part, because=balance.because, rest=str(energy(rest)))
            elif balance.share is not None and balance.share > UNTRACKED:
                device = balance.parents[0].partition("/")[0]
                share = {"share": str(percent(balance.share))}
                yield self._found("untracked", Severity.NOTE, device, {**names, **sides, **share})

    def _span(self, first: int, last: int) -> tuple[int, int]:
        return self._day.start_ns + first * STEP_NS, self._day.start_ns + (last + 1) * STEP_NS


def _about(finding: Finding, part: str, **params: str) -> Finding:
    return msgspec.structs.replace(finding, part=part, params={**finding.params, **params})


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g}"


def _names(names: Sequence[str], most: int = 4) -> str:
    """Return names in a row, the first few of many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} … ({len(names)})"
