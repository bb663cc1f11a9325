"""A package beside an earlier one: what was altered since is an error, what came late is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from analytics.reports.chain import CHAIN
from analytics.reports.package.manifest import MANIFEST, digest
from analytics.reports.package.readings import REGISTERS
from analytics.reports.package.verify import verify
from greendc.clock import from_iso
from greendc.site import Role
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE
from tests.analytics.reports.packed import counted, facts_of, manifest_in, package_of, resealed, written

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([i] * 32)) for i in (7, 8))
FROM, MIDDLE, TO = (from_iso(f"2026-{month:02}-01T00:00:00Z") for month in (3, 4, 5))
BEFORE_MIDDLE = MIDDLE - 23 * MINUTE
"""When the last reading before the end of the mid-term was."""
SITE = plant.site(plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))


def _history(*, lost: tuple[int, ...] = (), added: float = 0.0, late: tuple[int, ...] = ()) -> MemoryHistory:
    """Return two registers read each half hour; readings of one of them may be lost, raised or late."""
    times = np.arange(FROM - 24 * HOUR + 7 * MINUTE, TO + 24 * HOUR, 30 * MINUTE, dtype=np.int64)
    found = MemoryHistory()
    for device, watts in (("in", 150e3), ("it", 100e3)):
        rows = dict(zip(times.tolist(), counted(times, watts), strict=True))
        if device == "it":
            rows = {at: value for at, value in rows.items() if at not in lost}
            rows |= {at: rows[at - 13 * MINUTE] + 1e5 for at in late}
            rows[BEFORE_MIDDLE] = rows.get(BEFORE_MIDDLE, 0.0) + added
            if BEFORE_MIDDLE in lost:
                del rows[BEFORE_MIDDLE]
        found.add(plant.energy_key(device), list(rows), list(rows.values()))
    return found


def _package(history: MemoryHistory, end_ns: int, site: Site = SITE, **more: str) -> dict[str, bytes]:
    return package_of(facts_of(site, history, FROM, end_ns), history, site, KEY, **more)


@pytest.fixture(scope="module")
def mid_term() -> dict[str, bytes]:
    """Return the package of the first month."""
    return _package(_history(), MIDDLE)


def _found(tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, tuple[str, str]]:
    """Return the level and the sentence of each finding of comparing, by its key."""
    folders = written(tmp_path / "before", before), written(tmp_path / "after", after)
    findings = verify(folders[1], previous=folders[0])
    return {one.key: (one.level, one.sentence("en")) for one in findings if one.key != "own_key"}


def test_a_package_goes_on_from_the_earlier_one(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """The same readings stand beside the edges that both have, and the manifest names the earlier package."""
    found = _found(tmp_path, mid_term, _package(_history(), TO, follows=digest(mid_term[MANIFEST])))
    assert {level for level, _ in found.values()} == {"note"}
    assert "follows" in found
    assert "8 readings" in found["readings_compared"][1]


def test_a_reading_that_was_altered_since_is_named(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """One register of one meter was raised by a kilowatt hour after the mid-term."""
    found = _found(tmp_path, mid_term, _package(_history(added=3.6e6), TO))
    assert found["reading_altered"][0] == "error"
    assert "it active_energy_j" in found["reading_altered"][1]
    assert "2026-03-31T23:37" in found["reading_altered"][1]


def test_a_reading_that_is_gone_is_named(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """The last reading before the edge was taken out of the store."""
    found = _found(tmp_path, mid_term, _package(_history(lost=(BEFORE_MIDDLE,)), TO))
    assert found["reading_gone"][0] == "error"
    assert "2026-03-31T23:37" in found["reading_gone"][1]


def test_late_readings_are_additions(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """A reading that came late and stands nearer to the edge takes the place of the one before, which is no fault."""
    late = _package(_history(late=(BEFORE_MIDDLE + 13 * MINUTE,)), TO)
    found = _found(tmp_path, mid_term, late)
    assert {level for level, _ in found.values()} == {"note"}
    assert "edges of months: 1." in found["readings_compared"][1]


def test_what_cannot_be_compared_is_said(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """Another site, other names for the meters, another predecessor, a chain that is gone, an altered mid-term."""
    own = _package(_history(), TO)
    other = msgspec.structs.replace(manifest_in(own), site="elsewhere")
    assert _found(tmp_path, mid_term, resealed(own, {}, KEY, site=other.site))["other_site"][0] == "error"
    assert "evaluator" in _found(tmp_path, mid_term, resealed(own, {}, KEY, masking="evaluator"))["other_masking"][1]
    assert "follows_other" in _found(tmp_path, mid_term, resealed(own, {}, KEY, follows="0" * 64))
    chained = resealed(mid_term, {CHAIN: b"{}\n"}, KEY)
    assert _found(tmp_path, chained, own)["chain_missing"][0] == "error"
    spoilt = {**mid_term, REGISTERS: mid_term[REGISTERS] + b"x"}
    assert {"previous_unusable", "altered"} <= _found(tmp_path, spoilt, own).keys()
    assert {"previous_unusable", "no_manifest"} <= _found(tmp_path, {}, own).keys()
    broken = resealed(own, {REGISTERS: b"PAR1PAR1"}, KEY)
    assert _found(tmp_path, mid_term, broken)["rows_unreadable"][0] == "error"


def test_packages_of_one_period_are_compared_too(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """A second version names the first, and both show the same readings."""
    again = _package(_history(), MIDDLE, previous=digest(mid_term[MANIFEST]))
    found = _found(tmp_path, mid_term, again)
    assert {"follows", "readings_compared"} <= found.keys()
    assert "8 readings" in found["readings_compared"][1]


def _signers(
    tmp_path: Path,
    made: dict[str, bytes],
    before: Ed25519PrivateKey | None,
    after: Ed25519PrivateKey | None,
    *,
    given: bool,
) -> set[tuple[str, str]]:
    """Return level and key of each finding about who signed, of the mid-term signed anew as both packages."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    folders = [written(tmp_path / str(i), resealed(made, {}, key)) for i, key in enumerate((before, after))]
    findings = verify(folders[1], trusted if given else None, previous=folders[0])
    return {(one.level, one.key) for one in findings if one.key.startswith("previous_")}


def test_the_earlier_package_is_of_the_given_key_too(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """An earlier package that somebody else made, or nobody signed, proves nothing and is an error."""
    assert _signers(tmp_path, mid_term, KEY, KEY, given=True) == {("note", "previous_trusted_key")}
    assert _signers(tmp_path, mid_term, OTHER, KEY, given=True) == {("error", "previous_other_key")}
    assert _signers(tmp_path, mid_term, None, KEY, given=True) == {("error", "previous_unsigned")}


def test_two_signers_are_told_apart_without_a_key(tmp_path: Path, mid_term: dict[str, bytes]) -> None:
    """Where no key is given the packages must at least be of one signer."""
    assert _signers(tmp_path, mid_term, KEY, KEY, given=False) == set()
    assert _signers(tmp_path, mid_term, OTHER, KEY, given=False) == {("error", "previous_other_signer")}
    assert _signers(tmp_path, mid_term, OTHER, None, given=False) == {("error", "previous_other_signer")}
    assert _signers(tmp_path, mid_term, None, KEY, given=False) == {("note", "previous_unsigned")}
