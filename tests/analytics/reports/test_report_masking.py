"""Masking: numbers for names before anything is gathered, the same figures behind them, and no name in any file."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.transition import NOTED
from analytics.kpis import compute
from analytics.reports.masking import Names, identifiers, leaks, masked
from analytics.reports.masking.finder import Finder
from analytics.reports.request import Masking
from analytics.reports.sections import document
from greendc.contracts import Event
from greendc.device import Credential, DeviceEntry
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.settings import Secret
from greendc.site import Feed, Site, SiteInfo
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START
from tests.analytics.reports import report_facts
from tests.analytics.reports.masked_site import END, LABEL, NAMES, OWN, history, site
from tests.analytics.reports.read_document import rows, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return a ledger in which a person wrote of devices."""
    opened = SqliteLedger(tmp_path / "ledger.sqlite")
    body = msgspec.json.encode(
        {
            "device": "main",
            "kind": "main",
            "text": "see zulu-main, 昆明西数据中心里",
            "devices": {"alpha-pdu5": [1, None]},
        }
    )
    opened.append(
        Event(
            time_ns=START,
            kind=NOTED,
            subject=f"hot:alpha-pdu5/{LABEL}",
            principal=Principal(name="zhang.san", role="operator"),
            reason="zhang.san looked at Zulu-Main, not at zulu-main2",
            body=body.decode(),
        )
    )
    yield opened
    opened.close()


@pytest.mark.parametrize("masking", [Masking.EVALUATOR, Masking.PUBLIC])
def test_a_masked_site_has_none_of_its_names(ledger: SqliteLedger, masking: Masking) -> None:
    """Devices are numbered in the order of the file; the site itself is named to evaluators only."""
    real = site()
    seen = masked(real, history(), ledger, masking)
    text = msgspec.json.encode(seen.site, enc_hook=repr)
    assert leaks({"site.json": text}, identifiers(real, masking)) == []
    assert [device.name for device in seen.site.devices] == ["device-01", "device-02", "device-03"]
    assert seen.site.feeds == [Feed(source="device-01", target="device-02")]
    assert [meter.part for meter in seen.site.meters] == ["", "part-01"]
    assert seen.site.mounted[0].power == ["device-02/part-01"]
    assert seen.site.credentials == {"credential-01": Credential(kind="snmp-v2c")}
    named = (OWN, "昆明西数据中心") if masking is Masking.EVALUATOR else ("site-01", "site-01")
    assert (seen.site.name, seen.site.info.title("zh")) == named
    assert msgspec.json.encode(masked(real, history(), ledger, masking).site, enc_hook=repr) == text


def test_how_devices_are_asked_is_counted_under_numbers(ledger: SqliteLedger) -> None:
    """The evidence on encrypted transport is the same for each reader; version 3 without privacy is not encrypted."""
    bare, facts = site(), report_facts.facts()
    strong = Credential(kind="snmp-v3", user="uniform-user", privacy_protocol="aes128", privacy=Secret("whiskey-pass"))
    weak = {
        "plain-key": Credential(kind="snmp-v2c", community=Secret("topsecret9"), privacy_protocol="aes128"),
        "auth-key": Credential(kind="snmp-v3", user="uniform-user", privacy_protocol="aes128"),
    }
    used = ("strong-key", *weak)
    real = msgspec.structs.replace(
        bare,
        credentials={"strong-key": strong, **weak},
        devices=[msgspec.structs.replace(one, credential=key) for one, key in zip(bare.devices, used, strict=True)],
    )
    said = set()
    for masking in Masking:
        seen = masked(real, history(), ledger, masking).site
        if masking is not Masking.INTERNAL:
            assert {one.user for one in seen.credentials.values()} == {""}
            assert not {"uniform-user", "strong-key", "plain-key", "auth-key"} & {
                *seen.credentials,
                *(one.credential for one in seen.devices),
            }
            secrets = {
                secret.reveal()
                for one in seen.credentials.values()
                for secret in (one.community, one.auth, one.privacy)
            }
            assert secrets <= {"", "hidden"}
        asked = [*facts.site.devices, *seen.devices]
        known = msgspec.structs.replace(facts.site, devices=asked, credentials=seen.credentials)
        found = document(msgspec.structs.replace(facts, site=known), "en")
        said.add(text(rows(found, "controls")["Encrypted transport"][1]))
    assert len(said) == 1
    assert said.pop().startswith("Devices asked by SNMP: 3, of them encrypted (SNMPv3): 1.")


