"""``greendc store``, ``import`` and ``export``: nothing is lost on the way, and every bad line is named."""

from __future__ import annotations

import json
import math
import time
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greendc.cli import COMMANDS, GROUPS, app
from greendc.model import Batch, Quality, Reading
from greendc.storage import open_store
from greendc.storage.csv_import import import_csv
from greendc.storage.csv_rows import guarded, plain, time_of
from greendc.storage.export import exact_iso
from greendc.storage.pieces import Digester, batch_of, digest
from greendc.storage.tried import is_tried, tried
from greendc.storage.writer_lock import writer_lock
from tests.greendc.readings import HOUR, SECOND, T0, readings_of
from tests.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greendc.contracts import Store

SITE = """schema = 1
[site]
name = "{name}"
[[devices]]
name = "meter"
profile = "host"
address = "host://"
[[devices]]
name = "self"
profile = "host"
address = "host://"
"""
HEADING = "time,device,part,quantity,value,unit\n"
GOOD = "2026-10-01T00:00:00+08:00,meter,,active_power_w,1.5,kW\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences are compared in English."""
    monkeypatch.setenv("GREENDC_LANG", "en")


@pytest.fixture
def site(tmp_path: Path) -> str:
    """The name of a site of its own, whose file is there."""
    name = f"s-{uuid.uuid4().hex[:12]}"
    (tmp_path / "site.toml").write_text(SITE.format(name=name), "utf-8")
    return name


def run(path: Path, *words: str, code: int = 0, store: str = "embedded") -> dict[str, Any]:
    """Run a command with ``--json`` and return its envelope."""
    named = ["--data", str(path / "data"), "--store", store, "--json"]
    wants_site = words[0] in {"import", "export"} or words[1] in {"stats", "migrate", "backup"}
    named += ["--site", str(path / "site.toml")] if wants_site else []
    done = CliRunner().invoke(app, [*words, *named])
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def filled(store: Store, site: str, count: int = 3000) -> list[Reading]:
    """Write readings of every kind and return them."""
    rows = [
        Reading(
            time_ns=T0 + place * 20 * SECOND + place,
            site=site,
            device=("meter", "self", "机柜 1")[place % 3],
            part=("", "outlet/1", "=cmd|x")[place % 3],
            quantity=("active_power_w", "active_energy_j")[place % 2],
            value=None if place % 50 == 7 else math.sqrt(place),
            quality=Quality.BAD if place % 50 == 7 else Quality(place % 2),
            reason="no_answer" if place % 50 == 7 else ("", "estimated")[place % 2],
        )
        for place in range(count)
    ]
    store.write(rows)
    return rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The embedded store of the commands' data directory."""
    opened = open_store("embedded", tmp_path / "data")
    yield opened
    opened.close()


def test_there_and_back_is_the_same(tmp_path: Path, site: str, store: Store, influx_url: str) -> None:
    """Embedded to InfluxDB and on to a second embedded store: three equal digests, and no reading less."""
    rows = filled(store, site)
    there = run(tmp_path, "store", "migrate", influx_url)["data"]
    assert there["source"] == there["target"]
    assert there["source"]["readings"] == len(rows)
    back = run(tmp_path, "store", "migrate", "embedded", "--target-data", str(tmp_path / "b"), store=influx_url)["data"]
    assert back["source"] == back["target"] == there["source"]
    again = run(tmp_path, "store", "migrate", influx_url)["data"]
    assert again["target"] == there["target"]


def test_a_move_that_was_stopped_goes_on(tmp_path: Path, site: str, store: Store) -> None:
    """Pieces that are done already are not done again; a store is not moved into itself."""
    filled(store, site)
    (tmp_path / "b/store").mkdir(parents=True)
    first = run(tmp_path, "store", "migrate", "embedded", "--target-data", str(tmp_path / "b"))["data"]
    assert first["skipped_pieces"] == 0
    assert not (tmp_path / "b/store/migrate.json").exists()
    assert run(tmp_path, "store", "migrate", "embedded", code=2)["problems"][0]["code"] == "store.migrate.itself"


