"""Reports: what they say, that they are repeatable, and that no altered byte goes unseen."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.advice import evaluate as evaluate_advice
from analytics.alarms import evaluate as evaluate_alarms
from analytics.reports import AccountLine, build, verify
from analytics.reports.manifest import MANIFEST, SIGNATURE, Manifest, signed
from analytics.reports.signing import PRIVATE, PUBLIC, signing_key
from greendc.errors import ConfigError
from greendc.ledger import SqliteLedger
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import MINUTE, SITE, START
from tests.analytics.room import inlet, room, steady

if TYPE_CHECKING:
    from pathlib import Path

END = START + 600 * NS_PER_SECOND


def _write(folder: Path, history: MemoryHistory, *, simulated: bool = True, end_ns: int = END) -> Path:
    """Write a report of a small room with an alarm and an advice into ``folder / "report"``."""
    folder.mkdir(exist_ok=True)
    site = room(simulated=simulated)
    ledger = SqliteLedger(folder / "ledger.sqlite")
    evaluate_alarms(history, site, ledger, END)
    evaluate_advice(history, site, ledger, END, least_ns=MINUTE)
    account = [AccountLine(node="edge-01", sampled=9, stored=7, spooled=1, quarantined=0, dropped=1, lost=0)]
    made = build(
        site, history, ledger, START, end_ns, folder / "report", langs=("zh", "en"), data_dir=folder, account=account
    )
    ledger.close()
    return made


def _history() -> MemoryHistory:
    history = MemoryHistory()
    power = {"main": 13_000.0, "pdu": 10_000.0, "mech": 2_500.0, "chiller-1": 1_800.0}
    steady(
        history,
        {
            **{SeriesKey(SITE, device, "", "active_power_w"): value for device, value in power.items()},
            **{SeriesKey(SITE, "crah-1", "", f"supply_air_{name}_c"): 18.5 for name in ("setpoint", "temperature")},
            SeriesKey(SITE, "chiller-1", "", "condenser_supply_temperature_c"): 20.0,
            inlet("r01"): 20.0,
            inlet("r02"): 20.5,
            inlet("r03"): 28.4,
        },
    )
    return history


class _Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and what it links to."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_states_figures_alarm_advice_and_its_draft_status(tmp_path: Path, lang: str) -> None:
    """PUE with category and method, the hot rack, the advice, the account, and the mark of simulated data."""
    text = (_write(tmp_path, _history()) / f"report.{lang}.html").read_text("utf-8")
    assert "1.30" in text
    assert "iPUE" in text
    assert "28.4" in text
    assert "edge-01" in text
    expected = {
        "zh": ("模拟数据", "草稿", "2 类", "功率积分", "机柜 r03", "提高空调送风温度", "先消除机柜 r03"),
        "en": ("SIMULATED", "Draft", "category 2", "integrated power", "Rack r03", "Raise the supply air", "rack r03"),
    }[lang]
    for words in expected:
        assert words in text


def test_the_page_is_self_contained(tmp_path: Path) -> None:
    """No script, no link, nothing to fetch."""
    parser = _Tags()
    parser.feed((_write(tmp_path, _history()) / "report.en.html").read_text("utf-8"))
    assert "script" not in parser.tags
    assert parser.links == []


def test_names_from_outside_stay_text(tmp_path: Path) -> None:
    """Markup in a title, a part or a node's name is shown as it is written, in the page and in its chart."""
    evil = "<script>alert(1)</script>"
    site = room()
    site = msgspec.structs.replace(
        site,
        info=msgspec.structs.replace(site.info, title_zh=evil, title_en=evil),
        meters=[msgspec.structs.replace(meter, part=evil) for meter in site.meters],
    )
    history = MemoryHistory()
    power = {"main": 13_000.0, "pdu": 10_000.0, "mech": 2_500.0}
    steady(history, {SeriesKey(SITE, device, evil, "active_power_w"): value for device, value in power.items()})
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    account = [AccountLine(node=evil, sampled=1, stored=1, spooled=0, quarantined=0, dropped=0, lost=0)]
    folder = tmp_path / "report"
    build(site, history, ledger, START, END, folder, langs=("en",), data_dir=tmp_path, account=account)
    ledger.close()
    text = (folder / "report.en.html").read_text("utf-8")
    parser = _Tags()
    parser.feed(text)
    assert "script" not in parser.tags
    assert text.count("&lt;script&gt;") >= 4


def test_a_real_site_carries_no_mark(tmp_path: Path) -> None:
    """Measured data are not labelled simulated."""
    text = (_write(tmp_path, _history(), simulated=False) / "report.en.html").read_text("utf-8")
    assert "SIMULATED" not in text
    assert "Draft" in text


