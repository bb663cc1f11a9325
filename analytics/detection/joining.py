"""Findings of several detectors about one thing are one: cases of series and what models say of the same devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.detection.cases import JOIN_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.detection.finding import Finding

LEARNED = "learned"
MODEL, GROUP = "model", "group"
TOGETHER = "together"
"""The subject of what sensors show only together begins so; what one of them shows by itself is told first."""


class _Joint(msgspec.Struct, kw_only=True):
    """Findings that are told as one, under the name of the device that began."""

    key: str
    since_ns: int
    devices: set[str]
    members: set[str]


class Joining:
    """Keeps which findings belong together for as long as they stand."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._joints: list[_Joint] = []

    def joined(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return one finding for each thing that is out of the ordinary; findings of other rules stay as they are."""
        own = {finding.subject: finding for finding in findings if finding.rule == LEARNED}
        for joint in self._joints:
            joint.members &= own.keys()
        self._joints = [joint for joint in self._joints if joint.members]
        known = {member for joint in self._joints for member in joint.members}
        fresh = [finding for subject, finding in own.items() if subject not in known]
        for finding in sorted(fresh, key=lambda one: (one.since_ns, one.subject)):
            self._take(finding)
        rest = [finding for finding in findings if finding.rule != LEARNED]
        return [self._told(joint, [own[member] for member in sorted(joint.members)]) for joint in self._joints] + rest

    def _take(self, finding: Finding) -> None:
        devices = set(finding.devices or (finding.device,))
        for joint in self._joints:
            if joint.devices & devices or abs(finding.since_ns - joint.since_ns) <= JOIN_NS:
                joint.devices |= devices
                joint.members.add(finding.subject)
                return
        self._joints.append(
            _Joint(key=finding.device, since_ns=finding.since_ns, devices=devices, members={finding.subject})
        )

    @staticmethod
    def _told(joint: _Joint, members: Iterable[Finding]) -> Finding:
        """Return the finding that says most: what does harm first, then what a model explains, then what is rarest."""
        best = max(members, key=_rank)
        kind = best.kind if len(joint.devices) == 1 else GROUP
        return msgspec.structs.replace(
            best, kind=kind, group=joint.key, since_ns=joint.since_ns, devices=tuple(sorted(joint.devices))
        )


def _rank(finding: Finding) -> tuple[bool, bool, bool, float, str]:
    alone = not finding.subject.startswith(f"{TOGETHER}/")
    return finding.is_harmful, finding.kind == MODEL, alone, finding.surprise, finding.subject
