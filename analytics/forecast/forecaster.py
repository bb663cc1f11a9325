"""A forecast with its range and with how far it can be trusted: the best of a ladder of models, by backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.forecast.backtest import Backtest, Lead, Score, backtest, by_lead, score, skill
from analytics.forecast.features import every
from analytics.forecast.models import LADDER, REFERENCES, SIMPLE, Candidate, Model
from analytics.forecast.target import Target
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.forecast.calibration import Calibration
    from analytics.forecast.observed import Observed

LEAST_DAYS = 10.0
"""A week to look back, two days to look ahead, and one to judge by."""
WITHIN = 1.03
"""The simplest model whose loss is within this factor of the best one's is taken."""
HAIR = 1e-9
"""A loss of less than this share of the greatest value is none."""
KNOWN_SHARE = 0.9
DARK_DAYS = 30
DARK_SHARE = 0.005
"""A time of day at which the sun never gave more than this share of its most for a month is night."""


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader should know; a code of `forecast.remark.*`."""

    code: str
    params: dict[str, str] = {}

    def text(self, lang: str | None = None) -> str:
        """Return it for a person."""
        return t(f"forecast.remark.{self.code}", lang, **self.params)


class Untrained(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no forecast; a code of `forecast.reason.*` with the cure."""

    target: Target
    code: str
    params: dict[str, str] = {}

    def text(self, lang: str | None = None) -> str:
        """Return it for a person."""
        return t(f"forecast.reason.{self.code}", lang, **self.params)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """How well the model did at times it had not seen.

    ``skill`` is the share of the error of ``reference``, the better seasonal naive, that is gone. ``scores`` has every
    candidate. ``score.coverage`` should be 0.8.
    """

    model: str
    reference: str
    skill: float
    score: Score
    leads: tuple[Lead, ...]
    scores: dict[str, Score]


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """P10, P50 and P90 of the target in its stored unit at each row ahead; NaN where nothing is known."""

    target: Target
    time_ns: Times
    step_ns: int
    p10: Floats
    p50: Floats
    p90: Floats
    trust: Trust
    remarks: tuple[Remark, ...]


class Forecaster:
    """The chosen model of a target, fitted and calibrated.

    ``names`` are the columns of weather it was trained on, measured and forecast; ``blind`` needs no forecast of them.
    """

    def __init__(
        self,
        target: Target,
        model: Model,
        calibration: Calibration,
        trust: Trust,
        *,
        names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
        blind: Forecaster | None = None,
    ) -> None:
        """Keep what `train` found."""
        self.target = target
        self.trust = trust
        self._model = model
        self._calibration = calibration
        self._names = names
        self._blind = blind

    def forecast(self, rows: Observed) -> Forecast:
        """Return what follows the last row.

        Without the weather forecast that it was trained on, a model that needs none answers, with its own range.
        """
        given, remarks = with_known_weather(rows)
        given = _with_columns(given, self._names)
        if self._blind is not None and set(self._names[1]) - set(given.expected):
            found = self._blind.forecast(msgspec.structs.replace(rows, expected={}))
            return msgspec.structs.replace(found, remarks=(*found.remarks, *remarks))
        return self._ahead(given, remarks)

    def _ahead(self, given: Observed, remarks: list[Remark]) -> Forecast:
        samples = every(np.array([len(given) - 1], dtype=np.int64), np.arange(1, given.horizon + 1))
        found = self._calibration.applied(given, samples, self._model.predict(given, samples))
        if self.target.least is not None:
            found = np.maximum(found, self.target.least)
        if self.target is Target.PV:
            found[_dark(given)] = 0.0
        unknown = int((~np.isfinite(found)).any(axis=1).sum())
        if unknown:
            remarks.append(Remark(code="unknown_rows", params={"count": str(unknown)}))
        if not np.isfinite(given.values[-given.per_hour :]).any():
            remarks.append(Remark(code="stale"))
        p10, p50, p90 = found.T
        return Forecast(
            target=self.target,
            time_ns=given.times_ahead(),
            step_ns=given.step_ns,
            p10=p10,
            p50=p50,
            p90=p90,
            trust=self.trust,
            remarks=tuple(remarks),
        )