def test_without_readings_the_page_claims_nothing(tmp_path: Path) -> None:
    """An empty store gives reasons and dashes, not numbers."""
    text = (_write(tmp_path, MemoryHistory()) / "report.en.html").read_text("utf-8")
    assert "No figure" in text
    assert "There is no valid reading" in text


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Built again in another place with the same key, every file is identical, signature included."""
    first = _write(tmp_path / "a", _history())
    (tmp_path / "b").mkdir()
    shutil.copytree(tmp_path / "a" / "keys", tmp_path / "b" / "keys")
    second = _write(tmp_path / "b", _history())
    assert {p.name: p.read_bytes() for p in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_an_untouched_folder_verifies(tmp_path: Path) -> None:
    """With the site's public key there is no error, and the note says whose key it is."""
    made = _write(tmp_path, _history())
    assert [f.key for f in verify(made, tmp_path / "keys" / PUBLIC)] == ["trusted_key"]
    assert [f.key for f in verify(made)] == ["own_key"]
    assert verify(made)[0].sentence("en")


def test_any_flipped_bit_is_found(tmp_path: Path) -> None:
    """Bits flipped all over every file of the folder each give an error."""
    made = _write(tmp_path, _history())
    for path in sorted(made.iterdir()):
        whole = path.read_bytes()
        for at in [*range(0, len(whole), max(1, len(whole) // 40)), len(whole) - 1]:
            for bit in (0, 5):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
                assert any(f.level == "error" for f in verify(made)), (path.name, at, bit)
        path.write_bytes(whole)
    assert all(f.level == "note" for f in verify(made))


def test_missing_and_added_files_are_found(tmp_path: Path) -> None:
    """What is gone and what was slipped in are both named."""
    made = _write(tmp_path, _history())
    (made / "figures.json").unlink()
    (made / "note.txt").write_text("x", "utf-8")
    assert {(f.key, f.file) for f in verify(made) if f.level == "error"} == {
        ("missing", "figures.json"),
        ("extra", "note.txt"),
    }
    assert verify(tmp_path / "nowhere")[0].key == "no_manifest"


def test_files_outside_of_the_folder_are_not_part_of_it(tmp_path: Path) -> None:
    """A manifest that names a file elsewhere, by its path or through a link, is signed well and still refused."""
    made = _write(tmp_path, _history())
    (tmp_path / "outside.txt").write_bytes(b"x")
    (made / "link.txt").symlink_to(tmp_path / "outside.txt")
    manifest = msgspec.json.decode((made / MANIFEST).read_bytes(), type=Manifest)
    names = ["../outside.txt", "link.txt", str(tmp_path / "outside.txt")]
    content = signed(manifest, dict.fromkeys(names, b"x"), signing_key(tmp_path))
    for name in (MANIFEST, SIGNATURE):
        (made / name).write_bytes(content[name])
    found = verify(made)
    assert {f.file for f in found if f.key == "missing"} == set(names)
    assert "bad_signature" not in {f.key for f in found}


def test_another_key_is_found(tmp_path: Path) -> None:
    """A folder signed again with a different key does not fit the trusted one."""
    _write(tmp_path / "a", _history())
    forged = _write(tmp_path / "b", _history())
    assert "other_key" in {f.key for f in verify(forged, tmp_path / "a" / "keys" / PUBLIC)}
    assert "unreadable_key" in {f.key for f in verify(forged, tmp_path / "none.pem")}


def test_one_changed_reading_changes_the_manifest(tmp_path: Path) -> None:
    """The digest of a meter's input moves with any of its readings."""
    _write(tmp_path / "a", _history())
    history = _history()
    history.add(SeriesKey(SITE, "main", "", "active_power_w"), [START + MINUTE], [13_000.5])
    _write(tmp_path / "b", history)
    a, b = (
        {entry["device"]: entry["sha256"] for entry in msgspec.json.decode(path.read_bytes())["inputs"]}
        for path in (tmp_path / "a/report/manifest.json", tmp_path / "b/report/manifest.json")
    )
    assert {device for device in a if a[device] != b[device]} == {"main"}


def test_a_report_replaces_the_one_before_as_a_whole(tmp_path: Path) -> None:
    """Writing into a folder that exists leaves only the new files and no half folder beside it."""
    _write(tmp_path, _history())
    (tmp_path / "report" / "stray").write_text("x", "utf-8")
    made = _write(tmp_path, _history(), end_ns=END + MINUTE)
    assert all(f.level == "note" for f in verify(made))
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_folder_that_is_no_report_is_left_alone(tmp_path: Path) -> None:
    """Somebody's own folder is refused and keeps its files; an empty one is taken."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(ConfigError):
        _write(tmp_path, _history())
    assert [p.name for p in (tmp_path / "report").iterdir()] == ["mine.txt"]
    (tmp_path / "report" / "mine.txt").unlink()
    assert (_write(tmp_path, _history()) / "manifest.json").is_file()


def test_the_key_is_private_and_a_broken_one_refused(tmp_path: Path) -> None:
    """The key file is readable by its owner alone; what is no key is a configuration error."""
    first = signing_key(tmp_path)
    path = tmp_path / "keys" / PRIVATE
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing_key(tmp_path).private_bytes_raw() == first.private_bytes_raw()
    path.write_text("no key", "utf-8")
    with pytest.raises(ConfigError):
        signing_key(tmp_path)
