"""Packages that were made to do harm: a sentence and no traceback, within bounds of time and memory."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.evaluation.centre import opened
from analytics.reports.package import folder as bounds
from analytics.reports.package import readings
from analytics.reports.package.folder import MOST_JSON, MOST_PARTS, content_of
from analytics.reports.package.manifest import digest, signed_body
from analytics.reports.package.model import MODEL
from analytics.reports.package.readings import REGISTERS, RowsError, Run, decoded, encoded
from analytics.reports.package.recompute import FIGURES, recomputed
from analytics.reports.package.said import SaidFile
from analytics.reports.package.verify import verify
from greendc.errors import ConfigError
from greendc.texts import LANGUAGES, catalogue
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import (
    manifest_in,
    package_of,
    resealed,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

KEY = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return a signed package of a season with silences, powers and registers."""
    return package_of(report_facts.facts(), report_facts.history(), report_facts.site(), KEY)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_byte_of_the_readings_says_something_else_or_nothing(files: dict[str, bytes], data: st.DataObject) -> None:
    """With every hash made anew, a file of readings with another byte is refused, differs, or says the same."""
    content = bytearray(files[REGISTERS])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    changed = {**files, REGISTERS: bytes(content)}
    found = recomputed(changed, manifest_in(files))
    assert all(len(one.sentence("en").splitlines()) == 1 for one in found)
    if not any(one.level == "error" for one in found):
        assert _says_the_same(decoded(files[REGISTERS]), decoded(bytes(content)))


def _says_the_same(before: list[Run], after: list[Run]) -> bool:
    """Tell whether rows differ in words about a meter, or by less than any figure is compared to."""
    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one.label() == other.label()]
    return len(pairs) == len(before) and all(
        np.allclose(one.values, other.values, rtol=1e-6) and np.allclose(one.time_ns, other.time_ns, rtol=0, atol=1e9)
        for one, other in pairs
    )


def _parquet(table: pa.Table, **options: str | bool) -> bytes:
    target = io.BytesIO()
    usual: dict[str, Any] = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    pq.write_table(table, target, **(usual | options))
    return target.getvalue()


def _filled(table: pa.Table, name: str, value: object, kind: pa.DataType | None = None) -> pa.Table:
    """Return a table of which one column says the same in each row."""
    kind = kind or table.schema.field(name).type
    field = pa.field(name, kind, nullable=value is None)
    return table.set_column(table.schema.get_field_index(name), field, pa.array([value] * table.num_rows, kind))


def _refused(content: bytes) -> str:
    with pytest.raises(RowsError) as caught:
        decoded(content)
    return str(caught.value)


def test_hostile_readings_are_refused_in_bounded_memory(files: dict[str, bytes]) -> None:
    """Compressed or folded rows, other columns, numbers that are none, times beyond all time, names without end."""
    table = pq.read_table(io.BytesIO(files[REGISTERS]))
    assert encoded(decoded(_parquet(table))) == files[REGISTERS]
    assert _refused(_parquet(table, compression="zstd")) == "compressed"
    assert _refused(_parquet(table, use_dictionary=True)) == "compressed"
    assert _refused(_parquet(table, data_page_version="2.0")) == "unreadable"
    assert _refused(_parquet(table.drop_columns(["gap"]))) == "other_columns"
    assert _refused(_parquet(_filled(table, "value", "x", pa.string()))) == "other_columns"
    assert _refused(_parquet(pa.concat_tables([table, table]))) == "other_columns"
    for name, value, why in (
        ("value", float("nan"), "not_a_number"),
        ("value", float("inf"), "not_a_number"),
        ("value", None, "other_columns"),
        ("time_ns", -1, "times"),
        ("time_ns", 2**63 - 1, "times"),
        ("time_ns", 5, "times"),
        ("quantity", "splendour", "unknown_quantity"),
        ("kind", "guess", "unknown_quantity"),
        ("step", "sideways", "other_columns"),
        ("unit", "kWh", "other_columns"),
    ):
        assert _refused(_parquet(_filled(table, name, value))) == why, (name, value)
    assert decoded(_parquet(_filled(table.slice(0, 2), "device", "d" * 10_000)))[0].device == "d" * 10_000
    assert decoded(encoded([])) == []


