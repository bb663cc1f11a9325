"""What learned detectors find: advice that a person may promote, each with its explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm
from analytics.alarms.rule import Rule, Scene, Verdicts

if TYPE_CHECKING:
    from analytics.detection.finding import Finding

KEY = "learned"
GROUP = "group"


def alarm_id(finding: Finding) -> str:
    """Return the id of a finding's alarm."""
    return f"{KEY}/{finding.subject}"


def evaluate(scene: Scene) -> Verdicts:
    """Return an advisory alarm for each finding that does harm; as long as nothing is learned, none is judged."""
    if scene.findings is None:
        return Verdicts(raised=[], over=[])
    own = [finding for finding in scene.findings if finding.rule == KEY]
    raised = [_alarm(scene, finding) for finding in own if finding.is_harmful]
    ids = {alarm_id(finding) for finding in own}
    return Verdicts(raised=raised, over=[standing for standing in scene.standing if standing not in ids])


def _alarm(scene: Scene, finding: Finding) -> Alarm:
    series = finding.series
    return Alarm(
        id=alarm_id(finding),
        rule=KEY,
        kind=finding.kind,
        priority="medium" if finding.kind == GROUP else "low",
        place=finding.group,
        device=finding.device,
        part=series.part if series is not None else "",
        quantity=series.quantity if series is not None else "",
        value=finding.value,
        unit=finding.unit,
        limit=finding.explanation.high if finding.direction == "high" else finding.explanation.low,
        since_ns=finding.since_ns,
        raised_ns=scene.now_ns,
        advisory=True,
        node=scene.topology.node_of(finding.device, finding.group),
        explanation=finding.explanation,
    )


LEARNED = Rule(key=KEY, evaluate=evaluate, model=True)