def test_a_target_that_is_away_is_said_at_once(tmp_path: Path, site: str, store: Store, free_port: int) -> None:
    """Nobody waits for a minute to hear that an address is wrong."""
    filled(store, site, 10)
    began_s = time.monotonic()
    told = run(tmp_path, "store", "migrate", f"influxdb://127.0.0.1:{free_port}/x", code=1)
    assert "does not answer" in told["problems"][0]["message"]
    assert time.monotonic() - began_s < 15


def test_a_backup_comes_back_and_is_proven(tmp_path: Path, site: str, store: Store) -> None:
    """What is restored has the digest of the backup; a changed part and a used folder are refused."""
    filled(store, site)
    folder = tmp_path / "backup"
    written = run(tmp_path, "store", "backup", str(folder))["data"]
    assert written["digest"]["readings"] == 3000
    assert run(tmp_path, "store", "backup", str(folder), code=2)["problems"][0]["code"] == "store.backup.not_empty"
    other = tmp_path / "other"
    other.mkdir()
    restored = run(other, "store", "restore", str(folder))["data"]
    assert restored["source"] == restored["target"] == written["digest"]
    part = folder / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-9] + b"tampered!")
    assert run(other, "store", "restore", str(folder), code=2)["problems"][0]["code"] == "store.backup.changed"
    assert run(other, "store", "restore", str(tmp_path), code=2)["problems"][0]["code"] == "store.backup.none"


def test_a_restore_beside_other_readings_says_so(tmp_path: Path, site: str, store: Store) -> None:
    """When the store holds more of a series than the backup, the digests differ and the command fails."""
    filled(store, site, 100)
    run(tmp_path, "store", "backup", str(tmp_path / "backup"))
    store.write([Reading(time_ns=1, site=site, device="meter", part="", quantity="active_power_w", value=1.0)])
    failed = run(tmp_path, "store", "restore", str(tmp_path / "backup"), code=1)
    assert "differ" in failed["problems"][0]["message"]


def test_stats_say_what_was_tried(tmp_path: Path, site: str, store: Store, influx_url: str) -> None:
    """The store, its version, its contents and how long they are kept; a server's version is tried or untried."""
    rows = filled(store, site, 500)
    found = run(tmp_path, "store", "stats")["data"]
    assert (found["readings"], found["series"], found["newest_ns"]) == (500, 6, rows[-1].time_ns)
    assert found["bytes_on_disk"] > 0
    assert found["retention_days"] == {"raw": 0, "1m": 0, "15m": 0, "1h": 0}
    run(tmp_path, "store", "init", store=influx_url)
    server = run(tmp_path, "store", "stats", store=influx_url)["data"]
    assert server["product"] == "InfluxDB"
    assert server["tried"] == ("tried" if is_tried(server["version"]) else "untried")
    assert server["untried"] == ["2.x", "3 Core"]


def test_one_writer_at_a_time(tmp_path: Path, site: str) -> None:
    """While ingest runs, nothing is imported, moved, restored or compacted here."""
    (tmp_path / "x.csv").write_text(HEADING + GOOD.replace("meter", "self"), "utf-8")
    assert site
    with writer_lock(tmp_path / "data"):
        for words in (("import", str(tmp_path / "x.csv")), ("store", "compact"), ("store", "migrate", "embedded")):
            named = ["--target-data", str(tmp_path / "data")] if "migrate" in words else []
            code = 2 if "migrate" in words else 1
            assert run(tmp_path, *words, *named, code=code)["problems"]
    assert run(tmp_path, "store", "compact")["ok"]


