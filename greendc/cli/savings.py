"""The command that tells what a measure saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import JsonOption
from greendc.cli.output import Output
from greendc.errors import EXIT_OK, ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.detection.table import Table
    from analytics.verification import Observations, SavingsReport


def savings(
    baseline: Annotated[Path, typer.Option("--baseline", help=t("savings.cli.baseline"))],
    reporting: Annotated[Path, typer.Option("--reporting", help=t("savings.cli.reporting"))],
    target: Annotated[str, typer.Option("--target", help=t("savings.cli.target"))],
    drivers: Annotated[str, typer.Option("--drivers", help=t("savings.cli.drivers"))] = "",
    on_off: Annotated[str, typer.Option("--on-off", help=t("savings.cli.on_off"))] = "",
    time_column: Annotated[str, typer.Option("--time-column", help=t("savings.cli.time_column"))] = "time",
    json: JsonOption = False,
) -> None:
    """Tell what a measure saved, with its range, or why that cannot be said yet."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.detection.table import read_table
        from analytics.verification import verify_savings
        from analytics.verification.target import unit_of

        names = [part.strip() for part in drivers.split(",") if part.strip()]
        if target in names:
            raise ConfigError.single("savings.cli.same", hint="savings.cli.same_hint", name=target)
        unit, _ = unit_of(target)
        before = read_table(baseline, time_column, [target, *names])
        after = read_table(reporting, time_column, [target, *names, *([on_off] if on_off else [])])
        report = verify_savings(_rows(before, target, names), _rows(after, target, names, on_off), unit)
        _say(out, report)
        out.finish(report, [*before.problems, *after.problems], code=EXIT_OK)

    out.guard(action)


def _rows(table: Table, target: str, drivers: Sequence[str], on_off: str = "") -> Observations:
    """Return the rows of a table.

    Raises:
        ConfigError: too few can be used, the target is a register, or the switch says more than on and off.
    """
    import numpy as np

    from analytics.verification import observations
    from analytics.verification.target import is_register, unit_of

    order = table.order()
    columns = {name: table.values[order, place] for place, name in enumerate(table.names)}
    known = columns[target][np.isfinite(columns[target])]
    if is_register(known):
        raise ConfigError.single(
            "savings.cli.register", hint="savings.cli.register_hint", file=Path(table.file), name=target
        )
    switched = columns[on_off] if on_off else None
    if switched is not None:
        states = np.unique(switched[np.isfinite(switched)])
        strange = states[(states != 0) & (states != 1)]
        if len(strange):
            raise ConfigError.single(
                "savings.cli.on_off_values",
                hint="savings.cli.on_off_values_hint",
                file=Path(table.file),
                name=on_off,
                text=f"{strange[0]:g}",
            )
    try:
        return observations(
            table.time_ns[order],
            columns[target],
            np.column_stack([columns[name] for name in drivers]) if drivers else np.empty((len(order), 0)),
            drivers,
            switched=switched,
            energy=unit_of(target)[1],
        )
    except ValueError as error:
        raise ConfigError.single(
            "savings.cli.no_rows", hint="savings.cli.no_rows_hint", file=Path(table.file)
        ) from error


def _say(out: Output, report: SavingsReport) -> None:
    out.say(t("savings.cli.head", verdict=t(f"savings.verdict.{report.verdict}")))
    if report.saving is None:
        out.say(t("savings.cli.unknown"))
    else:
        out.say(
            t(
                "savings.cli.saved",
                saving=_number(report.saving),
                unit=report.unit,
                level=_number(100 * report.level),
                low=_number(report.low),
                high=_number(report.high),
                ratio=_percent(report.saving_ratio),
            )
        )
        out.say(
            t(
                "savings.cli.model",
                method=t(f"savings.method.{report.method}"),
                model=report.model,
                cv_rmse=_percent(report.cv_rmse),
                nmbe=_percent(report.nmbe),
                n_eff=_number(report.n_eff),
                coverage=_percent(report.coverage),
                completeness=_percent(report.completeness),
            )
        )
    for reason in report.reasons:
        out.say(f"- {reason.sentence()}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.3g}"
