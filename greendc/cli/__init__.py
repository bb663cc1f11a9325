"""The one console script. Every package is imported inside the command that needs it."""

from __future__ import annotations

import sys

import typer

from greendc.cli import (
    advise,
    alarms,
    audit,
    demo,
    detect,
    evaluate,
    figures,
    files,
    forecast,
    inspect,
    judge,
    quality,
    report,
    savings,
    schedule,
    serve,
    simulate,
    store,
)
from greendc.cli.output import Output
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, Problem
from greendc.texts import t

app = typer.Typer(
    name="greendc",
    help=t("cli.help.greendc"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    ("demo", demo.demo),
    ("up", demo.up),
    ("init", inspect.init),
    ("check", inspect.check),
    ("probe", inspect.probe),
    ("doctor", inspect.doctor),
    ("version", inspect.version),
    ("collect", serve.collect),
    ("ingest", serve.ingest),
    ("edge", serve.edge),
    ("analyse", serve.analyse),
    ("dashboard", serve.dashboard),
    ("simulate", simulate.simulate),
    ("broker", serve.broker),
    ("kpi", figures.kpi),
    ("quality", quality.quality),
    ("detect", detect.detect),
    ("savings", savings.savings),
    ("forecast", forecast.forecast),
    ("schedule", schedule.schedule),
    ("account", judge.account),
    ("verify", report.verify),
    ("audit", audit.audit),
    ("evaluate", evaluate.evaluate),
    ("import", files.import_),
    ("export", files.export),
)
_AREAS = {"report": "report_build"}
"""Groups whose texts have another name."""
GROUPS = (("alarms", alarms), ("advise", advise), ("report", report), ("store", store))

for _name, _function in COMMANDS:
    app.command(_name, help=t(f"cli.help.{_name}"))(_function)


for _name, _group in GROUPS:
    app.add_typer(_group.group(), name=_name, help=t(f"{_AREAS.get(_name, _name)}.help.{_name}"))


def main() -> None:
    """Run the command line; an interrupt ends with exit code 130, a mistake in the words with 2 and, asked, in JSON."""
    try:
        sys.exit(_in_json() if "--json" in sys.argv[1:] else app())
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _in_json() -> int:
    """Run a command that answers in JSON, so that an option that lacks or cannot be is told in the envelope too."""
    try:
        return int(app(standalone_mode=False) or EXIT_OK)
    except typer.TyperException as error:
        problem = Problem(key="cli.usage", params={"why": error.format_message()})
        try:
            Output(as_json=True).finish(None, [problem], code=EXIT_CONFIG)
        except typer.Exit as end:
            return int(end.exit_code)
    except typer.Abort:
        return EXIT_FAILED
