"""Verifying a package: no altered byte, no altered register and no strange folder goes unseen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from analytics.reports.chain import CHAIN
from analytics.reports.package import folder as bounds
from analytics.reports.package.folder import content_of
from analytics.reports.package.manifest import MANIFEST, SCHEMA, SIGNATURE, Manifest, core_sha256
from analytics.reports.package.model import MODEL
from analytics.reports.package.readings import BOUNDARY, INTEGRATED, REGISTERS, Run, decoded
from analytics.reports.package.recompute import FIGURES, recomputed
from analytics.reports.package.signing import PRIVATE, PUBLIC, fingerprint, init, key_of, signing_key
from analytics.reports.package.verify import read_manifest, verify
from greendc.errors import ConfigError
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import (
    manifest_in,
    package_of,
    resealed,
    with_runs,
    with_value,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.reports.package.finding import Finding

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([i] * 32)) for i in (1, 2))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return a signed package of a season with silences, powers and registers."""
    return package_of(report_facts.facts(), report_facts.history(), report_facts.site(), KEY)


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    """Return the file of the public key that signed."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    path = keys / PUBLIC
    path.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def _errors(folder: Path, key: Path | None = None, *, recompute: bool = False) -> list[str]:
    return [one.key for one in verify(folder, key, recompute=recompute) if one.level == "error"]


def test_a_package_is_whole_and_says_what_was_not_checked(
    tmp_path: Path, files: dict[str, bytes], trusted: Path
) -> None:
    """A fresh package has no error, with and without the key, and its figures come out again."""
    made = written(tmp_path / "made", files)
    assert [one.key for one in verify(made)] == ["own_key"]
    found = verify(made, trusted, recompute=True)
    assert [one.key for one in found if one.key != "other_software"] == ["trusted_key", "recomputed", "of_sensors"]
    assert fingerprint(KEY.public_key()) in found[0].sentence("en")


def test_the_same_facts_give_the_same_bytes(files: dict[str, bytes]) -> None:
    """Readings, model and manifest are made again byte by byte."""
    again = package_of(report_facts.facts(), report_facts.history(), report_facts.site(), KEY)
    assert again == files


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, REGISTERS, MODEL, FIGURES, "report.en.html"])
def test_one_flipped_bit_anywhere_is_found(tmp_path: Path, files: dict[str, bytes], name: str) -> None:
    """Bits all over each file, and every byte of the signature."""
    made = written(tmp_path / "made", files)
    content = files[name]
    step = max(1, len(content) // 120)
    for at in {*range(0, len(content), step), len(content) - 1}:
        altered = bytearray(content)
        altered[at] ^= 1 << (at % 8)
        (made / name).write_bytes(bytes(altered))
        assert _errors(made), (name, at)
    (made / name).write_bytes(content + b"\n")
    assert _errors(made)
    (made / name).write_bytes(content[:-1])
    assert _errors(made)
    (made / name).unlink()
    assert _errors(made)


def test_one_changed_register_is_found_whoever_signs_anew(
    tmp_path: Path, files: dict[str, bytes], trusted: Path
) -> None:
    """Each reading in turn is raised a little, all hashes are rebuilt and another key signs: both checks find it."""
    rows = [(run, row) for run in decoded(files[REGISTERS]) for row in range(len(run.time_ns))]
    for run, row in rows:
        if run.kind == INTEGRATED and row == 0:
            continue
        added = 1.0 if run.unit == "m3" else 3.6e6
        forged = resealed(files, {REGISTERS: with_value(files, run, row, added)}, OTHER)
        assert any(one.level == "error" for one in recomputed(forged, manifest_in(forged))), (
            run.label(),
            run.kind,
            row,
        )
    made = written(tmp_path / "made", forged)
    assert _errors(made) == []
    assert _errors(made, trusted) == ["other_key"]
    assert set(_errors(made, recompute=True)) & {"differs", "two_values", "implausible"}


@pytest.mark.parametrize(
    "change",
    [
        lambda run: None if run.device == "water" and run.kind != BOUNDARY else run,
        lambda run: msgspec.structs.replace(run, device="another"),
        lambda run: msgspec.structs.replace(run, known=np.ones(len(run.known), dtype=np.bool_)),
        lambda run: msgspec.structs.replace(run, step=np.full(len(run.step), 2, dtype=np.int8)),
        lambda run: msgspec.structs.replace(run, values=run.values[::-1].copy()),
        lambda run: msgspec.structs.replace(run, time_ns=run.time_ns + np.arange(len(run.time_ns)) * 10**9),
    ],
)
def test_readings_that_are_left_out_or_said_otherwise_are_found(
    files: dict[str, bytes], change: Callable[[Run], Run | None]
) -> None:
    """A meter without rows, another device, gaps called known, resets that hide energy, time that runs otherwise."""
    forged = resealed(files, {REGISTERS: with_runs(files, change)}, OTHER)
    assert any(one.level == "error" for one in recomputed(forged, manifest_in(forged)))


def test_a_figure_that_is_changed_left_out_or_added_is_named(files: dict[str, bytes]) -> None:
    """The sentence names the figure, the window, what was stated and what the readings give."""
    stated = msgspec.json.decode(files[FIGURES])
    pue = next(one for one in stated["kpis"] if one["kpi"] == "pue")
    value = pue["value"]
    pue["value"] = value - 0.01
    (found,) = _of_figures(files, stated)
    sentence = found.sentence("en")
    assert all(part in sentence for part in ("pue of period", str(value), str(value - 0.01)))
    pue["value"] = value
    pue["coverage"] = 1.0 if pue["coverage"] != 1.0 else 0.5
    assert [one.params["what"] for one in _of_figures(files, stated)] == ["coverage"]
    stated["kpis"].remove(pue)
    assert [one.key for one in _of_figures(files, stated)] == ["not_stated"]
    stated["kpis"] += [pue, pue]
    assert "stated_twice" in {one.key for one in _of_figures(files, stated)}
    stated["months"].pop()
    assert "window_unused" in {one.key for one in _of_figures(files, stated)}
    stated["kpis"].append({"kpi": "\x1b[2Jsplendid", "start": pue["start"], "end": pue["end"]})
    (unknown,) = [one for one in _of_figures(files, stated) if one.key == "unknown_figure"]
    assert "\x1b" not in unknown.sentence("en")


def _of_figures(files: dict[str, bytes], stated: object) -> list[Finding]:
    found = recomputed({**files, FIGURES: msgspec.json.encode(stated)})
    return [one for one in found if one.level == "error"]


def test_readings_at_the_ends_of_months_are_tied_to_the_manifest(files: dict[str, bytes]) -> None:
    """A boundary reading and the row beside it, raised together, are not those that the manifest has of the month."""
    (beside,) = [run for run in decoded(files[REGISTERS]) if (run.device, run.kind) == ("water", BOUNDARY)]

    def change(run: Run) -> Run:
        values = np.where(run.values == beside.values[3], run.values + 0.01, run.values)
        return msgspec.structs.replace(run, values=values) if run.device == "water" else run

    forged = resealed(files, {REGISTERS: with_runs(files, change)}, OTHER)
    (found,) = [one for one in recomputed(forged, manifest_in(forged)) if one.key == "other_input"]
    assert "water" in found.sentence("en")


def test_a_package_for_the_public_has_no_readings_and_says_so(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Readings may be left out for the public only; elsewhere they are missing."""
    rest = {name: content for name, content in files.items() if name not in {REGISTERS, MODEL}}
    made = written(tmp_path / "made", resealed(rest, {}, KEY, masking="public"))
    found = verify(made, recompute=True)
    assert [(one.level, one.key) for one in found] == [("note", "own_key"), ("note", "no_registers")]
    made = written(tmp_path / "made", resealed(rest, {}, KEY))
    assert _errors(made, recompute=True) == ["not_recomputable"]