def test_a_series_has_one_run_of_a_kind(files: dict[str, bytes]) -> None:
    """Rows that name another role are no run of their own, of which figures would know nothing."""
    table = pq.read_table(io.BytesIO(files[REGISTERS]))
    roles = table.column("roles").to_pylist()
    assert roles[0] == roles[1]
    column = pa.array(["other", *roles[1:]], pa.string())
    field = table.schema.field("roles")
    split = table.set_column(table.schema.get_field_index("roles"), field, column)
    assert _refused(_parquet(split)) == "other_columns"
    assert {one.key for one in recomputed({**files, REGISTERS: _parquet(split)})} == {"rows_other_columns"}


def test_headers_that_would_fill_the_memory_are_refused(files: dict[str, bytes]) -> None:
    """A list of a million empty structures is a million bytes in a file, and a hundred times that when it is read."""
    length = int.from_bytes(files[REGISTERS][-8:-4], "little")
    about = files[REGISTERS][-8 - length : -8]
    assert length < 10_000
    count = 1_000_000
    # Field 14 of the footer, which no reader knows: a list of structures with no field.
    varint = bytes([count & 0x7F | 0x80, count >> 7 & 0x7F | 0x80, count >> 14])
    longer = about[:-1] + bytes([0x09, 14 << 1, 0xFC]) + varint + bytes(count) + b"\0"
    content = files[REGISTERS][: -8 - length] + longer + len(longer).to_bytes(4, "little") + b"PAR1"
    tracemalloc.start()
    assert _refused(content) == "unreadable"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * len(content)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_file_at_all_is_read_or_refused(files: dict[str, bytes], data: st.DataObject) -> None:
    """Bytes of any kind, and the true file with pieces of others in it, above all in its headers."""
    content = bytearray(files[REGISTERS])
    tail = int.from_bytes(content[-8:-4], "little") + 8
    for _ in range(data.draw(st.integers(1, 6))):
        from_end = data.draw(st.integers(1, tail) if data.draw(st.booleans()) else st.integers(1, len(content)))
        piece = data.draw(st.binary(min_size=1, max_size=5))
        content[len(content) - from_end : len(content) - from_end + len(piece)] = piece
    for one in (bytes(content), b"PAR1" + data.draw(st.binary(max_size=60)) + b"PAR1"):
        assert _read(one) == "" or f"report_package.finding.rows_{_read(one)}" in catalogue()


def _read(content: bytes) -> str:
    """Return why a file is refused, empty when it is read and all of its values are numbers."""
    try:
        runs = decoded(content)
    except RowsError as error:
        return str(error)
    return "" if all(np.isfinite(run.values).all() for run in runs) else "no number"


