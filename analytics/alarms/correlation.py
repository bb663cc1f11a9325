"""Which alarm is the consequence of which: along the topology, within a window after its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.behaviour import behaviour
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics.alarms.alarm import Alarm
    from analytics.alarms.rule import Rule
    from analytics.topology import Topology


class Correlation:
    """Files alarms under their causes."""

    def __init__(self, topology: Topology, rules: Mapping[str, Rule]) -> None:
        """Take what depends on what, and what the rules say of themselves."""
        self._topology = topology
        self._rules = rules
        self._order = {key: place for place, key in enumerate(rules)}
        chosen = behaviour().correlation
        self._slack_ns = round(chosen.slack_s * NS_PER_SECOND)
        self._window_ns = round(chosen.window_s * NS_PER_SECOND)
        self._air_window_ns = round(chosen.air_window_s * NS_PER_SECOND)

    def causes(self, alarms: Iterable[Alarm], parents: Iterable[Alarm]) -> dict[str, str]:
        """Return the id of the cause of each alarm that has one: the end of its chain, which has none itself.

        Among the alarms above it that may be its cause, the one with the earliest onset is taken.
        """
        by_node: dict[str, list[Alarm]] = {}
        for parent in parents:
            if self._spreads(parent):
                by_node.setdefault(parent.node, []).append(parent)
        direct: dict[str, str] = {}
        for alarm in alarms:
            found = [parent for parent in self._above(alarm, by_node) if self._may_cause(parent, alarm)]
            if found:
                direct[alarm.id] = min(found, key=lambda parent: (parent.since_ns, parent.id)).id
        return {alarm_id: root for alarm_id in direct if (root := _root(alarm_id, direct)) != alarm_id}

    def _above(self, alarm: Alarm, by_node: Mapping[str, list[Alarm]]) -> Iterable[Alarm]:
        nodes = self._topology.ancestors(alarm.node)
        if alarm.advisory:
            nodes = nodes | {alarm.node}
        if self._silent(alarm):
            nodes = nodes | self._topology.carriers(alarm.node) | {alarm.node}
        for node in nodes & by_node.keys():
            yield from by_node[node]

    def _may_cause(self, parent: Alarm, alarm: Alarm) -> bool:
        """Tell whether an alarm above another may be its cause: of its sort, and begun shortly before it."""
        if parent.id == alarm.id or not self._of_sort(parent, alarm):
            return False
        later_ns = alarm.since_ns - parent.since_ns
        if alarm.advisory and not parent.advisory:
            # What a rule has a name for is what a model sees too, often sooner.
            return parent.node == alarm.node or abs(later_ns) <= self._air_window_ns
        if parent.node == alarm.node:
            # A device that is silent altogether explains what is missing of it by rules further down the list.
            return not parent.quantity and self._order[parent.rule] < self._order[alarm.rule]
        if self._silent(parent) and parent.node in self._topology.carriers(alarm.node):
            return later_ns >= -self._window_ns
        air = parent.node in self._topology.cooled_by(alarm.node)
        return -self._slack_ns <= later_ns <= (self._air_window_ns if air else self._window_ns)

    def _of_sort(self, parent: Alarm, alarm: Alarm) -> bool:
        """Tell whether an alarm of one sort may cause one of the other."""
        if parent.advisory and not alarm.advisory:
            return False
        if self._silent(parent) and not self._silent(alarm):
            return False
        return not (self._rules[parent.rule].model and self._hard(alarm))

    def _silent(self, alarm: Alarm) -> bool:
        rule = self._rules.get(alarm.rule)
        return rule is not None and rule.silence

    def _hard(self, alarm: Alarm) -> bool:
        rule = self._rules.get(alarm.rule)
        return rule is not None and rule.hard

    def _spreads(self, alarm: Alarm) -> bool:
        rule = self._rules.get(alarm.rule)
        return rule is not None and rule.spreads


def _root(alarm_id: str, direct: Mapping[str, str]) -> str:
    """Return the end of a chain of causes; in a ring, which feeds can form, the first by name."""
    seen = [alarm_id]
    while (above := direct.get(seen[-1])) is not None:
        if above in seen:
            return min(seen[seen.index(above) :])
        seen.append(above)
    return seen[-1]
