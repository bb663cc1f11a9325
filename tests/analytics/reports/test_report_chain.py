"""The chain of daily digests: what comes late is an addition, whatever else becomes of the past is an alteration."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.chain import (
    FILE,
    KeptFile,
    LinkKind,
    Standing,
    audit,
    book_of,
    check,
    covered,
    extend,
    head,
    links,
)
from analytics.reports.chain.digest import digest_of
from analytics.reports.chain.growth import Growth
from analytics.reports.chain.link import FIRST
from analytics.reports.chain.touched import Touched
from analytics.service.chain_jobs import ChainJobs
from analytics.service.pace import REAL
from greendc.clock import ManualClock, from_iso
from greendc.contracts import Window
from greendc.errors import StoreRefused
from greendc.ledger import SqliteLedger
from greendc.storage import open_store
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START
from tests.analytics.reports.digested_site import DAY, ENERGY, FAN, INLET, PLANT, SITE, STEP, Centre, course, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.model import Reading, SeriesKey

METERED = frozenset({("main", "", "active_energy_j")})
ALWAYS_NS = 2**62


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a site with three days in its chain."""
    made = Centre(tmp_path)
    yield made
    made.close()


def lines_of(centre: Centre) -> bytes:
    """Return the whole chain as a package has it."""
    return links(centre.ledger, ALWAYS_NS)


def told(previous: bytes, own: bytes) -> dict[str, str]:
    """Return what checking finds: the level of each key."""
    found = check(previous, own)
    assert all(finding.sentence(lang) for finding in found for lang in ("zh", "en"))
    return {finding.key: finding.level for finding in found}


def test_every_settled_day_has_a_link(centre: Centre) -> None:
    """Days have their links in order, each names the one before, and the running day has none."""
    found = centre.links()
    assert [(one.n, one.kind, one.day.isoformat()) for one in found] == [
        (1, LinkKind.DAY, "2026-03-01"),
        (2, LinkKind.DAY, "2026-03-02"),
        (3, LinkKind.DAY, "2026-03-03"),
    ]
    assert [one.previous for one in found] == [FIRST, found[0].hash, found[1].hash]
    assert {(one.count, one.metered_count) for one in found} == {(3 * 144, 144)}
    assert head(centre.ledger) == (3, found[-1].hash)
    assert told(b"", lines_of(centre)) == {"chain_whole": "note"}
    assert covered(lines_of(centre)) == (START, START + 3 * DAY)


def test_a_day_without_readings_has_a_link_too(centre: Centre) -> None:
    """A silent day is committed to as silent, so that what comes later is an addition."""
    made = centre.pass_hours(48)
    assert [(one.kind, one.count) for one in made] == [(LinkKind.DAY, 0), (LinkKind.DAY, 0)]


def test_digests_do_not_depend_on_the_order_of_arrival() -> None:
    """The same readings, written in any order and some twice, have the same digests."""
    readings = [one for key in (ENERGY, INLET, FAN) for one in course(key, START, START + DAY)]
    shuffled = readings + readings[::7]
    random.Random(1).shuffle(shuffled)
    found = []
    for some in (readings, shuffled):
        history = MemoryHistory()
        history.write(some)
        found.append(digest_of(history, SITE, START, START + DAY, b"salt", METERED))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "other",
    [
        reading(INLET, START + STEP, 1.0),
        reading(INLET, START + STEP, None),
        reading(INLET, START + STEP, None, "not_available"),
        reading(INLET, START + STEP + 1, 20.0),
        reading(FAN, START + STEP, 20.0),
    ],
    ids=["value", "unknown", "reason", "time", "series"],
)
def test_whatever_differs_gives_another_digest(other: Reading) -> None:
    """Time, value, quality, reason and series of every reading are in the digest."""
    digests = set()
    for one in (reading(INLET, START + STEP, 20.0), reading(INLET, START + STEP, None, "x"), other):
        history = MemoryHistory()
        history.write([one])
        digests.add(digest_of(history, SITE, START, START + DAY, b"salt", METERED).digest)
    assert len(digests) == 3


def test_late_readings_are_an_addition_that_says_where(centre: Centre) -> None:
    """A meter's late hour is named by its hour, another series' by its day; nothing else is told."""
    late = [reading(ENERGY, START + 5 * HOUR + MINUTE, 1.0), reading(ENERGY, START + 6 * HOUR + MINUTE, 1.0)]
    before = lines_of(centre)
    centre.write(*late, reading(INLET, START + 5 * HOUR + MINUTE, 1.0))
    (made,) = centre.pass_hours(3)
    assert made.kind is LinkKind.ADDITION
    assert sorted((one.metered, one.start_ns, one.end_ns, one.before, one.after) for one in made.changes) == [
        (False, START, START + DAY, 144, 145),
        (True, START + 5 * HOUR, START + 7 * HOUR, 12, 14),
    ]
    assert told(before, lines_of(centre)) == {
        "chain_whole": "note",
        "chain_goes_on": "note",
        "chain_addition": "note",
    }