def train(rows: Observed, target: Target, ladder: Sequence[Candidate] = LADDER) -> Forecaster | Untrained:
    """Choose a model of a target by backtest and fit it to all rows, or say why not."""
    if rows.days < LEAST_DAYS:
        more = np.ceil(LEAST_DAYS - rows.days)
        shown = {"days": f"{rows.days:.1f}", "least": f"{LEAST_DAYS:.0f}", "more": f"{more:.0f}"}
        return Untrained(target=target, code="short", params=shown)
    given, _ = with_known_weather(rows)
    usable = [one for one in ladder if given.days >= one.least_days]
    tests = {one.name: backtest(given, one) for one in usable}
    honest = {name: test.honest(given) for name, test in tests.items()}
    common = _known_by_all(given, list(tests.values()), list(honest.values()))
    if not common.any():
        return Untrained(target=target, code="gaps")
    actual = next(iter(tests.values())).actual
    scores = {name: score(quantiles[common], actual[common]) for name, quantiles in honest.items()}
    best = min(one.pinball for one in scores.values())
    hair = HAIR * float(np.nanmax(np.abs(given.values)))
    taken = next(one for one in usable if scores[one.name].pinball <= WITHIN * best + hair)
    reference = min(REFERENCES, key=lambda name: max(scores[name].mae, hair))
    own = tests[taken.name]
    seen = own.samples.only(common)
    trust = Trust(
        model=taken.name,
        reference=reference,
        skill=skill(scores[taken.name].mae, scores[reference].mae) if scores[reference].mae > hair else 0.0,
        score=scores[taken.name],
        leads=by_lead(given, seen, honest[taken.name][common], honest[reference][common], actual[common]),
        scores=scores,
    )
    blind = train(msgspec.structs.replace(given, expected={}), target, SIMPLE) if given.expected else None
    return Forecaster(
        target,
        taken.fit(given),
        own.calibration(given),
        trust,
        names=(tuple(given.weather), tuple(given.expected)),
        blind=blind if isinstance(blind, Forecaster) else None,
    )


def _with_columns(rows: Observed, names: tuple[tuple[str, ...], tuple[str, ...]]) -> Observed:
    """Return rows with the columns of weather that a model knows, in its order; measured ones unknown where missing."""
    measured = {name: rows.weather.get(name, np.full(len(rows), np.nan)) for name in names[0]}
    said = {name: rows.expected[name] for name in names[1] if name in rows.expected}
    return msgspec.structs.replace(rows, weather=measured, expected=said)


def with_known_weather(rows: Observed) -> tuple[Observed, list[Remark]]:
    """Return rows without weather forecasts that hardly cover the past or the time ahead, and what was left out.

    Measured weather never stands in for a forecast: it would make the backtest better than life.
    """
    dropped = []
    kept = {}
    for name, column in rows.expected.items():
        ahead = np.isfinite(column[len(rows) :]).mean()
        past = np.isfinite(column[: len(rows)]).mean()
        if min(ahead, past) >= KNOWN_SHARE:
            kept[name] = column
        else:
            dropped.append(Remark(code="weather_unknown", params={"name": name}))
    if not rows.expected:
        dropped.append(Remark(code="no_weather"))
    return msgspec.structs.replace(rows, expected=kept), dropped


def _known_by_all(
    rows: Observed, tests: list[Backtest], honest: list[Floats]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which pairs every model has forecast and are known, so that all are judged by the same."""
    known = tests[0].judged(rows)
    for quantiles in honest:
        known &= np.isfinite(quantiles).all(axis=1)
    return known


def _dark(rows: Observed) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows ahead lie at a time of day at which the sun gave nothing for a month."""
    recent = rows.values[-DARK_DAYS * rows.day :]
    slots = np.round(rows.hour * rows.per_hour).astype(np.int64)
    most = np.zeros(int(slots.max()) + 1)
    np.maximum.at(most, slots[len(rows) - len(recent) : len(rows)], np.nan_to_num(recent))
    return np.asarray(most[slots[len(rows) :]] <= DARK_SHARE * most.max())