def test_what_is_internal_is_named(ledger: SqliteLedger) -> None:
    """Nothing is put between an internal report and what it reads."""
    real, store = site(), history()
    assert masked(real, store, ledger, Masking.INTERNAL)[:3] == (real, store, ledger)


@pytest.mark.parametrize("masking", [Masking.EVALUATOR, Masking.PUBLIC])
def test_readings_are_the_same_under_numbers(ledger: SqliteLedger, masking: Masking) -> None:
    """Every question of a history gives the same rows in the order of the masked names."""
    real, store = site(), history()
    seen = masked(real, store, ledger, masking)
    keys = seen.history.series(seen.site.name)
    assert [(key.device, key.part) for key in keys] == [("device-01", ""), ("device-02", "part-01"), ("device-03", "")]
    own = [SeriesKey(OWN, seen.names.real(key.device), seen.names.real(key.part), key.quantity) for key in keys]
    for key, name in zip(keys, own, strict=True):
        assert seen.history.counter(key, START, END) == store.counter(name, START, END)
        assert seen.history.latest([key])[key].value == store.latest([name])[name].value
        assert seen.history.latest([key])[key].key == key
        assert seen.history.count(seen.site.name, device=key.device) == store.count(OWN, device=name.device)
    tables = (
        (seen.history.raw(keys, START, END), store.raw(own, START, END)),
        (seen.history.aggregated(keys, START, END, HOUR), store.aggregated(own, START, END, HOUR)),
        (seen.history.gaps(keys, START, END, 30 * MINUTE), store.gaps(own, START, END, 30 * MINUTE)),
    )
    for shown, read in tables:
        assert shown.num_rows == read.num_rows > 0
        devices = [str(name) for name in shown.column("device").to_pylist()]
        assert devices == sorted(devices)
        rows = [{**row, "device": seen.names.of_name(row["device"]), "part": ""} for row in read.to_pylist()]
        order = sorted(rows, key=lambda row: str(row["device"]))
        assert [{**row, "part": ""} for row in shown.to_pylist()] == order
    assert {window.key for window in seen.history.arrived(seen.site.name).windows} == set(keys)


def test_figures_are_the_same_under_numbers(ledger: SqliteLedger) -> None:
    """What is computed of a masked site is what is computed of the site."""
    real, store = site(), history()
    seen = masked(real, store, ledger, Masking.PUBLIC)
    plain, shown = compute(store, real, START, END), compute(seen.history, seen.site, START, END)
    assert [(one.kpi, one.value, one.coverage, one.reason) for one in shown] == [
        (one.kpi, one.value, one.coverage, one.reason) for one in plain
    ]
    assert next(one for one in shown if one.kpi == "pue").value == pytest.approx(1.3, rel=0.2)
    assert leaks({"figures.json": msgspec.json.encode(shown)}, identifiers(real)) == []


def test_the_record_is_read_by_numbers(ledger: SqliteLedger) -> None:
    """Subjects, people, reasons and bodies are replaced; a name that is a word stays where words stand."""
    seen = masked(site(), history(), ledger, Masking.PUBLIC)
    (event,) = seen.ledger.events()
    assert event.subject == "hot:device-02/part-01"
    assert event.principal == Principal(name="person-01", role="operator")
    assert event.reason == "person-01 looked at device-01, not at zulu-main2"
    assert msgspec.json.decode(event.body) == {
        "device": "device-03",
        "kind": "main",
        "text": "see device-01, site-02里",
        "devices": {"device-02": [1, None]},
    }
    assert list(seen.ledger.events(subject=event.subject)) == [event]
    assert seen.ledger.newest(kind=NOTED, subject=event.subject) == event
    assert seen.ledger.kept(id) == seen.ledger.kept(id)
    with pytest.raises(TypeError):
        seen.ledger.append(event)
    with pytest.raises(TypeError):
        seen.ledger.extend([event])
    assert len(ledger.events()) == 1