def test_good_lines_beside_bad_ones_are_stored(tmp_path: Path, site: str, store: Store) -> None:
    """Every bad line is named with its number and its trouble; the others are there, in stored units."""
    lines = [
        GOOD,
        "2026-10-01T00:00:20,nobody,,active_power_w,1,W\n",
        "2026-10-01T00:00:20,meter,,active_beauty,1,W\n",
        "yesterday,meter,,active_power_w,1,W\n",
        "2026-10-01T00:00:20,meter,,active_power_w,nan,W\n",
        "2026-10-01T00:00:20,meter,,active_power_w,1,kW.h\n",
        "2026-10-01T00:00:20,meter,,active_power_w,,W\n",
        "2199-10-01T00:00:20,meter,,active_power_w,1,W\n",
        "2026-10-01T00:00:20,meter,,active_power_w\n",
        "2026-10-01T00:00:20,meter,,active_energy_j,1e17,J\n",
        "\n",
        "1790784020000000000,meter,机柜 A,active_power_w,2,\n",
    ]
    file = tmp_path / "x.csv"
    file.write_text("\ufeff" + HEADING + "".join(lines), "utf-8")
    dry = run(tmp_path, "import", str(file), "--dry-run", code=3)
    assert (dry["data"]["stored"], dry["data"]["bad"]) == (2, 9)
    assert store.count(site) == 0
    told = run(tmp_path, "import", str(file), code=3)
    assert [(problem["line"], problem["code"].rpartition(".")[2]) for problem in told["problems"]] == [
        (3, "device"),
        (4, "quantity"),
        (5, "time"),
        (6, "value"),
        (7, "unit"),
        (8, "no_value"),
        (9, "future"),
        (10, "cells"),
        (11, "counter"),
    ]
    assert told["data"]["stored"] == 2
    values = [reading.value for reading in store.latest(store.series(site)).values()]
    assert sorted(value for value in values if value is not None) == [2.0, 1500.0]
    file.write_text("when,device,value\n", "utf-8")
    assert run(tmp_path, "import", str(file), code=2)["problems"][0]["code"] == "store.import.heading"
    assert run(tmp_path, "import", str(tmp_path / "none.csv"), code=2)["problems"]
    file.write_text(HEADING.replace("unit", "value"), "utf-8")
    assert "twice value" in run(tmp_path, "import", str(file), code=2)["problems"][0]["message"]


def test_an_open_quote_takes_no_good_line_with_it(tmp_path: Path, site: str, store: Store) -> None:
    """A quote that is not closed is one bad line; the lines behind it are stored, however many there are."""
    good = [f"2026-10-01T00:{place // 60:02}:{place % 60:02},meter,,active_power_w,{place},W\n" for place in range(40)]
    begun = '2026-10-01T01:00:00,meter,,active_power_w,1,"'
    for name, more in (("short.csv", "W"), ("long.csv", "x" * 200_000), ("again.csv", 'W\n2026-10-01T01:00:01,"meter')):
        lines = [*good[:10], f"{begun}{more}\n", *good[10:]]
        file = tmp_path / name
        file.write_text(HEADING + "".join(lines), "utf-8")
        told = run(tmp_path, "import", str(file), code=3)
        bad = [12] if name != "again.csv" else [12, 13]
        assert [problem["line"] for problem in told["problems"]] == bad
        assert (told["data"]["stored"], told["data"]["bad"]) == (40, len(bad))
    assert store.count(site) == 40


def test_text_that_is_not_utf8_is_never_stored(tmp_path: Path, site: str, store: Store) -> None:
    """A file in UTF-16 is refused; a line with bytes of another encoding is a bad line, the others are stored."""
    file = tmp_path / "x.csv"
    file.write_text(HEADING + GOOD, "utf-16")
    assert run(tmp_path, "import", str(file), code=2)["problems"][0]["code"] == "store.import.encoding"
    file.write_bytes((HEADING + GOOD).encode() + "2026-10-01T00:00:20,meter,机柜,active_power_w,1,W\n".encode("gbk"))
    told = run(tmp_path, "import", str(file), code=3)
    assert [(problem["line"], problem["code"]) for problem in told["problems"]] == [(3, "store.import.encoding")]
    assert store.count(site) == 1


