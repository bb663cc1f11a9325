"""Signed one-page reports: a folder with a page for each language, its figures as JSON, and a manifest over both."""

from __future__ import annotations

import os
import shutil
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from analytics.reports.account import AccountLine, account_lines
from analytics.reports.manifest import (
    MANIFEST,
    SCHEMA,
    Finding,
    Manifest,
    digest,
    input_digests,
    signed,
    verify,
)
from analytics.reports.signing import signing_key
from analytics.reports.view import gather, page
from greendc.clock import iso
from greendc.contracts import Event
from greendc.errors import ConfigError
from greendc.model import Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = ["BUILT", "STEPS", "AccountLine", "BuiltNote", "Finding", "account_lines", "build", "verify"]

BUILT = "report.built"
STEPS = ("figures", "record", "pages", "inputs", "signing")
"""What building a report goes through, in this order."""
_SYSTEM = Principal(name="greendc", role="system")


class BuiltNote(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of a report: where it is, the hash of its manifest, and its period."""

    folder: str
    manifest: str
    start_ns: int
    end_ns: int


def _nobody(_step: str) -> None:
    """Tell nobody which step begins."""


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    return environment.from_string(files(__name__).joinpath("templates/page.html.j2").read_text("utf-8"))


def build(  # noqa: PLR0913 (a report's whole input)
    site: Site,
    history: History,
    ledger: Ledger,
    start_ns: int,
    end_ns: int,
    folder: Path,
    *,
    langs: Sequence[str],
    data_dir: Path,
    account: Sequence[AccountLine] = (),
    by: Principal = _SYSTEM,
    asked_ns: int = 0,
    told: Callable[[str], None] = _nobody,
) -> Path:
    """Write the report of a period into ``folder``, which appears complete or not at all, and note it in the ledger.

    The same readings, ledger and key give the same bytes. Every report is a draft so far. ``told`` is called with the
    name of each of `STEPS` as it begins; ``by`` is who asked for the report, ``asked_ns`` when;
    a report that nobody asked for is noted at the end of its period.

    Raises:
        ConfigError: the signing key cannot be used, or ``folder`` holds something else than a report.
        StoreAway, StoreRefused: store or ledger cannot be read.
        OSError: the folder cannot be written; what was there before is left as it was.
    """
    folder = folder.absolute()
    _refuse_foreign(folder)
    software = version("greendc")
    facts = gather(site, history, ledger, start_ns, end_ns, account, software, told)
    told("pages")
    pages = {f"report.{lang}.html": _template().render(page=page(facts, lang)).encode() for lang in langs}
    standing = facts.advice
    data = {
        "figures": facts.figures,
        "advice": [line.case.advice for line in standing.open],
        "measures": [line.case for line in (*standing.proved, *standing.measuring)],
    }
    figures = msgspec.json.format(msgspec.json.encode(data), indent=1)
    told("inputs")
    inputs = input_digests(history, site, start_ns, end_ns)
    manifest = Manifest(
        schema=SCHEMA,
        site=site.name,
        start=iso(start_ns),
        end=iso(end_ns),
        status="draft",
        simulated=site.info.simulated,
        software=f"greendc {software}",
        signature="",
        public_key="",
        files={},
        inputs=inputs,
    )
    told("signing")
    content = signed(manifest, {**pages, "figures.json": figures + b"\n"}, signing_key(data_dir))
    _replace(folder, content)
    note = BuiltNote(folder=folder.name, manifest=digest(content[MANIFEST]), start_ns=start_ns, end_ns=end_ns)
    body = msgspec.json.encode(note).decode()
    ledger.append(Event(time_ns=asked_ns or end_ns, kind=BUILT, subject=folder.name, principal=by, body=body))
    return folder


def _refuse_foreign(folder: Path) -> None:
    """Protect what is no report: the folder is replaced as a whole."""
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST).is_file()):
        return
    if folder.exists():
        raise ConfigError.single("report.foreign", hint="report.foreign_hint", file=folder)


def _replace(folder: Path, content: Mapping[str, bytes]) -> None:
    """Put a folder in place as a whole."""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    stale = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        fresh.mkdir(parents=True)
        for name, data in content.items():
            (fresh / name).write_bytes(data)
        if folder.exists():
            folder.rename(stale)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(stale, ignore_errors=True)