def test_a_site_that_calls_things_by_numbers_itself(ledger: SqliteLedger) -> None:
    """Where a device is called ``device-02``, numbers have another form, so that none is taken for a name."""
    real = Site(
        info=SiteInfo(name=OWN),
        devices=[DeviceEntry(name=f"device-0{i}", profile="host", address="host://") for i in (2, 1)],
    )
    seen = masked(real, MemoryHistory(), ledger, Masking.EVALUATOR)
    assert [device.name for device in seen.site.devices] == ["device-no-01", "device-no-02"]
    assert seen.names.behind("x:device-no-01/a") == "x:device-02/a"


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _sheet(text: str) -> bytes:
    return _zip("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="x"><si><t>{text}</t></si></sst>'.encode())


def _author(text: str) -> bytes:
    return _zip("docProps/core.xml", f'<?xml version="1.0"?><cp><dc:creator>{text}</dc:creator></cp>'.encode())


def _pdf(text: str) -> bytes:
    packed = zlib.compress(f"<x:xmpmeta><dc:title>{text}</dc:title></x:xmpmeta>".encode())
    return b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj"


def _titled(text: str) -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Title<" + (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode() + b">>>endobj"


def _parquet(text: str, *, where: str) -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"device": pa.array([text if where == "cell" else "x"] * 3).dictionary_encode()})
    pq.write_table(table.replace_schema_metadata({"about": text if where == "about" else "x"}), buffer)
    return buffer.getvalue()


FORMS: dict[str, Callable[[str], bytes]] = {
    "html": lambda name: f"<html><p title='{name}'>x</p></html>".encode(),
    "html text": lambda name: f"<html><p>in {name.replace('a', '&#97;')}.</p></html>".encode(),
    "json": lambda name: msgspec.json.encode({name: 1}),
    "json escaped": lambda name: ('["' + "".join(f"\\u{ord(sign):04x}" for sign in name) + '"]').encode(),
    "csv": lambda name: f"a;{name};b\n".encode(),
    "xlsx cell": _sheet,
    "xlsx author": _author,
    "pdf stream": _pdf,
    "pdf title": _titled,
    "parquet cell": lambda name: _parquet(name, where="cell"),
    "parquet metadata": lambda name: _parquet(name, where="about"),
    "zip name": lambda name: _zip(f"{name}.txt", b"x"),
    "zip in zip": lambda name: _zip("inner.zip", _zip("x.json", msgspec.json.encode([name]))),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_name_is_found_in_every_form(form: str) -> None:
    """Each name of the site is found wherever a format may keep it, and nothing is found where none is."""
    make = FORMS[form]
    for name in NAMES:
        assert [leak.name for leak in leaks({"file": make(name)}, NAMES)] == [name], name
    assert leaks({"file": make("device-01")}, NAMES) == []


def test_words_of_every_report_are_no_names() -> None:
    """A device called ``main`` or ``7`` keeps no report from being written; one called ``main-7x`` would."""
    text = {"report.html": b"<p class='main'>main PDU 7 a1 main-7x</p>"}
    assert [leak.name for leak in leaks(text, {"main", "pdu", "7", "a1", "main-7x"})] == ["main-7x"]


@given(
    st.lists(
        st.text("ab1-. 电", min_size=1, max_size=4).filter(lambda one: one == one.strip()), min_size=1, max_size=4
    ),
    st.text("ab1-. 电", max_size=24),
)
def test_finding_many_names_is_finding_each(names: list[str], text: str) -> None:
    """What is found at once is what one expression of all names, the longest first, finds from left to right."""
    ends = [(m.start(), m.group(0)) for m in re.finditer(_bounded(names), text)]
    assert list(Finder(names).found(text)) == ends


def _bounded(names: list[str]) -> str:
    def one(name: str) -> str:
        lead = r"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", name) else ""
        tail = r"(?![A-Za-z0-9_])" if re.search(r"[A-Za-z0-9_]\Z", name) else ""
        return f"{lead}{re.escape(name)}{tail}"

    return "|".join(one(name) for name in sorted({*names} - {""}, key=lambda name: (-len(name), name)))


@given(st.lists(st.sampled_from(["ab", "ab-1", "电z", "a", "ab1", "x:ab", ""]), max_size=9).map("/".join))
def test_names_come_back_from_their_numbers(text: str) -> None:
    """A subject made of names is found again by the one made of their numbers."""
    names = Names({"ab": "device-01", "ab-1": "device-02", "电z": "part-01"}, identifiers=frozenset())
    assert names.behind(names.in_name(text)) == text
