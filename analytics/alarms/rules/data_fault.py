"""Data that cannot be trusted: sensors and meters that fail, and series that fall silent, as the gate finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm, Fact
from analytics.alarms.rule import Rule, Scene, Verdicts
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.detection.finding import Finding

GAP, FAULT = "data_gap", "data_fault"
SILENT = "dropout"


def _judge(key: str) -> Callable[[Scene], Verdicts]:
    def evaluate(scene: Scene) -> Verdicts:
        """Return an alarm for each fault of data that stands."""
        if scene.findings is None:
            return Verdicts(raised=[], over=[])
        raised = [_alarm(scene, finding) for finding in scene.findings if finding.rule == key]
        ids = {alarm.id for alarm in raised}
        return Verdicts(raised=raised, over=[standing for standing in scene.standing if standing not in ids])

    return evaluate


def _alarm(scene: Scene, finding: Finding) -> Alarm:
    series = finding.series
    return Alarm(
        id=f"{finding.rule}/{finding.kind}/{finding.subject}",
        rule=finding.rule,
        kind=finding.kind,
        priority="medium" if finding.kind == SILENT else "low",
        place=finding.subject,
        device=finding.device,
        part=series.part if series is not None else "",
        quantity=series.quantity if series is not None else "",
        value=finding.value,
        unit=finding.unit,
        limit=None,
        since_ns=finding.since_ns,
        raised_ns=scene.now_ns,
        node=scene.topology.node_of(finding.device, finding.subject),
        explanation=finding.explanation,
        facts=_facts(finding),
    )


def _facts(finding: Finding) -> tuple[Fact, ...]:
    """Return the placeholders of the texts."""
    before, after = finding.before, finding.value
    ratio = after / before if before and after is not None else None
    shown = display.stored if finding.unit else _plain
    return (
        Fact(name="subject", text=finding.subject),
        Fact(name="before", text=str(shown(before, finding.unit))),
        Fact(name="after", text=str(shown(after, finding.unit))),
        Fact(name="ratio", text=display.significant(ratio)),
        Fact(name="percent", text=str(display.percent(after, 0))),
        Fact(name="usual", text=str(display.percent(before, 0))),
    )


def _plain(value: float | None, _unit: str) -> str:
    return display.significant(value)


DATA_GAP = Rule(key=GAP, evaluate=_judge(GAP), silence=True, model=True)
DATA_FAULT = Rule(key=FAULT, evaluate=_judge(FAULT), model=True)
