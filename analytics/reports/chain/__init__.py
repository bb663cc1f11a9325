"""The chain of daily digests: what proves that readings of the past are what they were."""

from __future__ import annotations

from analytics.reports.chain.auditing import AuditedDay, Standing, audit
from analytics.reports.chain.book import LINK, Chain, book_of, head, links
from analytics.reports.chain.checking import CHAIN, check, covered
from analytics.reports.chain.growth import Growth, extend
from analytics.reports.chain.kept_file import FILE, KeptFile
from analytics.reports.chain.link import Change, Link, LinkKind, read_link

__all__ = [
    "CHAIN",
    "FILE",
    "LINK",
    "AuditedDay",
    "Chain",
    "Change",
    "Growth",
    "KeptFile",
    "Link",
    "LinkKind",
    "Standing",
    "audit",
    "book_of",
    "check",
    "covered",
    "extend",
    "head",
    "links",
    "read_link",
]
