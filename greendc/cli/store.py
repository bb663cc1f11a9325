"""``greendc store``: what the store holds, and what a person does with it as a whole."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from greendc.cli.output import Output, failure
from greendc.clock import iso
from greendc.errors import EXIT_FAILED, EXIT_OK, StoreError
from greendc.texts import t

if TYPE_CHECKING:
    from greendc.storage.transfer import Moved

SAY_EACH_S = 1.0


def stats(
    site: SiteOption = None, data: DataOption = None, store: StoreOption = None, json: JsonOption = False
) -> None:
    """Say what the store is and what it holds of a site."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        name = site_of(settings).name

        from greendc.storage.retention import retention_of
        from greendc.storage.stats import stats_of

        opened = store_of(settings)
        found = stats_of(opened, name, settings.get("store"), settings.data_dir, retention_of(settings))
        opened.close()
        out.say(t("store.stats.store", url=found.url, product=found.product, version=found.version))
        out.say(t(f"store.stats.{found.tried}", versions=", ".join(found.tried_versions)))
        out.say(t("store.stats.site", site=name, series=found.series, readings=found.readings))
        if found.newest_ns:
            out.say(t("store.stats.newest", newest=iso(found.newest_ns)))
        if found.bytes_on_disk:
            per = found.bytes_on_disk / max(found.readings, 1)
            out.say(t("store.stats.size", megabytes=f"{found.bytes_on_disk / 1e6:.1f}", per=f"{per:.2f}"))
        for level, days in found.retention_days.items():
            key = "store.stats.kept" if days else "store.stats.forever"
            out.say(t(key, level=level, days=days))
        out.finish(found)

    out.guard(action)


def init(data: DataOption = None, store: StoreOption = None, json: JsonOption = False) -> None:
    """Make the database or bucket, its rollup levels and their retention; doing it again is harmless."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(None, data, store)
        usable_folder(settings.data_dir)
        opened = store_of(settings, read_only=False)

        from greendc.storage import EMBEDDED

        if settings.get("store") != EMBEDDED:
            from greendc.storage.influx.store import InfluxStore

            if isinstance(opened, InfluxStore):
                opened.initialise()
        opened.close()
        out.say(t("store.init.done", url=settings.get("store")))
        out.finish({"store": settings.get("store")})

    out.guard(action)


def compact(data: DataOption = None, store: StoreOption = None, json: JsonOption = False) -> None:
    """Roll up, seal and clear out now what the store otherwise does by and by."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(None, data, store)

        from greendc.storage.writer_lock import writer_lock

        with writer_lock(usable_folder(settings.data_dir)):
            opened = store_of(settings, read_only=False)
            began_s = time.monotonic()
            opened.compact()
            opened.close()
        seconds = time.monotonic() - began_s
        out.say(t("store.compact.done", seconds=f"{seconds:.1f}"))
        out.finish({"seconds": round(seconds, 3)})

    out.guard(action)


def migrate(
    target: Annotated[str, typer.Argument(help=t("store.option.target"))],
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    target_data: Annotated[Path | None, typer.Option("--target-data", help=t("store.option.target_data"))] = None,
    json: JsonOption = False,
) -> None:
    """Copy all readings of a site into another store, and compare the digests of both."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        name = site_of(settings).name
        folder = usable_folder(target_data or settings.data_dir)
        aim = settings_from(site, str(folder), target)

        from greendc.errors import ConfigError
        from greendc.storage import check_address
        from greendc.storage.transfer import move
        from greendc.storage.writer_lock import writer_lock

        check_address(target)
        if target == settings.get("store") and folder.resolve() == settings.data_dir.resolve():
            raise ConfigError.single("store.migrate.itself")
        with writer_lock(folder):
            source, opened = store_of(settings), store_of(aim, read_only=False)
            # A target that is away is said now; only one that goes away later is waited for.
            opened.count(name)
            moved = move(
                source,
                opened,
                name,
                progress_file=folder / "store" / "migrate.json",
                target_name=f"{settings.data_dir.resolve()} {settings.get('store')} {target}",
                say=progress(),
            )
            source.close()
            opened.close()
        finish_moved(out, moved)

    out.guard(action)


def backup(
    folder: Annotated[Path, typer.Argument(help=t("store.option.backup"))],
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write all readings of a site into a folder, with their digest."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)

        from greendc.storage.transfer import back_up

        opened = store_of(settings)
        manifest = back_up(opened, site_of(settings).name, folder, progress())
        opened.close()
        out.say(t("store.backup.done", folder=str(folder), readings=manifest.digest.readings))
        out.say(t("store.digest", sha256=manifest.digest.sha256))
        out.finish(manifest)

    out.guard(action)


def restore(
    folder: Annotated[Path, typer.Argument(help=t("store.option.backup"))],
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write a backup's readings into the store, and prove it by their digest."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(None, data, store)

        from greendc.storage.transfer import read_manifest
        from greendc.storage.transfer import restore as write_back
        from greendc.storage.writer_lock import writer_lock

        read_manifest(folder)
        with writer_lock(usable_folder(settings.data_dir)):
            opened = store_of(settings, read_only=False)
            moved = write_back(folder, opened, progress())
            opened.close()
        finish_moved(out, moved)

    out.guard(action)


def finish_moved(out: Output, moved: Moved) -> None:
    """Say both digests; end well only when they are the same."""
    from greendc.storage.transfer import check_same

    for side, found in (("source", moved.source), ("target", moved.target)):
        out.say(t(f"store.side.{side}", readings=found.readings, series=found.series, sha256=found.sha256))
    try:
        check_same(moved)
    except StoreError as error:
        out.finish(moved, [failure(error)], code=EXIT_FAILED)
    out.say(t("store.same"))
    out.finish(moved, code=EXIT_OK)


def progress() -> Callable[[int, int], None]:
    """Return what says on a terminal how far a command has come, now and then."""
    said_s = 0.0

    def say(done: int, total: int) -> None:
        nonlocal said_s
        if sys.stderr.isatty() and (time.monotonic() - said_s > SAY_EACH_S or done == total):
            said_s = time.monotonic()
            sys.stderr.write(f"\r{done} / {total} ({done / max(total, 1):.0%})" + ("\n" if done == total else ""))
            sys.stderr.flush()

    return say


COMMANDS = (
    ("stats", stats),
    ("init", init),
    ("compact", compact),
    ("migrate", migrate),
    ("backup", backup),
    ("restore", restore),
)


def group() -> typer.Typer:
    """Return the group of commands."""
    found = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    for name, function in COMMANDS:
        found.command(name, help=t(f"store.help.{name}"))(function)
    return found