def test_readings_that_come_again_make_no_link(centre: Centre) -> None:
    """A device that sends its memory twice adds nothing."""
    centre.write(*course(ENERGY, START, START + DAY))
    assert centre.pass_hours(3) == []


def test_a_day_is_looked_at_once_no_more_comes(centre: Centre) -> None:
    """An edge node that sends for hours makes one link, and not one a minute."""
    for hour in range(5):
        centre.write(reading(ENERGY, START + hour * HOUR + MINUTE, 1.0))
        centre.growth.extend(centre.store, centre.now_ns)
        centre.now_ns += HOUR // 2
        centre.growth.extend(centre.store, centre.now_ns)
    assert [one.kind for one in centre.pass_hours(2)] == [LinkKind.ADDITION]


def test_a_value_that_is_written_over_is_an_alteration(centre: Centre) -> None:
    """Who sends another value for a time that was known changes the past, although it arrived like any other."""
    before = lines_of(centre)
    centre.write(reading(ENERGY, START + STEP, 7.0))
    (made,) = centre.pass_hours(3)
    assert made.kind is LinkKind.ALTERATION
    assert [(one.before, one.after, one.altered) for one in made.changes] == [(6, 6, True)]
    assert told(before, lines_of(centre))["chain_altered"] == "error"
    assert told(b"", lines_of(centre))["chain_alteration"] == "note"


def test_a_change_beside_an_addition_is_told(centre: Centre) -> None:
    """Readings that came to one hour of a meter do not hide what nobody sent to another hour of it."""
    centre.memory.alter(reading(ENERGY, START + 9 * HOUR, 7.0))
    centre.write(reading(ENERGY, START + 3 * HOUR + 1, 7.0))
    (made,) = centre.pass_hours(3)
    assert made.kind is LinkKind.ALTERATION
    assert {(one.start_ns, one.altered) for one in made.changes} == {
        (START + 3 * HOUR, False),
        (START + 9 * HOUR, True),
    }


@pytest.mark.parametrize("key", [ENERGY, INLET], ids=["meter", "sensor"])
@pytest.mark.parametrize("how", ["altered", "removed"])
def test_reaching_into_the_store_is_found_by_reading_again(centre: Centre, key: SeriesKey, how: str) -> None:
    """What nobody sent is an alteration, found when the day has its turn, and told once."""
    before = lines_of(centre)
    if how == "altered":
        centre.memory.alter(reading(key, START + DAY + STEP, 7.0))
    else:
        centre.memory.remove(key, START + DAY, START + DAY + HOUR)
    assert [(one.day.day, one.kind) for one in centre.scrub()] == [(2, LinkKind.ALTERATION)]
    assert centre.scrub() == []
    assert told(before, lines_of(centre))["chain_altered"] == "error"


def test_readings_that_left_while_others_came_are_told(centre: Centre) -> None:
    """More readings than before do not hide that others are gone."""
    centre.memory.remove(ENERGY, START, START + HOUR)
    centre.write(*[reading(ENERGY, START + 5 * HOUR + at * MINUTE, 1.0) for at in range(1, 10)])
    (made,) = centre.pass_hours(3)
    assert made.kind is LinkKind.ALTERATION
    assert made.metered_count > 144 - 6


def test_a_restart_forgets_nothing(centre: Centre) -> None:
    """What arrived before a restart and was not looked at yet is still an addition after it."""
    centre.write(reading(ENERGY, START + MINUTE, 1.0))
    centre.growth.extend(centre.store, centre.now_ns)
    centre.restart()
    assert [one.kind for one in centre.pass_hours(3)] == [LinkKind.ADDITION]


def test_being_down_is_caught_up_a_few_days_at_once(centre: Centre) -> None:
    """After two weeks each round makes some days, until all have their links."""
    centre.now_ns += 14 * DAY
    assert not centre.growth.extend(centre.store, centre.now_ns)
    assert len(centre.links()) == 3 + 5
    assert len(centre.pass_hours(0)) == 9


@pytest.mark.parametrize(("late", "kind"), [(MINUTE, LinkKind.ADDITION), (STEP, LinkKind.ALTERATION)])
def test_without_the_finer_digests_a_day_is_judged_as_a_whole(centre: Centre, late: int, kind: LinkKind) -> None:
    """Who deletes or edits the file beside the ledger loses where a change lies, and no more."""
    with closing(sqlite3.connect(centre.folder / FILE)) as file, file:
        file.execute("UPDATE days SET body = x'00'")
    centre.write(reading(ENERGY, START + late, 1.0))
    (made,) = centre.pass_hours(3)
    assert (made.kind, made.changes) == (kind, ())