def test_nothing_to_take_out_is_said(tmp_path: Path, site: str, store: Store) -> None:
    """A store without the site, a device that is none, a period the wrong way round and a device file are refused."""
    file = tmp_path / "x.csv"
    for words in (("export", str(file)), ("store", "backup", str(tmp_path / "kept"))):
        assert run(tmp_path, *words, code=2)["problems"][0]["code"] == "store.export.nothing"
    filled(store, site)
    assert run(tmp_path, "export", str(file), "--device", "metre", code=2)["problems"]
    late = ("--from", "2027-01-01", "--to", "2020-01-01")
    assert run(tmp_path, "export", str(file), *late, code=2)["problems"][0]["code"] == "store.export.period"
    told = run(tmp_path, "export", str(tmp_path), "--format", "csv", code=2)
    assert told["problems"][0]["code"] == "store.export.no_file"
    assert not file.exists()
    assert run(tmp_path, "export", str(file), "--from", "0001-01-01", "--to", "9999-12-31")["data"]["readings"] == 3000


@pytest.mark.parametrize("text", ["1_000", "１２", "0x10", '"1,5"', '"1,234.5"', "1 000"])
def test_only_plain_numbers_are_values(tmp_path: Path, site: str, text: str) -> None:  # noqa: ARG001 - makes the site
    """Nothing is guessed about separators and digits."""
    file = tmp_path / "x.csv"
    file.write_text(f"{HEADING}2026-10-01T00:00:20,meter,,active_power_w,{text},W\n", "utf-8")
    assert run(tmp_path, "import", str(file), "--dry-run", code=3)["problems"][0]["code"] == "store.import.value"


def test_an_import_goes_on_after_the_last_line_that_is_stored(tmp_path: Path) -> None:
    """A run that was stopped leaves a mark; the next one skips what is stored."""
    file = tmp_path / "long.csv"
    rows = (f"{T0 + place * SECOND},meter,,active_power_w,{place}\n" for place in range(120_000))
    file.write_text("time,device,part,quantity,value\n" + "".join(rows), "utf-8")
    store = open_store("embedded", tmp_path)

    class Broken:
        """A store that takes one batch."""

        taken = 0

        def write_batch(self, batch: Batch) -> None:
            """Take the first and break then."""
            if self.taken:
                raise KeyboardInterrupt
            self.taken = 1
            store.write_batch(batch)

    about = {"now_ns": T0 + 10**18, "marks": tmp_path / "store", "say": lambda _lines: None}
    with pytest.raises(KeyboardInterrupt):
        import_csv(file, "s", {"meter"}, Broken(), **about)  # type: ignore[arg-type] # as much of a store as is needed
    found = import_csv(file, "s", {"meter"}, store, **about)  # type: ignore[arg-type] # the arguments are those above
    assert (found.skipped, found.stored, found.bad) == (50_000, 70_000, 0)
    assert store.count("s") == 120_000
    assert not list((tmp_path / "store").glob("import-*"))
    store.close()


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "lines"])
def test_an_export_holds_everything(tmp_path: Path, site: str, store: Store, form: str) -> None:
    """Each format has every reading; a CSV comes back through import, formulas and all, with an equal digest."""
    rows = [row for row in filled(store, site, 600) if row.device != "机柜 1"]
    for row in [row for row in rows if row.device == "meter"][:1]:
        assert row.part == ""
    file = tmp_path / f"out.{'lp' if form == 'lines' else form}"
    assert run(tmp_path, "export", str(file), "--device", "meter")["data"]["readings"] == 200
    assert file.stat().st_size > 1000
    if form == "parquet":
        assert pq.read_metadata(file).num_rows == 200
    if form == "lines":
        assert len(file.read_text("utf-8").splitlines()) == 200
    if form == "csv":
        other = tmp_path / "other"
        other.mkdir()
        (other / "site.toml").write_text((tmp_path / "site.toml").read_text("utf-8"), "utf-8")
        assert run(other, "import", str(file))["data"]["stored"] == 200
        second = open_store("embedded", other / "data")
        keys = store.series(site, device="meter")
        assert digest(second, keys) == digest(store, keys)
        second.close()
    assert run(tmp_path, "export", str(tmp_path / "x.doc"), code=2)["problems"][0]["code"] == "store.export.format"


