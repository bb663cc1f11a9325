"""The command that shows the loss account, and the window of commands that take one."""

from __future__ import annotations

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
)
from greendc.cli.output import Output
from greendc.clock import NS_PER_HOUR, SystemClock, from_iso, iso
from greendc.errors import EXIT_FAILED, EXIT_OK, ConfigError
from greendc.texts import t

FromOption = Annotated[str | None, typer.Option("--from", help=t("cli.option.from"))]
ToOption = Annotated[str | None, typer.Option("--to", help=t("cli.option.to"))]


def window_of(start: str | None, end: str | None) -> tuple[int, int]:
    """Return the window of the two options; by default the last 24 hours."""
    try:
        end_ns = from_iso(end) if end else SystemClock().now_ns()
        start_ns = from_iso(start) if start else end_ns - 24 * NS_PER_HOUR
    except ValueError as error:
        raise ConfigError.single("cli.time", hint="cli.time_hint", why=str(error)) from error
    if start_ns >= end_ns:
        raise ConfigError.single("cli.window", start=iso(start_ns), end=iso(end_ns))
    return start_ns, end_ns


def account(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show where every reading went: sampled = stored + spooled + quarantined + dropped."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        known = site_of(settings)

        from greendc.account import account as close_account

        report = close_account(known.name, settings.data_dir, store_of(settings))
        if not report.rows:
            raise ConfigError.single("cli.account.nothing", hint="cli.account.nothing_hint", file=settings.data_dir)
        out.say(t("cli.account.head"))
        for row in report.rows:
            dropped = sum(row.dropped.values())
            out.say(
                f"{row.node:16} {iso(row.hour_ns)[:13]}  {row.sampled:9} {row.stored:9} {row.spooled:9}"
                f" {row.quarantined:6} {dropped:6} {row.lost:6}"
            )
        out.say(t("cli.account.closes" if report.closes else "cli.account.open", lost=report.lost))
        out.finish(report, code=EXIT_OK if report.closes else EXIT_FAILED)

    out.guard(action)
