"""The table of the anomaly benchmark: baselines, our detector, and our detector with each component switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from analytics.detection.config import COMPONENTS, CONFIG, Config
from benchmarks.anomaly.baselines import BASELINES
from benchmarks.anomaly.judgement import Judgement, judge
from benchmarks.anomaly.ours import OWN_THRESHOLD, our_scores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.anomaly.nab_series import Series

HEADER = (
    f"{'':<26}{'oracle':>8}{'crossed':>9}{'90 % interval':>16}{'own':>7}{'low FP':>8}{'low FN':>8}"
    f"{'false/week o':>14}{'c':>6}{'own':>6}{'hit':>8}{'delay':>7}{'AUC-PR':>8}{'VUS-PR':>8}"
)
LEGEND = """\
oracle: NAB standard score at the threshold that is best for these labels; crossed: at the one that is best for the
other half of the files, with its bootstrap interval over files; own: at the detector's own, which knows no label.
false/week: false episodes per series and week at the oracle (o), crossed (c) and own threshold. hit, delay: windows
with an alarm and the median way of the first one into its window, at the crossed threshold. AUC-PR and VUS-PR judge
rows: whoever raises one alarm per episode is poor by them, whatever it is worth."""


def row(name: str, found: Judgement) -> str:
    """Return one line of the table."""
    own, false_own = "", ""
    if found.own is not None and found.false_own is not None:
        own, false_own = f"{found.own:.1f}", f"{found.false_own:.2f}"
    interval = f"{found.low:.1f} to {found.high:.1f}"
    return (
        f"{name:<26}{found.oracle:>8.1f}{found.crossed:>9.1f}{interval:>16}{own:>7}{found.low_fp:>8.1f}{found.low_fn:>8.1f}"
        f"{found.false_oracle:>14.2f}{found.false_crossed:>6.2f}{false_own:>6}"
        f"{f'{found.hit}/{found.windows}':>8}{found.delay:>7.2f}{found.auc_pr:>8.3f}{found.vus_pr:>8.3f}"
    )


def baseline_rows(series: Sequence[Series]) -> Iterator[str]:
    """Judge what everything is compared with."""
    for name, baseline in BASELINES.items():
        yield row(name, judge(series, [baseline(each) for each in series]))


def our_rows(series: Sequence[Series], *, ablation: bool) -> Iterator[str]:
    """Judge our detector in its one configuration, then without each of its components."""
    yield row("ours", judge(series, our_scores(series, CONFIG), OWN_THRESHOLD))
    for name, config in ablated().items() if ablation else ():
        yield row(f"- {name}", judge(series, our_scores(series, config), OWN_THRESHOLD))


def ablated() -> dict[str, Config]:
    """Return our configuration without each of its components, and without each thing that is done with them."""
    return {name: CONFIG.without(name) for name in COMPONENTS} | {
        "all but value": replace(CONFIG, off=frozenset(COMPONENTS) - {"value"}),
        "doubt": replace(CONFIG, doubt=0.0),
        "youth": replace(CONFIG, young=1.0),
        "one per episode": replace(CONFIG, held=0, growth=1.0),
        "growth within episodes": replace(CONFIG, growth=1.0),
        "share of the range": replace(CONFIG, range_share=1e-3),
    }