def test_the_chain_in_a_package_is_whole_and_ends_as_the_manifest_says(tmp_path: Path, files: dict[str, bytes]) -> None:
    """A chain that is none, that is missing, or whose end is another's, is an error."""
    for lines, head, key in (
        (b"{}\n", "", "chain_unreadable"),
        (b"", "ab" * 32, "other_chain"),
        (b"nothing", "", "chain_unreadable"),
    ):
        made = written(tmp_path / "made", resealed(files, {CHAIN: lines}, KEY, chain=head))
        assert _errors(made) == [key]
    made = written(tmp_path / "made", resealed(files, {}, KEY, chain="ab" * 32))
    assert _errors(made) == ["other_chain"]


def test_a_package_that_nobody_signed_says_so(tmp_path: Path, trusted: Path) -> None:
    """Without a key there is no signature file; with --key that is an error."""
    made = written(
        tmp_path / "made", package_of(report_facts.facts(), report_facts.history(), report_facts.site(), None)
    )
    assert not (made / SIGNATURE).exists()
    assert [(one.level, one.key) for one in verify(made)] == [("note", "unsigned")]
    assert _errors(made, trusted) == ["unsigned"]
    (made / SIGNATURE).write_bytes(b"AAAA\n")
    assert _errors(made) == ["extra"]


