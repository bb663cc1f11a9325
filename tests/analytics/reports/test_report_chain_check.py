"""Checking a chain by its lines alone: whatever was changed, left out or written anew in it is found."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.chain import Change, Link, LinkKind, check, covered
from analytics.reports.chain.link import FIRST
from tests.analytics.plant import HOUR, START

DAY = 24 * HOUR
NAME = "ab" * 16


def link(day: int, kind: LinkKind = LinkKind.DAY, *, made: int = 40, altered: bool | None = None) -> Link:
    """Return a link about the day with this number, without its place in a chain."""
    start_ns = START + day * DAY
    changes: tuple[Change, ...] = ()
    if altered is not None:
        changes = (
            Change(
                series=NAME,
                metered=True,
                start_ns=start_ns,
                end_ns=start_ns + HOUR,
                before=6,
                after=7,
                altered=altered,
            ),
        )
    return Link(
        n=0,
        kind=kind,
        day=dt.date(2026, 3, 1) + dt.timedelta(days=day),
        start_ns=start_ns,
        end_ns=start_ns + DAY,
        made_ns=START + made * DAY,
        previous=FIRST,
        salt="1" * 64,
        digest="2" * 64,
        count=10,
        metered="3" * 64,
        metered_count=5,
        kept="4" * 64,
        changes=changes,
    )


def chained(*links: Link) -> bytes:
    """Return links as a package has them."""
    lines, previous = [], FIRST
    for n, one in enumerate(links, 1):
        made = msgspec.structs.replace(one, n=n, previous=previous).sealed()
        lines.append(made.line() + b"\n")
        previous = made.hash
    return b"".join(lines)


DAYS = [link(day) for day in range(4)]
OWN = chained(*DAYS)


def told(previous: bytes, own: bytes) -> dict[str, str]:
    """Return what checking finds: the level of each key."""
    found = check(previous, own)
    assert all(finding.sentence(lang) for finding in found for lang in ("zh", "en"))
    return {finding.key: finding.level for finding in found}


def errors(previous: bytes, own: bytes) -> list[str]:
    """Return the keys of the errors that checking finds."""
    return [key for key, level in told(previous, own).items() if level == "error"]


def test_a_chain_that_goes_on_is_sound() -> None:
    """What was added behind the earlier chain is no error."""
    assert told(chained(*DAYS[:2]), OWN) == {"chain_whole": "note", "chain_goes_on": "note"}
    assert told(OWN, OWN) == {"chain_whole": "note", "chain_goes_on": "note"}
    assert told(b"", b"") == {"chain_none": "note"}
    assert covered(OWN) == (START, START + 4 * DAY)
    assert covered(b"") is None


def test_later_additions_and_alterations_are_told_apart() -> None:
    """Of days that the earlier chain covers an alteration is an error and an addition a note; other days are notes."""
    more = (link(1, LinkKind.ADDITION, altered=False), link(0, LinkKind.ALTERATION, altered=True))
    assert told(OWN, chained(*DAYS, *more)) == {
        "chain_whole": "note",
        "chain_goes_on": "note",
        "chain_altered": "error",
        "chain_addition": "note",
    }
    newer = (link(4), link(4, LinkKind.ALTERATION, altered=True), link(4, LinkKind.ADDITION, altered=False))
    assert told(OWN, chained(*DAYS, *newer)) == {
        "chain_whole": "note",
        "chain_goes_on": "note",
        "chain_alteration": "note",
        "chain_additions": "note",
    }


def test_many_changes_are_counted() -> None:
    """A long list of changed days is cut, and says so."""
    many = [link(0, LinkKind.ALTERATION, altered=True)] * 60
    found = check(OWN, chained(*DAYS, *many))
    assert len([one for one in found if one.key == "chain_altered"]) == 50
    assert [one.params["count"] for one in found if one.key == "chain_altered_more"] == ["10"]


@pytest.mark.parametrize(
    ("own", "key"),
    [
        (chained(*DAYS[:2]), "chain_shorter"),
        (b"", "chain_shorter"),
        (chained(DAYS[0], msgspec.structs.replace(DAYS[1], count=11), *DAYS[2:]), "chain_rewritten"),
        (OWN.replace(b'"count":10', b'"count":11', 1), "chain_broken"),
        (b"".join(OWN.splitlines(keepends=True)[::-1]), "chain_broken"),
        (b"".join(OWN.splitlines(keepends=True)[1:]), "chain_broken"),
        (chained(DAYS[0], DAYS[2]), "chain_gap"),
        (chained(DAYS[0], DAYS[0]), "chain_gap"),
        (chained(DAYS[0], link(5, LinkKind.ADDITION)), "chain_gap"),
        (chained(link(0, made=0)), "chain_early"),
        (OWN[:-1], "chain_unreadable"),
        (OWN.replace(b'{"changes"', b'{ "changes"', 1), "chain_unreadable"),
        (b"[" * 100_000 + b"\n", "chain_unreadable"),
        (b"\xff\n", "chain_unreadable"),
        (OWN.replace(b'"n":1,', b'"n":-1,', 1), "chain_unreadable"),
        (OWN.replace(str(START).encode(), b"9" * 25, 1), "chain_unreadable"),
    ],
)
def test_what_is_wrong_with_a_chain_is_found(own: bytes, key: str) -> None:
    """A chain that is shorter, rewritten, broken, with holes or no chain at all is an error that says so."""
    assert errors(OWN, own) == [key]


def test_an_earlier_chain_that_is_broken_proves_nothing() -> None:
    """When the earlier package's own chain is wrong, nothing follows from it."""
    assert errors(OWN[:-2], OWN) == ["chain_previous_broken"]


@given(at=st.integers(0, len(OWN) - 1), bit=st.integers(0, 7))
def test_no_bit_flips_unseen(at: int, bit: int) -> None:
    """Any flipped bit of a chain is found, with an earlier package and without."""
    flipped = bytearray(OWN)
    flipped[at] ^= 1 << bit
    assert errors(b"", bytes(flipped))
    assert errors(OWN, bytes(flipped))


@given(content=st.binary(max_size=200))
def test_any_bytes_can_be_checked(content: bytes) -> None:
    """Whatever a package has in place of a chain, checking ends with findings."""
    assert told(content, OWN)
    assert told(OWN, content)
