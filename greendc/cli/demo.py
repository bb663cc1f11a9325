"""``greendc demo`` and ``greendc up``: one command that starts every process of a site and says how it fares."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.broker import parse_broker
from greendc.cli.options import (
    BrokerOption,
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    settings_from,
    site_of,
    site_path,
)
from greendc.cli.output import Output
from greendc.cli.site_run import (
    ANY_PORT,
    USUAL_BROKER,
    USUAL_BROKER_PORT,
    Progress,
    SiteRun,
    fresh_demo_dir,
    only_run,
    page_port,
)
from greendc.errors import EXIT_FAILED, EXIT_OK, Problem
from greendc.storage import check_address
from greendc.texts import language, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greendc.settings import Settings

BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help=t("cli.option.browser"))]
DurationOption = Annotated[float | None, typer.Option("--duration", help=t("cli.option.duration"))]
PortOption = Annotated[int | None, typer.Option("--port", help=t("settings.dashboard_port"))]
LINE_EACH_S = 10.0
TICK_S = 0.25


def demo(
    preset: Annotated[str, typer.Argument(help=t("cli.option.preset"))] = "room",
    data: DataOption = None,
    store: StoreOption = None,
    port: PortOption = None,
    browser: BrowserOption = True,
    duration: DurationOption = None,
    seed: Annotated[int, typer.Option("--seed", help=t("cli.option.seed"))] = 1,
    backfill: Annotated[str, typer.Option("--backfill", help=t("cli.option.backfill"))] = "30d",
    json: JsonOption = False,
) -> None:
    """Show a live simulated site: devices, collectors, store, analytics and dashboard on this machine."""
    out = Output(as_json=json)

    def action() -> None:
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        folder = Path(data) if data else settings_from().data_dir / "demo"
        settings = settings_from(str(folder / "site.toml"), str(folder), store)
        check_address(settings.get("store"))
        page = page_port(settings, port)
        with only_run(folder), _stoppable() as stopped, SiteRun(settings, out.say) as run:
            fresh_demo_dir(folder)
            out.say(t("cli.demo.starting", folder=str(folder)))
            # A port of its own, so that the demo never meets the processes of a real site.
            run.start_broker(ANY_PORT)
            run.start_simulator(preset, seed=seed, backfill=backfill)
            run.start_site(page, nodes=True)
            _show(run, out, duration, stopped, browser=browser, must_store=True)

    out.guard(action)


def up(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    broker: BrokerOption = None,
    port: PortOption = None,
    browser: BrowserOption = False,
    duration: DurationOption = None,
    json: JsonOption = False,
) -> None:
    """Run a real site: every process that a site file needs, on this machine."""
    out = Output(as_json=json)

    def action() -> None:
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        settings = _absolute(settings_from(site, data, store, broker), store, broker)
        known = site_of(settings)
        check_address(settings.get("store"))
        own_broker = settings.get("broker") == USUAL_BROKER
        if not own_broker:
            parse_broker(settings)
        page = page_port(settings, port)
        with only_run(settings.data_dir), _stoppable() as stopped, SiteRun(settings, out.say) as run:
            out.say(t("cli.up.starting", site=known.info.title(language()), devices=len(known.devices)))
            if own_broker:
                run.start_broker(USUAL_BROKER_PORT)
            run.start_site(page, nodes=False)
            _show(run, out, duration, stopped, browser=browser)

    out.guard(action)


def _absolute(settings: Settings, store: str | None, broker: str | None) -> Settings:
    """Return the settings with paths that the child processes understand wherever they run."""
    return settings_from(str(site_path(settings).resolve()), str(settings.data_dir.resolve()), store, broker)


@contextlib.contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Turn the first SIGINT or SIGTERM into an orderly end; give back what was set before."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda got, _frame: asked.append(got))
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(
    run: SiteRun,
    out: Output,
    duration: float | None,
    stopped: Callable[[], bool],
    *,
    browser: bool,
    must_store: bool = False,
) -> None:
    """Say how the site fares until it is over or stopped; with ``must_store`` a run that kept nothing has failed."""
    opened, next_line_s = False, 0.0
    while not stopped() and (duration is None or run.age_s() < duration):
        run.tend()
        if run.page_answers() and not opened:
            opened = True
            out.say(t("cli.demo.ready", url=run.url, data=str(run.data_dir)))
            if browser:
                webbrowser.open(run.url)
        if run.age_s() >= next_line_s and run.first_reading_s is not None:
            out.say(_line(run.progress()))
            next_line_s = run.age_s() + LINE_EACH_S
        time.sleep(TICK_S)
    out.say(t("cli.demo.stopping"))
    progress = run.progress(with_pue=True)
    problems = [Problem(key="cli.demo.child_failed", params={"name": n, "why": w}) for n, w in run.failures()]
    run.stop()
    if must_store and not progress.readings_stored:
        why = run.trouble or t("cli.demo.see_logs")
        problems.append(Problem(key="cli.demo.nothing_stored", params={"why": why.rstrip(".。")}))
    if out.as_json or problems:
        out.finish(progress, problems, code=EXIT_FAILED if problems else EXIT_OK)


def _line(progress: Progress) -> str:
    ratio = progress.backfilled_ratio
    minutes, seconds = divmod(int(progress.age_s), 60)
    return t(
        "cli.demo.line",
        clock=f"{minutes:02d}:{seconds:02d}",
        readings=f"{progress.readings_stored:,}",
        up=progress.devices_up,
        total=progress.devices_total,
        history="" if ratio is None else t("cli.demo.history", share=f"{ratio:.0%}"),
        pue="—" if progress.pue is None else f"{progress.pue:.3f}",
        alarms=progress.alarms_open,
        advice=progress.advice_open,
    )