def test_readings_beyond_all_bounds_are_refused(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too long, or has too many rows or series, is not read."""
    monkeypatch.setattr(readings, "MOST_RUNS", 3)
    with pytest.raises(RowsError, match="too_big"):
        decoded(files[REGISTERS])
    monkeypatch.undo()
    assert decoded(files[REGISTERS])
    monkeypatch.setattr(readings, "MOST_ROWS", 10)
    with pytest.raises(RowsError, match="too_big"):
        decoded(files[REGISTERS])
    monkeypatch.setattr(readings, "MOST_BYTES", 100)
    with pytest.raises(RowsError, match="too_big"):
        decoded(files[REGISTERS])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("site", "info", "timezone"), "Mars/Olympus"),
        (("site", "info", "timezone"), "../../etc/passwd"),
        (("site", "info", "standards"), "mine"),
        (("site", "meters", 0, "energy"), "splendour"),
        (("site", "meters", 0, "energy"), "dew_point_c"),
        (("site", "meters", 0, "factor"), -1.0),
        (("site", "meters", 0, "factor"), 1e308),
        (("windows", 0, "start_ns"), -5),
        (("windows", 0, "end_ns"), 2**62 - 1),
        (("windows", 0, "end_ns"), 0),
        (("windows", 0, "name"), "2026-02"),
        (("schema",), 2),
        (("resolutions",), {"main active_energy_j": 1e300}),
        (("site", "racks"), "none"),
    ],
)
def test_hostile_models_are_refused_in_a_sentence(
    files: dict[str, bytes], path: tuple[str | int, ...], value: object
) -> None:
    """A model that no greendc wrote gives an error and no traceback, whatever it says."""
    model = msgspec.json.decode(files[MODEL])
    inner = model
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    found = recomputed({**files, MODEL: msgspec.json.encode(model)}, manifest_in(files))
    assert any(one.level == "error" for one in found)
    assert all(len(one.sentence("zh").splitlines()) == 1 for one in found)


def test_models_that_would_take_hours_are_refused(files: dict[str, bytes]) -> None:
    """Very many meters, a register that is listed over and over, long lines of feeds, racks and devices in pairs."""
    model = msgspec.json.decode(files[MODEL])
    site = model["site"]
    meter, rack, device = site["meters"][0], site["racks"][0], site["devices"][0]
    feeds = [{"source": f"d{i}", "target": f"d{i + 1}"} for i in range(2_000)]
    for changed in (
        {"meters": [{**meter, "device": f"d{i}"} for i in range(20_000)]},
        {"meters": [meter] * 200},
        {"meters": [{**meter, "device": f"d{i}"} for i in range(2_000)], "feeds": feeds},
        {"racks": [rack] * 10_000, "devices": [device] * 10_000},
    ):
        content = msgspec.json.encode({**model, "site": {**site, **changed}})
        assert [one.key for one in recomputed({**files, MODEL: content})] == ["bad_model"]


def test_every_finding_has_its_text() -> None:
    """Each code of a file of readings that cannot be used has a sentence."""
    codes = ("unreadable", "too_big", "compressed", "other_columns", "not_a_number", "times", "unknown_quantity")
    for code in codes:
        assert set(catalogue()[f"report_package.finding.rows_{code}"]) >= set(LANGUAGES)


def _json_of_lists(most: int) -> bytes:
    return b'{"kpis":[{"kpi":"pue","start":"","end":"","inputs":[' + b"{}," * (most // 3) + b"{}]}]}"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"[" * 1_000_000, "bad_model"),
        (b'{"kpis":' * 100_000, "bad_model"),
        (b"[" * 3_000_000, "not_recomputable"),
        (_json_of_lists(8_000_000), "not_recomputable"),
        (b'{"kpis":[' + b" " * MOST_JSON + b"]}", "not_recomputable"),
    ],
    ids=["deep", "deep-objects", "very-deep", "many-parts", "long"],
)
def test_deep_and_long_json_is_refused_in_bounded_memory(
    tmp_path: Path, files: dict[str, bytes], content: bytes, key: str
) -> None:
    """Figures without end, rightly hashed and signed: an error, and no more memory than the file and its copy take."""
    made = written(tmp_path / "made", files)
    (made / FIGURES).write_bytes(content)
    manifest = manifest_in(files)
    body = msgspec.structs.replace(manifest, files={**manifest.files, FIGURES: digest(content)})
    for name, part in signed_body(msgspec.json.encode(body), KEY).items():
        (made / name).write_bytes(part)
    tracemalloc.start()
    found = [one.key for one in verify(made, recompute=True) if one.level == "error"]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [key]
    assert most < 2 * len(content) + 10 * 2**20
    assert opened(made, 1).stated is None


def test_as_much_json_as_is_read_takes_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst file that is still decoded: small structures up to the bound, here a tenth of it."""
    parts = MOST_PARTS // 10
    monkeypatch.setattr(bounds, "MOST_PARTS", parts)
    worst = _json_of_lists(3 * parts // 2 - 100)
    made = written(tmp_path / "made", {FIGURES: worst})
    tracemalloc.start()
    content = content_of(made, FIGURES)
    assert content == worst
    assert len(msgspec.json.decode(content, type=SaidFile).kpis[0].inputs) > parts // 3
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * 2**20


def test_no_package_is_made_that_could_not_be_verified(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be refused as too much is refused where it is written, by its name."""
    monkeypatch.setattr(bounds, "MOST_JSON", 50_000)
    with pytest.raises(ConfigError, match=FIGURES):
        resealed(files, {}, KEY)
