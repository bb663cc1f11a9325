"""Why an alarm stands, kept with it: what was expected, how unusual this is, and what speaks for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from greendc import display
from greendc.quantities import Kind, quantities
from greendc.texts import catalogue, language, t
from greendc.units import from_stored

if TYPE_CHECKING:
    from collections.abc import Mapping

DETECTOR = "detector"
SENSOR = "sensor"
TERM = "term"
SHARE_TOLERANCE = 1e-6
SHOWN_SHARES = 3
FLOW, FLOW_SHOWN = "m3/s", "m3/h"
"""A flow of water is too small a number per second."""
LEAST_SHOWN = 0.05
"""A share below that is not worth a word in the sentence."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what made the alarm: a ``detector``, a ``sensor`` of a group or a ``term`` of a model.

    ``ratio`` is its share 0..1 of its kind; ``value`` in ``unit`` says how much it is, where that means something.
    """

    kind: str
    name: str
    ratio: float
    value: float | None = None
    unit: str = ""

    def title(self, lang: str | None = None) -> str:
        """Return the name that a person reads: from the catalogue, else the name itself."""
        keys = (f"explain.{self.kind}.{self.name}", f"models.{self.kind}s.{self.name}")
        return next((t(key, lang) for key in keys if key in catalogue()), named(self.name, lang))


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """What comparable series show at the same time: their median, in the alarm's unit, and how many they are."""

    median: float
    count: int


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest past episode: which alarm, when it was raised, and what a person said of it (empty: nothing yet)."""

    alarm_id: str
    time_ns: int
    verdict: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of level: since when, from what to what, and what it costs [kWh/day] where that is known."""

    time_ns: int
    before: float
    after: float
    cost_kwh_day: float | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a person needs to believe an alarm or to dismiss it. What is None or empty is not known.

    ``value``, ``expected``, ``low`` and ``high`` are in ``unit``; ``level`` is the share 0..1 of normal values that the
    band holds. ``one_in`` says that one step in so many looks like this by chance. ``held_s`` is how long it has
    lasted [s]. ``checks`` are keys of the catalogue below `checks`, ``data_quality`` one below
    `explain.data_quality`. ``model`` names the model with its version and hash. Shares of one kind sum to 1.

    Raises:
        ValueError: they do not, or the band is upside down.
    """

    series: str = ""
    value: float | None = None
    unit: str = ""
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    one_in: float | None = None
    held_s: float | None = None
    shares: tuple[Share, ...] = ()
    peers: Peers | None = None
    similar: Similar | None = None
    change: Change | None = None
    checks: tuple[str, ...] = ()
    data_quality: str = ""
    provisional: bool = False
    model: str = ""

    def __post_init__(self) -> None:
        """Refuse shares and bands that mean nothing."""
        for kind in {share.kind for share in self.shares}:
            total = math.fsum(share.ratio for share in self.shares if share.kind == kind)
            if abs(total - 1.0) > SHARE_TOLERANCE:
                raise ValueError(f"shares of kind {kind} sum to {total:g}, not to 1")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"a band from {self.low:g} to {self.high:g} is upside down")

    def sentence(self, lang: str | None = None) -> str:
        """Return the explanation as plain sentences; what is not known is left out."""
        chosen = language(lang)
        parts = (
            self._value(chosen),
            self._rarity(chosen),
            self._because(chosen),
            self._peers(chosen),
            self._change(chosen),
            self._similar(chosen),
            self._caveat(chosen),
        )
        return ("" if chosen == "zh" else " ").join(part for part in parts if part)

    def checklist(self, lang: str | None = None) -> tuple[str, ...]:
        """Return what to look at, one sentence each."""
        return tuple(t(f"checks.{key}", lang) for key in self.checks if f"checks.{key}" in catalogue())

    def _shown(self, value: float | None) -> str:
        known = quantities().get(self.series.rpartition(" ")[2])
        if known is not None and known.kind is Kind.STATE:
            return str(display.of_quantity(value, known))
        if self.unit == FLOW and value is not None:
            return str(display.Shown(display.significant(from_stored(value, FLOW_SHOWN)), FLOW_SHOWN))
        return str(display.stored(value, self.unit))

    def _value(self, lang: str) -> str:
        if self.value is None or not self.series:
            return ""
        given: dict[str, str] = {"series": named(self.series, lang), "value": self._shown(self.value)}
        if self.expected is None:
            return t("explain.value", lang, **given)
        given["expected"] = self._shown(self.expected)
        if self.low is None or self.high is None:
            return t("explain.value_expected", lang, **given)
        level = str(display.percent(self.level, 0)) if self.level is not None else ""
        band = {"low": self._shown(self.low), "high": self._shown(self.high), "level": level}
        return t("explain.value_band" if level else "explain.value_band_bare", lang, **given, **band)

    def _rarity(self, lang: str) -> str:
        held = display.age(self.held_s, lang) if self.held_s is not None else ""
        if self.one_in is None or not math.isfinite(self.one_in):
            return t("explain.held", lang, held=held) if held else ""
        rare = _rounded(self.one_in)
        return t("explain.rare_held", lang, n=rare, held=held) if held else t("explain.rare", lang, n=rare)

    def _because(self, lang: str) -> str:
        said = []
        for kind in (DETECTOR, SENSOR, TERM):
            found = sorted((s for s in self.shares if s.kind == kind), key=lambda share: -share.ratio)
            top = [s for s in found[:SHOWN_SHARES] if s.ratio >= LEAST_SHOWN]
            if top:
                names = t("explain.comma", lang).join(_share_text(share, lang) for share in top)
                said.append(t(f"explain.because_{kind}", lang, names=names))
        return ("" if lang == "zh" else " ").join(said)

    def _peers(self, lang: str) -> str:
        if self.peers is None:
            return ""
        return t("explain.peers", lang, n=str(self.peers.count), median=self._shown(self.peers.median))

    def _change(self, lang: str) -> str:
        if self.change is None:
            return ""
        given = {"before": self._shown(self.change.before), "after": self._shown(self.change.after)}
        cost = self.change.cost_kwh_day
        if cost is None:
            return t("explain.change", lang, **given)
        key = "explain.change_cost" if cost >= 0 else "explain.change_gain"
        return t(key, lang, cost=display.significant(abs(cost)), **given)

    def _similar(self, lang: str) -> str:
        if self.similar is None:
            return ""
        verdict = t(f"explain.verdict.{self.similar.verdict or 'none'}", lang)
        return t("explain.similar", lang, alarm=self.similar.alarm_id, verdict=verdict)

    def _caveat(self, lang: str) -> str:
        quality = f"explain.data_quality.{self.data_quality}"
        said = [t(quality, lang)] if self.data_quality and quality in catalogue() else []
        if self.provisional:
            said.append(t("explain.provisional", lang))
        return ("" if lang == "zh" else " ").join(said)


def named(series: str, lang: str | None = None) -> str:
    """Return a series as a person reads it: ``device/part · quantity``; what is no series stays as it is."""
    where, _, key = series.rpartition(" ")
    known = quantities().get(key)
    return series if known is None or not where else f"{where} · {known.title(lang)}"


def shares_of(kind: str, parts: Mapping[str, float], unit: str = "") -> tuple[Share, ...]:
    """Return the shares of parts by size: their ratios sum to 1 by amount, the greatest first; parts of 0 are left out.

    ``parts`` may be negative, such as the terms of a regression; with a ``unit`` each share carries its part's value.
    """
    known = {name: part for name, part in parts.items() if math.isfinite(part) and part != 0.0}
    total = math.fsum(abs(part) for part in known.values())
    if total <= 0.0 or not math.isfinite(total):
        return ()
    ordered = sorted(known.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(
        Share(kind=kind, name=name, ratio=abs(part) / total, value=part if unit else None, unit=unit)
        for name, part in ordered
    )


def _share_text(share: Share, lang: str) -> str:
    ratio = str(display.percent(share.ratio, 0))
    if share.value is None:
        return t("explain.share", lang, name=share.title(lang), ratio=ratio)
    value = display.stored(share.value, share.unit)
    return t("explain.share_value", lang, name=share.title(lang), ratio=ratio, value=str(value))


def _rounded(one_in: float) -> str:
    """Return a rarity with one significant digit: more would claim what no tail can promise."""
    size = 10.0 ** math.floor(math.log10(max(one_in, 1.0)))
    return display.number(round(one_in / size) * size)