def test_an_export_takes_a_part(tmp_path: Path, site: str, store: Store) -> None:
    """Device, quantity and time choose; a spreadsheet sees no formula."""
    filled(store, site, 900)
    file = tmp_path / "part.csv"
    start, end = exact_iso(T0 + HOUR), exact_iso(T0 + 2 * HOUR)
    run(tmp_path, "export", str(file), "--quantity", "active_power_w", "--from", start, "--to", end)
    rows = [line.split(",") for line in file.read_text("utf-8").splitlines()[1:]]
    assert {row[3] for row in rows} == {"active_power_w"}
    assert all(T0 + HOUR <= time_of(row[0]) < T0 + 2 * HOUR for row in rows)
    assert len(rows) == 90
    assert {row[2] for row in rows} == {"", "outlet/1", "'=cmd|x"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_digest_tells_any_difference_and_no_order(tmp_path: Path, data: st.DataObject) -> None:
    """However the readings were written and cut, the digest is one; any other reading makes another."""
    rows = data.draw(readings_of("s"))
    unique = {(row.key, row.time_ns): row for row in rows}
    first = open_store("embedded", tmp_path / uuid.uuid4().hex)
    second = open_store("embedded", tmp_path / uuid.uuid4().hex)
    first.write(list(unique.values()))
    for row in data.draw(st.permutations(list(unique.values()))):
        second.write([row])
    second.compact()
    keys = first.series("s")
    assert digest(first, keys) == digest(second, keys)
    table = first.raw(keys, 0, 2**63 - 1)
    cut = data.draw(st.integers(0, table.num_rows))
    digester = Digester()
    digester.add(table.slice(0, cut))
    digester.add(table.slice(cut))
    assert digester.result() == digest(first, keys)
    copied = batch_of(table, "s")
    assert [copied.reading(row) for row in range(len(copied))] == sorted(
        unique.values(), key=lambda row: (row.device, row.part, row.quantity, row.time_ns)
    )
    if unique:
        one = next(iter(unique.values()))
        fields = {name: getattr(one, name) for name in one.__struct_fields__}
        second.write([Reading(**{**fields, "value": 0.125, "quality": Quality.UNCERTAIN, "reason": "other"})])
        assert digest(first, keys) != digest(second, keys)
    first.close()
    second.close()


@given(st.integers(0, 2**62))
def test_a_time_survives_as_text(time_ns: int) -> None:
    """To the nanosecond."""
    assert time_of(exact_iso(time_ns)) == time_ns


@given(st.text())
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    """Whatever stands in it."""
    if not text.startswith("'"):
        assert plain(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@"))


def test_the_server_of_these_tests_is_tried(influx_url: str, tmp_path: Path) -> None:
    """A version on which the contract runs here is in the list of those that were tried, and the page names them."""
    from greendc.storage.influx.store import InfluxStore  # noqa: PLC0415 - for this test only

    opened = open_store(influx_url, tmp_path, read_only=True)
    assert isinstance(opened, InfluxStore)
    assert is_tried(opened.server.version())
    opened.close()
    for document in ("docs/operate.md", "README.md"):
        page = (ROOT / document).read_text("utf-8")
        assert [version for version in [*tried().influxdb, *tried().untried] if version not in page] == []


def test_every_option_is_documented() -> None:
    """The pages for their readers name each command of the groups and each option of these commands."""
    pages = ("operate", "alarms", "advice", "evaluate")
    page = "".join((ROOT / f"docs/{name}.md").read_text("utf-8") for name in pages)
    commands = [(name, command) for name, group in GROUPS for _sub, command in group.COMMANDS]
    commands += [(name, command) for name, command in COMMANDS if name in {"import", "export"}]
    subs = [f"{name} {sub}" for name, group in GROUPS for sub, _command in group.COMMANDS]
    assert [sub for sub in subs if f"greendc {sub}" not in page] == []
    options = {
        option
        for _name, command in commands
        for annotation in command.__annotations__.values()
        for option in _options(str(annotation))
    }
    assert {option for option in options if f"`{option}" not in page} == set()


def _options(annotation: str) -> list[str]:
    return [word.strip("'\"(),") for word in annotation.split() if word.strip("'\"(),").startswith("--")]
