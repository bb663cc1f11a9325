"""The links of the chain: one for each day of readings, one more whenever a day turns out to be another than before."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Annotated

import msgspec

FIRST = "0" * 64
"""What the first link names as the one before it."""


class LinkKind(StrEnum):
    """What a link says of its day.

    ``DAY`` is the first about a day. ``ADDITION``: readings came to it later, and nothing else about it changed.
    ``ALTERATION``: readings that were there changed or are gone.
    """

    DAY = "day"
    ADDITION = "addition"
    ALTERATION = "alteration"


Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Time = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became another in [start_ns, end_ns) of one series, and how many readings it had and has there.

    ``series`` is the keyed hash of the series' name, as of `analytics.reports.chain.digest.name_of`.
    """

    series: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    metered: bool
    start_ns: Time
    end_ns: Time
    before: Count
    after: Count
    altered: bool


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link, about the readings of [start_ns, end_ns): the local day ``day`` of the site.

    ``digest`` and ``count`` are of all series, ``metered`` and ``metered_count`` of those that meters read. ``kept`` is
    the hash of the finer digests that are kept beside the ledger. ``salt`` is the hash of the secret that all digests
    are keyed with. ``changes`` are told of additions and alterations, ``unnamed`` counts those that are not listed.
    """

    n: Count
    kind: LinkKind
    day: dt.date
    start_ns: Time
    end_ns: Time
    made_ns: Time
    previous: Hash
    salt: Hash
    digest: Hash
    count: Count
    metered: Hash
    metered_count: Count
    kept: Hash
    changes: tuple[Change, ...] = ()
    unnamed: Count = 0
    hash: Hash = ""

    def hashed(self) -> str:
        """Return what ``hash`` must be: SHA-256 of this link as JSON with sorted names and with an empty ``hash``."""
        return hashlib.sha256(_json(msgspec.structs.replace(self, hash=""))).hexdigest()

    def sealed(self) -> Link:
        """Return this link with its hash."""
        return msgspec.structs.replace(self, hash=self.hashed())

    def line(self) -> bytes:
        """Return the one line of JSON that this link is written as, without an end."""
        return _json(self)


def read_link(line: bytes | str) -> Link:
    """Return the link of a line.

    Raises:
        ValueError: it is no link, or written in another way than links are.
    """
    try:
        link = msgspec.json.decode(line, type=Link)
    except RecursionError as error:
        message = "a link is not nested"
        raise ValueError(message) from error
    if link.line() != (line.encode() if isinstance(line, str) else line):
        message = "a link is written in one way only"
        raise ValueError(message)
    return link


def _json(link: Link) -> bytes:
    return msgspec.json.encode(link, order="sorted")