def test_days_before_the_chain_can_only_be_added(centre: Centre) -> None:
    """A history that is filled in behind is told as an addition to days of which nothing was said."""
    centre.write(*course(ENERGY, START - 2 * DAY, START))
    made = centre.pass_hours(3)
    assert [(one.kind, one.day.isoformat(), one.count) for one in made] == [
        (LinkKind.ADDITION, "2026-02-27", 144),
        (LinkKind.ADDITION, "2026-02-28", 144),
    ]
    assert told(b"", lines_of(centre)) == {"chain_whole": "note", "chain_additions": "note"}


def test_what_the_store_no_longer_keeps_is_not_called_altered(centre: Centre) -> None:
    """Readings that are older than the retention went by themselves."""
    centre.growth = Growth(PLANT, centre.ledger, centre.file, raw_kept_ns=2 * DAY)
    centre.memory.remove(ENERGY, START, START + DAY)
    assert centre.scrub() == []


def test_much_that_comes_at_once_is_remembered_by_days() -> None:
    """A whole history that is told anew takes no more memory than its days, and nothing of it counts as untold."""
    touched = Touched(most=10)
    windows = [Window(key=msgspec.structs.replace(ENERGY, device=f"d{n}"), start_ns=0, end_ns=HOUR) for n in range(30)]
    touched.take(windows, lambda _at_ns: 0, 1)
    touch = touched.pop(0)
    assert touch is not None
    assert touch.everything
    assert touch.has(("never", "", "told"))


def test_an_audit_reads_days_again(centre: Centre) -> None:
    """Whoever has the store can see which days are what the chain says, and which series is not."""
    first, last = (centre.links()[n].day for n in (0, 2))
    file = centre.file
    assert {day.standing for day in audit(centre.ledger, centre.store, PLANT, first, last, file=file)} == {
        Standing.SAME
    }
    centre.write(reading(ENERGY, START + MINUTE, 1.0))
    centre.memory.alter(reading(INLET, START + DAY, 7.0))
    found = audit(centre.ledger, centre.store, PLANT, first, last, file=file, raw_from_ns=START + MINUTE)
    assert [day.standing for day in found] == [Standing.EXPIRED, Standing.ALTERED, Standing.SAME]
    found = audit(centre.ledger, centre.store, PLANT, first, last, file=file)
    assert [day.standing for day in found] == [Standing.GROWN, Standing.ALTERED, Standing.SAME]
    assert list(found[1].names.values()) == ["rack/1 inlet_temperature_c"]
    found = audit(centre.ledger, centre.store, PLANT, first, last)
    assert [day.standing for day in found] == [Standing.GROWN, Standing.ALTERED, Standing.SAME]


def test_no_name_of_the_site_is_in_the_chain(centre: Centre) -> None:
    """The links of a masked package give away no site, device or quantity, and hashes cannot be guessed from names."""
    centre.write(reading(ENERGY, START + MINUTE, 1.0))
    centre.pass_hours(3)
    lines = lines_of(centre)
    assert b'"series"' in lines
    for name in (SITE, "main", "rack", "active_energy_j"):
        assert name.encode() not in lines
    assert book_of(centre.ledger).chain().salt.hex().encode() not in lines


def test_a_period_has_the_same_lines_whenever_it_is_asked_for(centre: Centre) -> None:
    """Days that follow do not change the package of an old period; what comes to its days does."""
    early = links(centre.ledger, START + 2 * DAY)
    assert early.count(b"\n") == 2
    centre.pass_hours(48)
    assert links(centre.ledger, START + 2 * DAY) == early
    centre.write(reading(ENERGY, START + MINUTE, 1.0))
    centre.pass_hours(3)
    assert links(centre.ledger, START + 2 * DAY) == lines_of(centre)
    assert told(early, lines_of(centre))["chain_addition"] == "note"


