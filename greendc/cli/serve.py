"""Commands that run until they are stopped: one process of a site each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from greendc.cli.options import (
    BrokerOption,
    DataOption,
    SiteOption,
    StoreOption,
    ledger_of,
    port_of,
    settings_from,
    site_of,
    site_path,
    store_of,
    usable_folder,
)
from greendc.cli.output import Output
from greendc.cli.running import run_async, start_service, stop_event
from greendc.clock import SystemClock
from greendc.site import CENTRE
from greendc.status import write_status
from greendc.texts import t


def collect(
    site: SiteOption = None,
    data: DataOption = None,
    shard: Annotated[str, typer.Option("--shard", help=t("cli.option.shard"))] = "",
) -> None:
    """Poll the site's devices into the spool."""

    def action() -> None:
        settings = settings_from(site, data)
        start_service(settings.get("log_level"))
        known, folder, clock = site_of(settings), usable_folder(settings.data_dir), SystemClock()

        from collectors.collect import run_collect
        from collectors.shard import parse_shard, share
        from greendc.spool import Spool

        devices, name = known.devices, "collect"
        if shard:
            number, count = parse_shard(shard)
            # Shards of one machine share its data directory, so each has a spool and a status of its own.
            devices, name = share(devices, number, count), f"collect-{number}-of-{count}"
        spool = Spool(folder / "spool" / f"{name}.sqlite", site=known.name, node=CENTRE, clock=clock)
        run_async(
            run_collect(
                known.name,
                CENTRE,
                devices,
                known.credentials,
                spool,
                clock=clock,
                on_status=lambda status: write_status(folder, name, status),
            )
        )
        spool.close()

    Output(as_json=False).guard(action)


def ingest(
    site: SiteOption = None, data: DataOption = None, store: StoreOption = None, broker: BrokerOption = None
) -> None:
    """Write what the spools and the broker bring into the store."""

    def action() -> None:
        settings = settings_from(site, data, store, broker)
        start_service(settings.get("log_level"))
        known = site_of(settings)

        from collectors.ingest import run_ingest
        from greendc.broker import parse_broker

        address = parse_broker(settings)
        usable_folder(settings.data_dir)
        sink = store_of(settings, read_only=False)
        run_async(
            run_ingest(
                known.name,
                settings.data_dir,
                sink,
                broker=address,
                clock=SystemClock(),
                owners=known.owners(),
            )
        )
        sink.close()

    Output(as_json=False).guard(action)


def edge(
    config: Annotated[Path, typer.Option("--config", help=t("cli.option.edge_config"))] = Path("edge.toml"),
    data: DataOption = None,
) -> None:
    """Run the agent of an edge site."""

    def action() -> None:
        settings = settings_from(None, data)
        start_service(settings.get("log_level"))

        from edge_agent.agent import run_edge
        from edge_agent.config import read_edge

        known = read_edge(config)
        run_async(run_edge(known, usable_folder(settings.data_dir), clock=SystemClock()))

    Output(as_json=False).guard(action)


def analyse(site: SiteOption = None, data: DataOption = None, store: StoreOption = None) -> None:
    """Compute figures, alarms, advice and reports on schedule."""

    def action() -> None:
        settings = settings_from(site, data, store)
        start_service(settings.get("log_level"))
        known = site_of(settings)

        from analytics.reports import account_lines
        from analytics.service import pace_of, run_analyse
        from greendc.storage.retention import retention_of

        folder = settings.data_dir
        run_analyse(
            known,
            lambda: store_of(settings),
            ledger_of(settings),
            folder,
            stop=stop_event(),
            pace=pace_of(
                simulated=known.info.simulated,
                settle_days=settings.get("settle_days"),
                raw_days=retention_of(settings).raw,
            ),
            account=lambda start_ns, end_ns: account_lines(known.name, folder, start_ns, end_ns),
        )

    Output(as_json=False).guard(action)


def dashboard(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    address: Annotated[str | None, typer.Option("--address", help=t("settings.dashboard_address"))] = None,
    port: Annotated[int | None, typer.Option("--port", help=t("settings.dashboard_port"))] = None,
) -> None:
    """Serve the pages."""

    def action() -> None:
        settings = settings_from(site, data, store)
        start_service(settings.get("log_level"))
        site_of(settings)

        from dashboard.serve import command

        argv, environ = command(
            site_path(settings),
            settings.data_dir,
            settings.get("store"),
            address or settings.get("dashboard_address"),
            port_of(settings, port),
        )
        os.execve(argv[0], argv, {**os.environ, **environ})  # noqa: S606 (our own command line, no shell)

    Output(as_json=False).guard(action)


def broker(
    port: Annotated[int, typer.Option("--port", help=t("cli.option.broker_port"))] = 1883, data: DataOption = None
) -> None:
    """Run the embedded broker on the loopback."""

    def action() -> None:
        settings = settings_from(None, data)
        start_service(settings.get("log_level"))

        from greendc.embedded_broker import run_broker

        run_broker(port, usable_folder(settings.data_dir), stop=stop_event())

    Output(as_json=False).guard(action)
