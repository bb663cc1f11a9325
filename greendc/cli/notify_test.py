"""The command that sends a test message over the channels of a site."""

from __future__ import annotations

from typing import Annotated

import typer

from greendc.cli.options import JsonOption, SiteOption, settings_from, site_of
from greendc.cli.output import Output
from greendc.clock import SystemClock
from greendc.errors import EXIT_FAILED, EXIT_OK, ConfigError
from greendc.texts import t


def notify_test(
    site: SiteOption = None,
    channel: Annotated[str | None, typer.Option("--channel", help=t("notify.cli.channel"))] = None,
    json: JsonOption = False,
) -> None:
    """Send a test message over each channel, or over one."""
    out = Output(as_json=json)

    def action() -> None:
        known = site_of(settings_from(site))
        chosen = [notifier for notifier in known.notify if channel in {None, notifier.name}]
        if not known.notify:
            raise ConfigError.single("notify.cli.none")
        if not chosen:
            raise ConfigError.single("notify.cli.unknown", name=channel or "")

        from analytics.notify import send_test

        failures = {notifier.name: send_test(notifier, known, SystemClock()) for notifier in chosen}
        for name, why in failures.items():
            out.say(t("notify.cli.failed", name=name, why=why) if why else t("notify.cli.sent", name=name))
        data = [{"channel": name, "sent": not why, "error": why} for name, why in failures.items()]
        out.finish(data, code=EXIT_FAILED if any(failures.values()) else EXIT_OK)

    out.guard(action)