@pytest.mark.parametrize("kind", ["embedded", "influxdb"])
def test_stores_agree(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    """Each store gives the digests of the same readings in memory, and tells late and changed ones the same."""
    address = "embedded" if kind == "embedded" else str(request.getfixturevalue("influx_url"))
    memory = MemoryHistory()
    memory.write([one for key in (ENERGY, INLET, FAN) for one in course(key, START, START + DAY)])
    with closing(open_store(address, tmp_path)) as store, closing(Centre(tmp_path, store)) as centre:
        window = START, START + DAY, b"salt", METERED
        assert digest_of(store, SITE, *window) == digest_of(memory, SITE, *window)
        store.compact()
        centre.write(reading(ENERGY, START + MINUTE, 1.0))
        assert [one.kind for one in centre.pass_hours(3)] == [LinkKind.ADDITION]
        centre.write(reading(INLET, START + STEP, 1.0))
        assert [one.kind for one in centre.pass_hours(3)] == [LinkKind.ALTERATION]
        assert centre.scrub() == []
        # After a change of the store everything is told anew, and nothing of it is another than before.
        centre.file.note("another store's", centre.file.first_ns)
        centre.restart()
        assert centre.pass_hours(3) == []


def test_cursors_of_other_stores_are_refused(tmp_path: Path, influx_url: str) -> None:
    """A cursor that one store gave is not taken for a place in another one's arrivals."""
    with closing(open_store("embedded", tmp_path)) as one, closing(open_store(influx_url, tmp_path)) as other:
        for store in (one, other):
            store.write(course(ENERGY, START, START + HOUR))
        cursors = [store.arrived(SITE).cursor for store in (one, other)]
        for store, cursor in ((one, cursors[1]), (other, cursors[0])):
            with pytest.raises(StoreRefused):
                store.arrived(SITE, cursor)


@settings(max_examples=12)
@given(
    late=st.sets(st.tuples(st.sampled_from([ENERGY, INLET]), st.integers(0, 3 * 144 - 1)), min_size=1, max_size=20),
    reached=st.sets(st.tuples(st.sampled_from([ENERGY, INLET]), st.integers(0, 3 * 144 - 1)), max_size=5),
)
def test_whatever_came_and_was_reached_into_is_told_apart(
    late: set[tuple[SeriesKey, int]], reached: set[tuple[SeriesKey, int]]
) -> None:
    """Days that only got late readings have additions; a meter's changed hour is told unless late ones hide it."""
    with TemporaryDirectory() as folder, closing(Centre(Path(folder))) as centre:
        centre.write(*[reading(key, START + at * STEP + MINUTE, 1.0) for key, at in late])
        centre.memory.alter(*[reading(key, START + at * STEP, -1.0) for key, at in reached])
        made = [*centre.pass_hours(3), *centre.scrub()]
        assert len({one.day for one in made}) == len(made)
        kinds = {one.start_ns: one.kind for one in made}
        assert set(kinds) == {START + at // 144 * DAY for _, at in late | reached}
        # A late reading hides a change in its own hour of a meter, in its own day of anything else.
        grown = {(key, at // (6 if key == ENERGY else 144)) for key, at in late}
        seen = {(key, at) for key, at in reached if (key, at // (6 if key == ENERGY else 144)) not in grown}
        altered = {START + at // 144 * DAY for _, at in seen}
        assert {start_ns for start_ns, kind in kinds.items() if kind is LinkKind.ALTERATION} == altered
        assert not [key for key, level in told(b"", lines_of(centre)).items() if level == "error"]


def test_days_are_those_of_the_sites_clock(tmp_path: Path) -> None:
    """On the day when clocks go forward a day has 23 hours, and no hour is left out."""
    berlin = msgspec.structs.replace(PLANT, info=msgspec.structs.replace(PLANT.info, timezone="Europe/Berlin"))
    first = from_iso("2026-03-27T23:00:00Z")
    memory = MemoryHistory()
    memory.write(course(ENERGY, first, first + 4 * DAY))
    ledger, file = SqliteLedger(tmp_path / "ledger.sqlite"), KeptFile(tmp_path / "chain.sqlite")
    with closing(ledger), closing(file):
        assert extend(ledger, memory, berlin, first + 4 * DAY, file)
        found = book_of(ledger).chain().links
        assert [((one.end_ns - one.start_ns) // HOUR, one.count) for one in found] == [
            (24, 144),
            (23, 138),
            (24, 144),
            (24, 144),
        ]
        assert told(b"", links(ledger, ALWAYS_NS)) == {"chain_whole": "note"}


def test_the_service_makes_the_chain(tmp_path: Path, centre: Centre) -> None:
    """The job of the schedule makes what is due, and an hour later reads an old day again."""
    clock = ManualClock(centre.now_ns + DAY)
    jobs = ChainJobs(PLANT, centre.ledger, tmp_path, clock, REAL)
    job = jobs.plan()["chain"][1]
    job(centre.store)
    assert len(centre.links()) == 4
    for day in range(4):
        centre.memory.alter(reading(INLET, START + day * DAY, 7.0))
    clock.advance(3600)
    job(centre.store)
    job(centre.store)
    jobs.close()
    assert [one.kind for one in centre.links()[4:]] == [LinkKind.ALTERATION]
