"""``greendc import`` and ``greendc export``: readings from a file and into one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    settings_from,
    site_of,
    store_of,
    usable_folder,
)
from greendc.cli.output import Output
from greendc.cli.store import SAY_EACH_S, progress
from greendc.clock import SystemClock, from_iso
from greendc.errors import EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import t


def import_(
    file: Annotated[Path, typer.Argument(help=t("store.option.file"))],
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("store.option.dry_run"))] = False,
    json: JsonOption = False,
) -> None:
    """Store the readings of a CSV file."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        known = site_of(settings)
        devices = {device.name for device in known.devices} | known.owners().keys()
        if not file.is_file():
            raise ConfigError.single("errors.file_missing", file=file)

        from greendc.storage.csv_import import import_csv
        from greendc.storage.writer_lock import writer_lock

        def run(folder: Path) -> None:
            opened = None if dry_run else store_of(settings, read_only=False)
            now_ns = SystemClock().now_ns()
            marks = folder / "store"
            found = import_csv(file, known.name, devices, opened, now_ns=now_ns, marks=marks, say=_lines())
            if opened is not None:
                opened.close()
            key = "store.import.tried" if dry_run else "store.import.done"
            out.say(t(key, lines=found.lines, stored=found.stored, skipped=found.skipped, bad=found.bad))
            out.finish(found, found.problems, code=EXIT_FINDINGS if found.bad else EXIT_OK)

        if dry_run:
            run(settings.data_dir)
        with writer_lock(usable_folder(settings.data_dir)):
            run(settings.data_dir)

    out.guard(action)


def export(
    file: Annotated[Path, typer.Argument(help=t("store.option.out"))],
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    device: Annotated[str | None, typer.Option("--device", help=t("store.option.device"))] = None,
    quantity: Annotated[str | None, typer.Option("--quantity", help=t("store.option.quantity"))] = None,
    start: Annotated[str | None, typer.Option("--from", help=t("store.option.from"))] = None,
    end: Annotated[str | None, typer.Option("--to", help=t("store.option.to"))] = None,
    form: Annotated[str, typer.Option("--format", help=t("store.option.format"))] = "",
    json: JsonOption = False,
) -> None:
    """Write readings into a file."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        name = site_of(settings).name

        from greendc.storage.export import FORMATS, SUFFIXES
        from greendc.storage.export import export as write_file
        from greendc.storage.pieces import ALL_TIME_NS

        chosen = form or SUFFIXES.get(file.suffix, "")
        if chosen not in FORMATS:
            raise ConfigError.single("store.export.format", file=file, known=", ".join(FORMATS))
        try:
            window = max(0, from_iso(start)) if start else 0, min(from_iso(end), ALL_TIME_NS) if end else ALL_TIME_NS
        except ValueError as error:
            raise ConfigError.single("cli.time", hint="cli.time_hint", why=str(error)) from error
        if file.exists() and not file.is_file():
            raise ConfigError.single("store.export.no_file", file=file)
        if window[0] >= window[1]:
            raise ConfigError.single("store.export.period")
        opened = store_of(settings)
        keys = opened.series(name, device=device, quantity=quantity)
        if not keys:
            raise ConfigError.single("store.export.nothing", hint="store.export.nothing_hint", site=name)
        readings = write_file(opened, keys, window, file, chosen, progress())
        opened.close()
        out.say(t("store.export.done", file=str(file), readings=readings))
        out.finish({"file": str(file), "format": chosen, "readings": readings})

    out.guard(action)


def _lines() -> Callable[[int], None]:
    """Return what says on a terminal how many lines were read, now and then."""
    said_s = 0.0

    def say(lines: int) -> None:
        nonlocal said_s
        if sys.stderr.isatty() and time.monotonic() - said_s > SAY_EACH_S:
            said_s = time.monotonic()
            sys.stderr.write(f"\r{lines}")
            sys.stderr.flush()

    return say
