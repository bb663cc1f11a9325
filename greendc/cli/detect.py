"""The command that looks for anomalies in a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import JsonOption
from greendc.cli.output import Output
from greendc.cli.store import progress
from greendc.errors import ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.detection.table_result import Summary

FileArgument = Annotated[Path, typer.Argument(help=t("detect.file"))]
TimeOption = Annotated[str, typer.Option("--time-column", help=t("detect.time_column"))]
ColumnsOption = Annotated[str | None, typer.Option("--columns", help=t("detect.columns"))]
MultivariateOption = Annotated[bool, typer.Option("--multivariate", help=t("detect.multivariate"))]
TrainOption = Annotated[int | None, typer.Option("--train-rows", help=t("detect.train_rows"))]
OutOption = Annotated[Path, typer.Option("--out", help=t("detect.out"))]


def detect(
    file: FileArgument,
    time_column: TimeOption,
    out_file: OutOption,
    columns: ColumnsOption = None,
    multivariate: MultivariateOption = False,
    train_rows: TrainOption = None,
    json: JsonOption = False,
) -> None:
    """Give each row of a file a score and an alarm, as the live system would have."""
    out = Output(as_json=json)

    def action() -> None:
        _usable(file, out_file)
        if train_rows is not None and not multivariate:
            raise ConfigError.single("detect.train_rows_alone", path="--train-rows")

        from analytics.detection.table import read_table
        from analytics.detection.table_detection import detect_columns, detect_group
        from analytics.detection.table_result import check_names, summary, write_result

        wanted = [name.strip() for name in columns.split(",") if name.strip()] if columns else []
        table = read_table(file, time_column, wanted)
        check_names(table, multivariate=multivariate)
        say = progress()
        found = detect_group(table, train_rows, say) if multivariate else detect_columns(table, say)
        write_result(found, out_file)
        short = summary(found, out_file)
        _say(out, short)
        out.finish(short, [*table.problems, *found.problems])

    out.guard(action)


def _usable(file: Path, out_file: Path) -> None:
    """Refuse paths that cannot be meant.

    Raises:
        ConfigError: there is no such file, or the result has no place.
    """
    if not file.is_file():
        raise ConfigError.single("errors.file_missing", file=file)
    if not out_file.parent.is_dir():
        raise ConfigError.single("detect.no_folder", file=out_file)
    if out_file.exists() and out_file.samefile(file):
        raise ConfigError.single("detect.out_is_file", file=out_file)
    if out_file.exists() and not out_file.is_file():
        raise ConfigError.single("detect.out_no_file", file=out_file)


def _say(out: Output, short: Summary) -> None:
    out.say(t("detect.done", file=short.out, rows=short.rows, episodes=len(short.episodes)))
    for name, count in short.episodes_per_column.items():
        first = next((each.time for each in short.episodes if each.column == name), None)
        if first is not None:
            out.say(t("detect.of_column", name=name, episodes=count, first=first))