def test_a_signature_cannot_be_taken_away_unseen(tmp_path: Path, files: dict[str, bytes]) -> None:
    """A manifest that says it is signed needs its signature; a public key alone is none."""
    made = written(tmp_path / "made", files)
    (made / SIGNATURE).unlink()
    assert _errors(made) == ["no_signature"]
    body = files[MANIFEST].replace(b'"Ed25519"', b'""')
    (made / MANIFEST).write_bytes(body)
    assert _errors(made) == ["no_signature"]
    (made / MANIFEST).write_bytes(body)
    (made / SIGNATURE).write_bytes(files[SIGNATURE])
    assert _errors(made) == ["bad_signature"]


def test_the_key_is_made_on_purpose_and_never_again(tmp_path: Path) -> None:
    """A centre's own package is unsigned until its key is made; what is simulated gets a key by itself."""
    assert key_of(tmp_path, make=False) is None
    assert not (tmp_path / "keys").exists()
    made = init(tmp_path)
    assert made.fresh
    assert made.public == tmp_path / "keys" / PUBLIC
    assert (tmp_path / "keys" / PRIVATE).stat().st_mode & 0o777 == 0o600
    assert len(made.fingerprint.split()) == 8
    shown = made.public.read_bytes()
    # Somebody moved the public half instead of copying it.
    made.public.unlink()
    again = init(tmp_path)
    assert (again.fresh, again.fingerprint) == (False, made.fingerprint)
    assert made.public.read_bytes() == shown
    key = key_of(tmp_path, make=False)
    assert key is not None
    assert fingerprint(key.public_key()) == made.fingerprint
    assert key_of(tmp_path / "demo", make=True) is not None
    (tmp_path / "keys" / PRIVATE).write_bytes(b"-----BEGIN NOTHING-----")
    with pytest.raises(ConfigError):
        init(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError):
        signing_key(tmp_path / "file")


def test_other_schemas_are_told_apart(tmp_path: Path, files: dict[str, bytes]) -> None:
    """A later schema is refused by its number, a broken one as such; of the first nothing can be recomputed."""
    made = written(tmp_path / "made", files)
    for schema, key in (
        (3, "unknown_schema"),
        (-1, "unknown_schema"),
        ("two", "bad_manifest"),
        (1.5, "bad_manifest"),
    ):
        body = msgspec.json.decode(files[MANIFEST])
        body["schema"] = schema
        (made / MANIFEST).write_bytes(msgspec.json.encode(body))
        (found,) = verify(made, recompute=True)
        assert found.key == key
        assert key == "bad_manifest" or str(schema) in found.sentence("en")
    first = {"schema": 1, "site": "s", "start": "", "end": "", "status": "draft", "simulated": True, "software": ""}
    first |= {"signature": "", "public_key": "", "files": {}, "inputs": []}
    alone = written(tmp_path / "first", {MANIFEST: msgspec.json.encode(first)})
    assert _errors(alone, recompute=True) == ["no_signature", "first_schema"]
    assert read_manifest(alone) is not None
    assert read_manifest(tmp_path) is None


