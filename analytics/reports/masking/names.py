"""What is called what in a masked report: one number for each name, in the order of the site file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analytics.reports.masking.finder import Finder
from analytics.reports.masking.vocabulary import ordinary, telling
from analytics.reports.request import Masking
from greendc.device import is_loopback, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from greendc.contracts import History, Ledger
    from greendc.site import Site

_LEAST_DIGITS = 2
_SYSTEM = "system"
_SOMEBODY = "person"


class Names:
    """The numbers of names. A name has one number, whatever it names: a rack that is called as a device shares it."""

    def __init__(self, masks: Mapping[str, str], *, identifiers: frozenset[str], hides_site: bool = False) -> None:
        """Take what each name is called; ``identifiers`` are the names that nobody may find in the report."""
        self.masks = dict(masks)
        self.identifiers = identifiers
        self.hides_site = hides_site
        # A title shares the number of what it names, which stands before it.
        self._real = {mask: name for name, mask in reversed(self.masks.items())}
        self._all = Finder(name for name in self.masks if not name.isdecimal())
        self._telling = Finder(name for name in self.masks if telling(name))
        self._back = Finder(self._real)

    @classmethod
    def of(cls, site: Site, history: History, ledger: Ledger, masking: Masking, people: Sequence[str] = ()) -> Names:
        """Number the names of a site, of the parts that its devices have, and of people that wrote for a report.

        Those that the ledger knows follow.

        Raises:
            StoreAway: the store or the ledger does not answer.
        """
        groups = {
            **_named(site),
            "address": _addresses(site),
            "part": _parts(site, history),
            "person": [*people, *_people(ledger)],
        }
        shown = {site.name, site.info.title_zh, site.info.title_en} if masking is Masking.EVALUATOR else set()
        if masking is not Masking.EVALUATOR:
            groups = {"site": [site.name, site.info.title_zh, site.info.title_en], **groups}
        masks = _numbered(groups, shown)
        for title, name in _titles(site):
            if title not in shown:
                masks.setdefault(title, masks.get(name, name))
        return cls(masks, identifiers=frozenset(masks), hides_site=masking is Masking.PUBLIC)

    def of_name(self, name: str) -> str:
        """Return what a name is called, the name itself where it may be seen."""
        return self.masks.get(name, name)

    def of_person(self, name: str) -> str:
        """Return what a person is called: nobody is named, whether known before or not."""
        return self.masks.get(name, _SOMEBODY) if name and self.masks else name

    def real(self, mask: str) -> str:
        """Return the name behind a number."""
        return self._real.get(mask, mask)

    def in_name(self, text: str) -> str:
        """Return a text that is made of names, such as ``device/part``, with all of them replaced."""
        return self.masks[text] if text in self.masks else self._all.replaced(text, self.masks)

    def in_words(self, text: str) -> str:
        """Return what people or programs wrote with the names in it replaced that say whose they are."""
        return self._telling.replaced(text, self.masks)

    def behind(self, text: str) -> str:
        """Return the text that `in_name` made this one from."""
        return self._real[text] if text in self._real else self._back.replaced(text, self._real)


def identifiers(site: Site, masking: Masking = Masking.PUBLIC) -> frozenset[str]:
    """Return every name in a site file that a reader may not see."""
    found = {name for names in (*_named(site).values(), _addresses(site)) for name in names}
    found |= {title for title, _ in _titles(site)}
    own = {site.name, site.info.title_zh, site.info.title_en}
    return frozenset((found | own if masking is Masking.PUBLIC else found - own) - {""})


def _numbered(groups: Mapping[str, Iterable[str]], shown: set[str]) -> dict[str, str]:
    masks: dict[str, str] = {}
    every = {name for names in groups.values() for name in names}
    for kind, names in groups.items():
        fresh = [name for name in dict.fromkeys(names) if name and name not in masks and name not in shown]
        lead = kind
        # A site may itself call a device `device-01`.
        while any(name.startswith(f"{lead}-") for name in every):
            lead += "-no"
        digits = max(_LEAST_DIGITS, len(str(len(fresh))))
        masks.update((name, f"{lead}-{number:0{digits}}") for number, name in enumerate(fresh, 1))
    return masks


def _named(site: Site) -> dict[str, list[str]]:
    return {
        "room": [*(room.name for room in site.rooms), *(rack.room for rack in site.racks)],
        "row": [rack.row for rack in site.racks],
        "rack": [
            *(rack.name for rack in site.racks),
            *(device.rack for device in site.devices),
            *(one.rack for one in site.mounted),
        ],
        "module": [*(rack.module for rack in site.racks), *(meter.module for meter in site.meters)],
        "device": [
            *(device.name for device in site.devices),
            *(name for node in site.edge_nodes for name in node.devices),
            *(one.name for one in site.mounted),
            *(meter.device for meter in site.meters),
        ],
        "node": [node.name for node in site.edge_nodes],
        "task": [task.name for task in site.deferrable],
        "credential": list(site.credentials),
        "channel": [channel.name for channel in site.notify],
    }


def _titles(site: Site) -> Iterator[tuple[str, str]]:
    for node in site.edge_nodes:
        yield from ((title, node.name) for title in (node.title_zh, node.title_en) if title)
    yield from ((one.title, one.name) for one in site.mounted if one.title)


def _addresses(site: Site) -> list[str]:
    found = []
    for device in site.devices:
        found.append(device.address)
        found += _hosts(device.address)
    for credential in site.credentials.values():
        secrets = (credential.community, credential.auth, credential.privacy)
        found += [credential.user, *(secret.reveal() for secret in secrets)]
    for channel in site.notify:
        found += [channel.url, *_hosts(channel.url), channel.user, channel.sender, *channel.to]
    return [one for one in found if one and telling(one)]


def _hosts(address: str) -> list[str]:
    try:
        host = parse_address(address).host
    except ValueError:
        found = re.match(r"[a-z+]+://(?:[^/@]*@)?([^/:?#]+)", address)
        host = found.group(1) if found else ""
    return [] if not host or is_loopback(host) else [host]


def _parts(site: Site, history: History) -> list[str]:
    """Return the parts whose names are not among the words of profiles: labels that people gave to sockets."""
    known = {key.part for key in history.series(site.name)} | {meter.part for meter in site.meters}
    known |= {part for device in site.devices for part in device.heights} | {task.part for task in site.deferrable}
    return [part for part in sorted(known) if part and not ordinary(part)]


def _people(ledger: Ledger) -> list[str]:
    seen = dict.fromkeys(event.principal.name for event in ledger.events(besides=_SYSTEM))
    return [name for name in seen if name]
