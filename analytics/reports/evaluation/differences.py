"""What stands in the way of comparing packages: other periods, kinds, versions, rules, and what is no evidence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from greendc.display import one_line
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analytics.reports.evaluation.centre import Centre
    from analytics.reports.package.manifest import Manifest

_LONGEST = 120


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One reservation: ``key`` names its text `evaluation.differs.<key>`; ``centres`` are the numbers it is about."""

    key: str
    centres: tuple[int, ...]
    params: dict[str, str] = {}

    def sentence(self, lang: str | None = None) -> str:
        """Return it for a person."""
        numbers = ", ".join(map(str, self.centres))
        return t(f"evaluation.differs.{self.key}", lang, centres=numbers, **self.params)


def differences(centres: Sequence[Centre]) -> list[Difference]:
    """Return what a reader must know before comparing the sound packages."""
    sound = [one for one in centres if one.stated is not None]
    return [*_groups(sound), *_alone(sound)]


def _groups(sound: Sequence[Centre]) -> Iterator[Difference]:
    """Yield what is not the same in all packages, with who has what."""
    asked: dict[str, Callable[[Manifest], str]] = {
        "period": lambda one: f"{one.start[:16]}Z/{one.end[:16]}Z",
        "kind": lambda one: one.kind,
        "software": lambda one: one.software,
        "standards": lambda one: one.standards,
        "masking": lambda one: one.masking,
    }
    for key, of in asked.items():
        found: dict[str, list[int]] = defaultdict(list)
        for centre in sound:
            if centre.manifest is not None:
                found[one_line(of(centre.manifest), _LONGEST)].append(centre.number)
        if len(found) > 1:
            listed = "; ".join(f"{text} ({', '.join(map(str, numbers))})" for text, numbers in found.items())
            numbers = tuple(sorted(number for some in found.values() for number in some))
            yield Difference(key=key, centres=numbers, params={"found": listed})
    categories = {centre.category for centre in sound}
    if len(categories) > 1:
        yield Difference(key="category", centres=tuple(centre.number for centre in sound))


def _alone(sound: Sequence[Centre]) -> Iterator[Difference]:
    """Yield what is to be said of single packages, and of packages that are of one centre."""
    said: dict[str, Callable[[Centre], bool]] = {
        "simulated": lambda one: one.manifest is not None and one.manifest.simulated,
        "draft": lambda one: one.manifest is not None and one.manifest.status != "final",
        "unsigned": lambda one: one.manifest is not None and not one.manifest.signature,
        "not_recomputed": lambda one: not one.recomputed,
        "later_version": lambda one: one.manifest is not None and one.manifest.version > 1,
    }
    for key, holds in said.items():
        numbers = tuple(one.number for one in sound if holds(one))
        if numbers:
            yield Difference(key=key, centres=numbers)
    by_site: dict[str, list[Centre]] = defaultdict(list)
    for centre in sound:
        by_site["" if centre.manifest is None else centre.manifest.site].append(centre)
    for some in by_site.values():
        numbers = tuple(one.number for one in some)
        if len({one.sha256 for one in some}) < len(some):
            yield Difference(key="twice", centres=numbers)
        elif len(some) > 1:
            yield Difference(key="one_site", centres=numbers)
