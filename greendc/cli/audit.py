"""The command that reads days again and compares them with the chain of daily digests."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

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
from greendc.clock import SystemClock, iso
from greendc.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.reports.chain import AuditedDay, KeptFile
    from greendc.settings import Settings

FromOption = Annotated[str | None, typer.Option("--from", help=t("chain.cli.from"))]
ToOption = Annotated[str | None, typer.Option("--to", help=t("chain.cli.to"))]
SHOWN = 20


def audit(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    start: FromOption = None,
    end: ToOption = None,
    json: JsonOption = False,
) -> None:
    """Read days again and compare them with the chain of daily digests."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        first, last = _day(start, dt.date.min), _day(end, dt.date.max)
        known = site_of(settings)

        from analytics.reports.chain import audit as read_again
        from analytics.reports.chain import head
        from greendc.storage.retention import RAW, retention_of

        kept_ns = retention_of(settings).of(RAW)
        with ExitStack() as opened:
            ledger = opened.enter_context(closing(ledger_of(settings)))
            history = opened.enter_context(closing(store_of(settings)))
            file = _file(settings)
            if file is not None:
                opened.callback(file.close)
            found = read_again(
                ledger,
                history,
                known,
                first,
                last,
                file=file,
                raw_from_ns=SystemClock().now_ns() - kept_ns if kept_ns else 0,
                told=lambda done, of: _tell(out, done, of),
            )
            n, newest = head(ledger)
        _say(out, found, n, newest)
        out.finish({"head": {"n": n, "hash": newest}, "days": found}, code=_code(found), ok=bool(found))

    out.guard(action)


def _day(text: str | None, other: dt.date) -> dt.date:
    if text is None:
        return other
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError.single("chain.cli.bad_day", hint="chain.cli.bad_day_hint", text=text) from error


def _file(settings: Settings) -> KeptFile | None:
    """Return the finer digests beside the ledger, None where there are none."""
    from analytics.reports.chain import FILE, KeptFile

    path = settings.data_dir / FILE
    return KeptFile(path, read_only=True) if path.exists() else None


def _tell(out: Output, done: int, of: int) -> None:
    if done % SHOWN == 0 and done < of:
        out.say(t("chain.cli.reading", done=str(done), of=str(of)))


def _say(out: Output, found: list[AuditedDay], n: int, newest: str) -> None:
    from analytics.reports.chain import Standing

    if not found:
        out.say(t("chain.cli.none"))
        return
    for day in found:
        if day.standing is not Standing.SAME:
            _say_day(out, day)
    read = sum(day.standing is not Standing.EXPIRED for day in found)
    bad = sum(day.standing is Standing.ALTERED for day in found)
    key = "chain.cli.differs" if bad else "chain.cli.sound"
    out.say(t(key, count=str(bad), days=str(read), n=str(n), hash=newest))


def _say_day(out: Output, day: AuditedDay) -> None:
    standing = t(f"chain.standing.{day.standing.value}")
    numbers = {"link": str(day.link), "expected": str(day.expected), "found": str(day.found)}
    out.say(t("chain.cli.day", day=day.day.isoformat(), standing=standing, **numbers))
    shown = sorted(day.changes, key=lambda one: not one.altered)
    for change in shown[:SHOWN]:
        span = {"start": iso(change.start_ns), "end": iso(change.end_ns)}
        counts = {"before": str(change.before), "after": str(change.after)}
        out.say(t("chain.cli.change", series=day.names.get(change.series, change.series), **span, **counts))
    if len(shown) > SHOWN:
        out.say(t("chain.cli.more", count=str(len(shown) - SHOWN)))


def _code(found: list[AuditedDay]) -> int:
    from analytics.reports.chain import Standing

    if not found:
        return EXIT_FAILED
    return EXIT_FINDINGS if any(day.standing is Standing.ALTERED for day in found) else EXIT_OK
