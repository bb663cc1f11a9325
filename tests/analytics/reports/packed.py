"""Packages of small plants for tests: gathered, written, taken apart and put together again by someone else."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.reports.gathering import gather
from analytics.reports.package.inputs import inputs_of
from analytics.reports.package.manifest import MANIFEST, SIGNATURE, Manifest, manifest_of, sealed
from analytics.reports.package.readings import REGISTERS, decoded, encoded
from analytics.reports.package.recompute import FIGURES
from analytics.reports.package.registers import registers_of
from analytics.reports.rendering.values import figures_json
from analytics.reports.request import ReportKind, Request
from tests.analytics.alarms.memory_ledger import MemoryLedger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from analytics.reports.facts import Facts
    from analytics.reports.package.readings import Run
    from greendc.site import Site
    from tests.analytics.memory_history import MemoryHistory


def facts_of(site: Site, history: MemoryHistory, start_ns: int, end_ns: int) -> Facts:
    """Return the facts of a plant without a ledger."""
    return gather(
        Request(kind=ReportKind.MONTHLY, start_ns=start_ns, end_ns=end_ns, langs=("en",)),
        site,
        history,
        MemoryLedger(),
        software=version("greendc"),
        command="greendc report monthly",
        version=1,
    )


def files_of(facts: Facts, history: MemoryHistory, site: Site) -> dict[str, bytes]:
    """Return the files that figures are checked by."""
    return {FIGURES: figures_json(facts, {}), **registers_of(facts, history, site)}


def package_of(
    facts: Facts, history: MemoryHistory, site: Site, key: Ed25519PrivateKey | None, **more: str
) -> dict[str, bytes]:
    """Return all files of a package."""
    manifest = manifest_of(facts, inputs_of(history, site, facts), **more)
    return sealed(manifest, {**files_of(facts, history, site), "report.en.html": b"<p>1.42</p>\n"}, key)


def manifest_in(files: dict[str, bytes]) -> Manifest:
    """Return the manifest among files."""
    return msgspec.json.decode(files[MANIFEST], type=Manifest)


def resealed(
    files: dict[str, bytes], changed: dict[str, bytes], key: Ed25519PrivateKey | None, **more: object
) -> dict[str, bytes]:
    """Return a package with other files, all of its hashes made anew and signed again."""
    kept = {name: content for name, content in files.items() if name not in {MANIFEST, SIGNATURE}}
    return sealed(msgspec.structs.replace(manifest_in(files), **more), {**kept, **changed}, key)


def with_runs(files: dict[str, bytes], change: Callable[[Run], Run | None]) -> bytes:
    """Return the file of readings with runs changed; None leaves one out."""
    changed = [change(run) for run in decoded(files[REGISTERS])]
    return encoded([run for run in changed if run is not None])


def with_value(files: dict[str, bytes], chosen: Run, row: int, added: float) -> bytes:
    """Return the file of readings with one value changed."""

    def change(run: Run) -> Run:
        if (run.label(), run.kind) != (chosen.label(), chosen.kind):
            return run
        values = run.values.copy()
        values[row] += added
        return msgspec.structs.replace(run, values=values)

    return with_runs(files, change)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """Put files into a folder, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def counted(times: np.ndarray[tuple[int], np.dtype[np.int64]], watts: float, swing: float = 0.2) -> list[float]:
    """Return what a register that began at 1 MWh shows at times, of a load that swings once a day."""
    hours = (times - times[0]) / 3.6e12
    joules = 3600.0 * watts * (hours + swing * 24.0 / (2 * np.pi) * np.sin(hours * 2 * np.pi / 24.0))
    return [float(one) for one in np.round(3.6e9 + joules)]
