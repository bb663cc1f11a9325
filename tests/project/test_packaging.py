"""What is installed: locks, package names, the wheel, and what an import costs."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.repository import HEAVY, LOCKS, PACKAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<marker> ;[^\\]*)?", flags=re.MULTILINE)
LOCK_LINE = re.compile(r"[a-z0-9._-]+==[^ ]+( ; [\w .'<>=!]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
IMPORT_ALL = """
import importlib, pkgutil, sys

def refuse(event, arguments):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen"}:
        raise RuntimeError(f"{event} while importing: {arguments}")

sys.addaudithook(refuse)
for package in sys.argv[1].split(","):
    module = importlib.import_module(package)
    for entry in pkgutil.walk_packages(module.__path__, package + "."):
        scripts = ("dashboard.script.app", "dashboard.pages")
        if not entry.name.endswith("__main__") and not entry.name.startswith(scripts):
            importlib.import_module(entry.name)
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Return name, version and marker of every line of a lock."""
    found = PINNED.finditer((ROOT / lock).read_text("utf-8"))
    return {(pin["name"], pin["version"], (pin["marker"] or "").strip()) for pin in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_hashed_and_names_no_place(lock: str) -> None:
    """Every line of a lock is a pinned name or a hash: no address, no index, no option."""
    text = (ROOT / lock).read_text("utf-8")
    assert [line for line in text.splitlines() if not LOCK_LINE.fullmatch(line)] == []
    assert pins(lock)
    assert text.count("--hash=") >= len(pins(lock))


def test_the_locks_agree() -> None:
    """Server and edge run the versions that were tested."""
    tested = {(name, version) for lock in LOCKS[:2] for name, version, _ in pins(lock)}
    for lock in LOCKS[2:]:
        assert {(name, version) for name, version, _ in pins(lock)} <= tested
    building = {name: version for name, version, _ in pins(LOCKS[1])}
    shared = {name: version for name, version, _ in pins(LOCKS[0]) if name in building}
    assert shared.items() <= building.items()


def test_the_lock_knows_every_dependency() -> None:
    """A dependency in pyproject.toml that the lock does not have would be missing after an install."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[<>=\[ ]", line)[0].lower().replace("_", "-") for line in wanted} - {"greendc"}
    assert names <= {name for name, _, _ in pins(LOCKS[0])}


def test_the_edge_lock_is_light() -> None:
    """An edge box downloads no numpy, no pandas and no dashboard."""
    assert not {name for name, _, _ in pins("deploy/edge.lock")} & {*HEAVY, "scikit-learn", "iotcore"}


def test_no_other_distribution_owns_our_names() -> None:
    """Our packages have plain names, so none of them may come from somewhere else."""
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners.get(name, [])) - {"greendc"} for name in PACKAGES} == {name: set() for name in PACKAGES}


def test_the_wheel_holds_the_packages_and_their_data(tmp_path: Path) -> None:
    """The wheel has our packages with every data file, and nothing else at the top level."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("greendc-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    data = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and file.suffix not in {".pyc", ".py"} and "__pycache__" not in file.parts
    }
    assert "greendc/py.typed" in data
    assert data - names == set()


def modules_after_importing(*packages: str) -> set[str]:
    """Import all modules of some packages in an interpreter that may not connect; return what is loaded."""
    command = [sys.executable, "-c", IMPORT_ALL, ",".join(packages)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_has_no_effect() -> None:
    """Importing every module opens no connection and starts no process."""
    assert set(PACKAGES) <= modules_after_importing(*PACKAGES)


def test_an_edge_box_stays_light() -> None:
    """Importing the whole edge agent and the command line loads none of the heavy libraries."""
    loaded = modules_after_importing("edge_agent", "greendc.cli")
    assert not loaded & {*HEAVY, "influxdb_client", "apscheduler"}
