"""The columns of a table, judged row by row in the order of time: each by itself, or all as one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.config import CONFIG
from analytics.detection.detector import Detector
from analytics.detection.group import GroupDetector
from analytics.detection.group_config import GROUP_CONFIG
from analytics.detection.group_fit import NotEnoughRows, fit
from analytics.detection.table_result import TableResult, episode
from greendc.clock import NS_PER_HOUR
from greendc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analytics.detection.table import Table

FEWEST_VALUES = 60
"""A column with fewer values has no score."""
LEARNED_SHARE = 0.15
"""Without a number of rows to learn from, this share of them is taken for normal running, at most `LEARNED_NS`."""
NS_PER_DAY = 24 * NS_PER_HOUR
SAY_EACH = 500


def detect_columns(table: Table, say: Callable[[int, int], None]) -> TableResult:
    """Judge each column by itself. ``say`` is told how many rows are done, and of how many."""
    rows, size = table.values.shape
    order = table.order()
    judged = table.values[order].copy()
    judged[_repeated(table, order)] = np.nan
    scores, alarms = np.full((rows, size), np.nan), np.zeros((rows, size), dtype=np.int64)
    detector = Detector(size, CONFIG)
    for done, row in enumerate(order):
        found = detector.step(judged[done], int(table.time_ns[row]))
        scores[row], alarms[row] = found.score, found.alarm
        if done % SAY_EACH == 0:
            say(done, len(order))
    say(len(order), len(order))
    values = np.isfinite(table.values).sum(axis=0)
    scarce = np.flatnonzero(values < FEWEST_VALUES)
    scores[:, scarce], alarms[:, scarce] = np.nan, 0
    columns: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {}
    for place, name in enumerate(table.names):
        columns[f"{name}.score"], columns[f"{name}.alarm"] = scores[:, place], alarms[:, place]
    began = [(row, place) for row in order for place in np.flatnonzero(alarms[row])]
    problems = [_scarce(table, table.names[place], int(values[place])) for place in scarce]
    return TableResult(
        table=table,
        columns=columns,
        episodes=tuple(episode(table, row, scores[row, place], table.names[place]) for row, place in began),
        not_enough=tuple(table.names[place] for place in scarce),
        learned_rows=0,
        version=CONFIG.version,
        problems=tuple(problems),
    )


def detect_group(table: Table, train_rows: int | None, say: Callable[[int, int], None]) -> TableResult:
    """Judge all columns as one machine that runs normally in its first rows. In these the score is 0.

    Raises:
        ConfigError: ``train_rows`` does not leave a row to judge.
    """
    order = table.order()
    learned = _learned(table, order, train_rows)
    repeated = _repeated(table, order)
    judged = table.values[order].copy()
    judged[repeated] = np.nan
    rows, size = table.values.shape
    train = judged[:learned][~repeated[:learned]]
    try:
        model = fit(train)
    except NotEnoughRows as lack:
        return _unjudged(table, lack)
    detector = GroupDetector(model, _steps_a_day(table.time_ns[order]))
    scores, alarms = np.full(rows, np.nan), np.zeros(rows, dtype=np.int64)
    contributions, began = np.full((rows, size), np.nan), []
    scores[order[:learned]] = 0.0
    for done in range(learned, len(order)):
        row = order[done]
        found = detector.step(judged[done])
        known = not np.isnan(found.score)
        scores[row], alarms[row] = found.score, known and found.active
        if known:
            contributions[row] = found.contributions
        if found.alarm:
            began.append((int(row), table.names[int(found.contributions.argmax())]))
        if done % SAY_EACH == 0:
            say(done, len(order))
    say(len(order), len(order))
    columns = {"score": scores, "alarm": alarms}
    columns |= {f"{name}.contribution": contributions[:, place] for place, name in enumerate(table.names)}
    unused = np.flatnonzero(~model.used)
    values = np.isfinite(train).sum(axis=0)
    needed = int(np.ceil(len(train) * model.config.fewest_share))
    return TableResult(
        table=table,
        columns=columns,
        episodes=tuple(episode(table, row, scores[row], name) for row, name in began),
        not_enough=tuple(table.names[place] for place in unused),
        learned_rows=learned,
        version=f"{GROUP_CONFIG.version}-{model.version}",
        problems=tuple(_scarce(table, table.names[place], int(values[place]), needed) for place in unused),
    )


def _unjudged(table: Table, lack: NotEnoughRows) -> TableResult:
    """Return the result of a table from which no group can be learned."""
    rows = len(table.times)
    columns = {"score": np.full(rows, np.nan), "alarm": np.zeros(rows, dtype=np.int64)}
    columns |= {f"{name}.contribution": np.full(rows, np.nan) for name in table.names}
    params = {"rows": str(lack.rows), "needed": str(lack.needed)}
    return TableResult(
        table=table,
        columns=columns,
        episodes=(),
        not_enough=table.names,
        learned_rows=0,
        version=GROUP_CONFIG.version,
        problems=(Problem(key="detect.not_enough_to_learn", level="warning", params=params, file=table.file),),
    )


def _learned(table: Table, order: NDArray[np.int64], train_rows: int | None) -> int:
    """Return how many rows, in the order of time, are learned from."""
    if train_rows is not None:
        if not 1 <= train_rows < len(order):
            raise ConfigError.single("detect.train_rows_range", path="--train-rows", rows=str(len(order)))
        return train_rows
    day = int(np.searchsorted(table.time_ns[order], table.time_ns[order[0]] + NS_PER_DAY))
    share = int(len(order) * LEARNED_SHARE)
    return min(max(min(share, day), GROUP_CONFIG.fewest_rows), len(order))


def _steps_a_day(time_ns: NDArray[np.int64]) -> float:
    """Return how many rows a day has, from the median of their distances."""
    steps = np.diff(time_ns)
    steps = steps[steps > 0]
    return NS_PER_DAY / float(np.median(steps)) if len(steps) else 1.0


def _repeated(table: Table, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows say what the row before them said, at the same time: they are nothing new."""
    again = np.zeros(len(order), dtype=bool)
    same_time = np.diff(table.time_ns[order]) == 0
    before, here = table.values[order[:-1]], table.values[order[1:]]
    same = ((before == here) | (np.isnan(before) & np.isnan(here))).all(axis=1)
    again[1:] = same_time & same
    return again


def _scarce(table: Table, name: str, values: int, needed: int = FEWEST_VALUES) -> Problem:
    """Return what is said of a column that has too few values."""
    params = {"values": str(values), "needed": str(needed)}
    return Problem(key="detect.not_enough", level="warning", params=params, file=table.file, path=name)
