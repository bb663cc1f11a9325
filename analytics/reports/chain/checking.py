"""Checking a chain by its lines alone: each link is as it was made, and all that an earlier package had is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.chain.link import FIRST, LinkKind, read_link
from analytics.reports.package.finding import Finding
from greendc.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.reports.chain.link import Change, Link

CHAIN = "chain.jsonl"
MOST_LINES = 100_000
_TOLD = 50
"""So many changed days are told one by one."""


def check(previous: bytes, own: bytes) -> list[Finding]:
    """Return what is wrong with the chain of a package, and what changed since the chain of a previous package.

    Errors: a line that is not as greendc makes it, a chain that does not go on from the previous one, and
    readings from before the end of the previous chain that were altered. Notes: alterations of other days,
    additions, and how far the chain goes. ``previous`` is empty where there is no earlier package.
    """
    links, findings = _read(own)
    if findings:
        return findings
    before: list[Link] = []
    if previous:
        before, broken = _read(previous)
        if broken:
            return [_error("chain_previous_broken")]
        if not own.startswith(previous):
            return [_rewritten(before, links)]
    if not links:
        return [Finding(level="note", key="chain_none", file=CHAIN)]
    return [*_summary(links, before), *_later(links, before)]


def covered(lines: bytes) -> tuple[int, int] | None:
    """Return from when to when [ns] days have a link, None where the chain is empty or broken."""
    links, findings = _read(lines)
    days = [link for link in links if link.kind is LinkKind.DAY]
    return None if findings or not days else (days[0].start_ns, days[-1].end_ns)


def _read(lines: bytes) -> tuple[list[Link], list[Finding]]:
    """Return the links of lines, and the first thing that is wrong with them."""
    if not lines:
        return [], []
    texts = lines.split(b"\n")
    if texts.pop() != b"" or len(texts) > MOST_LINES:
        return [], [_error("chain_unreadable", line=len(texts) + 1)]
    reader = _Reader()
    for number, text in enumerate(texts, 1):
        try:
            link = read_link(text)
        except ValueError:
            return reader.links, [_error("chain_unreadable", line=number)]
        wrong = reader.take(link)
        if wrong:
            return reader.links, [_error(wrong, line=number, day=link.day.isoformat())]
    return reader.links, []


class _Reader:
    """Takes one link after the other as long as each is right."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self._days: list[Link] = []
        self._known: set[int] = set()

    def take(self, link: Link) -> str:
        """Return what is wrong with the next link, empty when nothing is."""
        last = self.links[-1] if self.links else None
        expected = (1, FIRST, link.salt) if last is None else (last.n + 1, last.hash, last.salt)
        if (link.n, link.previous, link.salt) != expected or link.hash != link.hashed():
            return "chain_broken"
        if not link.start_ns < link.end_ns <= link.made_ns:
            return "chain_early"
        if not self._is_in_place(link):
            return "chain_gap"
        self.links.append(link)
        self._known.add(link.start_ns)
        if link.kind is LinkKind.DAY:
            self._days.append(link)
        return ""

    def _is_in_place(self, link: Link) -> bool:
        """Tell whether a day follows the day before, or a later link is about a day that it can be about."""
        if link.kind is LinkKind.DAY:
            return not self._days or link.start_ns == self._days[-1].end_ns
        return link.start_ns in self._known or (bool(self._days) and link.start_ns < self._days[0].start_ns)


def _rewritten(before: list[Link], own: list[Link]) -> Finding:
    """Return that a chain does not go on from the one before, and where they part."""
    for one, other in zip(before, own, strict=False):
        if one != other:
            return _error("chain_rewritten", line=one.n, day=one.day.isoformat())
    return _error("chain_shorter", count=len(own), before=len(before))


def _summary(links: list[Link], before: list[Link]) -> Iterator[Finding]:
    days = [link for link in links if link.kind is LinkKind.DAY]
    first, last = (days[0].day, days[-1].day) if days else (links[0].day, links[-1].day)
    params = {"count": str(len(links)), "first": first.isoformat(), "last": last.isoformat(), "hash": links[-1].hash}
    yield Finding(level="note", key="chain_whole", file=CHAIN, params=params)
    if before:
        params = {"count": str(len(before)), "last": before[-1].day.isoformat()}
        yield Finding(level="note", key="chain_goes_on", file=CHAIN, params=params)


def _later(links: list[Link], before: list[Link]) -> Iterator[Finding]:
    """Yield what changed: each alteration, and each addition to what the previous package covered."""
    covered_ns = max((link.end_ns for link in before), default=0)
    changed = [link for link in links if link.kind is not LinkKind.DAY]
    new = {link.n for link in changed if link.n > len(before) and link.start_ns < covered_ns}
    grave = [link for link in changed if link.n in new and link.kind is LinkKind.ALTERATION]
    other = [link for link in changed if link.kind is LinkKind.ALTERATION and link.n not in new]
    grown = [link for link in changed if link.n in new and link.kind is LinkKind.ADDITION]
    told = (
        ("error", "chain_altered", grave),
        ("note", "chain_alteration", other),
        ("note", "chain_addition", grown),
    )
    for level, key, found in told:
        for link in found[:_TOLD]:
            yield Finding(level=level, key=key, file=CHAIN, params=_params(link))
        if len(found) > _TOLD:
            params = {"count": str(len(found) - _TOLD)}
            yield Finding(level=level, key=f"{key}_more", file=CHAIN, params=params)
    quiet = sum(1 for link in changed if link.kind is LinkKind.ADDITION and link.n not in new)
    if quiet:
        yield Finding(level="note", key="chain_additions", file=CHAIN, params={"count": str(quiet)})


def _params(link: Link) -> dict[str, str]:
    wanted = [one for one in link.changes if one.altered or link.kind is LinkKind.ADDITION]
    return {
        "n": str(link.n),
        "day": link.day.isoformat(),
        "made": iso(link.made_ns),
        "where": "; ".join(map(_where, wanted[:2])) or "?",
        "count": str(len(link.changes) + link.unnamed),
        "readings": str(sum(one.after - one.before for one in wanted)),
    }


def _where(change: Change) -> str:
    start, end = iso(change.start_ns)[:16], iso(change.end_ns)[:16]
    return f"{change.series[:8]} {start}Z/{end}Z {change.before}→{change.after}"


def _error(key: str, **params: str | int) -> Finding:
    return Finding(level="error", key=key, file=CHAIN, params={name: str(value) for name, value in params.items()})