def test_the_manifest_says_what_the_package_was_made_of(files: dict[str, bytes]) -> None:
    """Inputs by meter and month, query windows, configuration, command line and links to other packages."""
    manifest = manifest_in(files)
    assert manifest.schema == SCHEMA
    assert (manifest.kind, manifest.status, manifest.version, manifest.masking) == (
        "acceptance",
        "draft",
        2,
        "internal",
    )
    assert [one.name for one in manifest.windows] == ["period", "2026-01", "2026-02", "2026-03"]
    water = [one for one in manifest.inputs if one.device == "water"]
    assert [(one.month, one.readings) for one in water] == [("2026-01", 744), ("2026-02", 672), ("2026-03", 744)]
    assert water[0].first is not None
    assert len({one.sha256 for one in manifest.inputs}) == len(manifest.inputs)
    assert manifest.command.startswith("greendc report acceptance")
    assert manifest.configuration_sha256
    assert "data/grid_factors.toml" in manifest.configuration
    more = msgspec.structs.replace(manifest, previous="ab", follows="cd", chain="ef")
    assert core_sha256(more) != core_sha256(manifest)
    assert core_sha256(msgspec.structs.replace(manifest, files={}, public_key="")) == core_sha256(manifest)


def test_strange_folders_are_refused_in_a_sentence(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Links, pipes, folders, paths elsewhere, names with control characters: nothing is followed or waited for."""
    made = written(tmp_path / "made", files)
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"secret")
    os.mkfifo(made / "pipe")
    (made / "sub").mkdir()
    (made / "link").symlink_to(secret)
    (made / "\x1b[31mred").write_bytes(b"")
    assert _errors(made) == ["extra"] * 4
    assert all("\x1b" not in one.sentence("en") for one in verify(made))
    names = [
        "../secret.txt",
        "link",
        "pipe",
        "sub",
        str(secret),
        "",
        ".",
        "..",
        "a\0b",
        "sub/../../secret.txt",
        "a" * 999,
    ]
    forged = resealed(files, {}, OTHER)
    body = msgspec.structs.replace(manifest_in(forged), files=dict.fromkeys(names, "0" * 64))
    (made / MANIFEST).write_bytes(msgspec.json.encode(body))
    assert [one.file for one in verify(made) if one.key == "missing"] == names
    assert all(content_of(made, name) is None for name in names)
    manifest = msgspec.structs.replace(manifest_in(files), files=dict.fromkeys(map(str, range(5_000)), ""))
    (made / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    assert _errors(made) == ["too_many_files"]


def test_a_folder_of_very_many_files_is_not_gone_through(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a bound it says so."""
    made = written(tmp_path / "made", files)
    for i in range(bounds.MOST_ENTRIES + 50):
        (made / f"x{i}").write_bytes(b"")
    found = _errors(made)
    assert "too_many_files" in found
    assert len(found) <= bounds.MOST_ENTRIES + 2
    monkeypatch.setattr(bounds, "MOST_KEPT", 100)
    assert content_of(made, REGISTERS) is None
    assert content_of(made, MODEL) is not None
    monkeypatch.setattr(bounds, "MOST_JSON", 100)
    assert content_of(made, MODEL) is None


def test_other_data_files_are_told(files: dict[str, bytes]) -> None:
    """Where this software has another table of factors than the one that made the package, it says so."""
    manifest = manifest_in(files)
    parts = {**manifest.configuration, "data/grid_factors.toml": "0" * 64}
    other: Manifest = msgspec.structs.replace(manifest, configuration=parts)
    (found,) = [one for one in recomputed(files, other) if one.key == "other_data"]
    assert "grid_factors" in found.sentence("zh")
