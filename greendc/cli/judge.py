"""Commands that answer from stored data: the loss account, reports and their verification."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    ledger_of,
    settings_from,
    site_of,
    store_of,
)
from greendc.cli.output import Output
from greendc.clock import NS_PER_HOUR, SystemClock, from_iso, iso
from greendc.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import LANGUAGES, language, t

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


def report(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    start: FromOption = None,
    end: ToOption = None,
    out_dir: Annotated[Path | None, typer.Option("--out", help=t("cli.option.out"))] = None,
    lang: Annotated[str, typer.Option("--lang", help=t("cli.option.langs"))] = "",
    json: JsonOption = False,
) -> None:
    """Write a signed report of a period."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        start_ns, end_ns = window_of(start, end)
        known = site_of(settings)
        langs = [part.strip() for part in lang.split(",") if part.strip()] or [language()]
        unknown = [part for part in langs if part not in LANGUAGES]
        if unknown:
            raise ConfigError.single("cli.language", name=unknown[0])
        day = dt.datetime.fromtimestamp(end_ns / 1e9, tz=dt.UTC)
        folder = out_dir or settings.data_dir / "reports" / f"{day:%Y%m%dT%H%M%SZ}"

        from analytics.reports import account_lines, build

        written = build(
            known,
            store_of(settings),
            ledger_of(settings),
            start_ns,
            end_ns,
            folder,
            langs=langs,
            data_dir=settings.data_dir,
            account=account_lines(known.name, settings.data_dir, start_ns, end_ns),
        )
        names = sorted(path.name for path in written.iterdir())
        out.say(t("cli.report.done", folder=str(written), files=", ".join(names)))
        out.finish({"folder": str(written), "files": names})

    out.guard(action)


def verify(
    folder: Annotated[Path, typer.Argument(help=t("cli.option.report_folder"))],
    key: Annotated[Path | None, typer.Option("--key", help=t("cli.option.public_key"))] = None,
    json: JsonOption = False,
) -> None:
    """Check a report folder's hashes and signature; needs no store and no network."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.reports import verify as check_folder

        findings = check_folder(folder, key)
        for finding in findings:
            out.say(finding.sentence())
        bad = any(finding.level == "error" for finding in findings)
        out.say(t("cli.verify.bad" if bad else "cli.verify.good", folder=str(folder)))
        out.finish(findings, code=EXIT_FINDINGS if bad else EXIT_OK)

    out.guard(action)
