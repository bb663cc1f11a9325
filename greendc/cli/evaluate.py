"""The command that lays reports of several centres side by side, after verifying each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import JsonOption
from greendc.cli.output import Output
from greendc.display import one_line
from greendc.errors import EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.evaluation import Centre

FoldersArgument = Annotated[list[Path], typer.Argument(metavar="DIR...", help=t("evaluation.cli.folders"))]
OutOption = Annotated[Path | None, typer.Option("--out", help=t("evaluation.cli.out"))]
MOST = 30
NAMES = ("evaluation.zh.html", "evaluation.en.html", "evaluation.xlsx")


def evaluate(folders: FoldersArgument, out_dir: OutOption = None, json: JsonOption = False) -> None:
    """Verify packages of several centres offline and lay them side by side."""
    out = Output(as_json=json)

    def action() -> None:
        if len(folders) > MOST:
            raise ConfigError.single("evaluation.cli.too_many", hint="evaluation.cli.too_many_hint", most=str(MOST))
        if out_dir is not None:
            _refuse_foreign(out_dir)

        from analytics.reports.evaluation import differences, files_of, opened
        from analytics.reports.making import HTML, XLSX, lacking

        missing = lacking((HTML, XLSX)) if out_dir is not None else ()
        if missing:
            packages = ", ".join(sorted({name for one in missing for name in one.packages}))
            formats = ", ".join(one.format for one in missing)
            raise ConfigError.single(
                "report_build.lacking", hint="report_build.lacking_hint", formats=formats, packages=packages
            )
        centres: list[Centre] = []
        for place, folder in enumerate(folders, 1):
            _progress(place, len(folders), folder, quiet=json)
            centres.append(opened(folder, place))
        _say(out, centres)
        for one in differences(centres):
            out.say(f"- {one.sentence()}")
        if out_dir is not None:
            from analytics.reports.placing import place as put

            put(out_dir, files_of(centres))
            out.say(t("evaluation.cli.done", folder=str(out_dir), files=", ".join(NAMES)))
        bad = any(one.stated is None for one in centres)
        out.finish(_data(centres), code=EXIT_FINDINGS if bad else EXIT_OK)

    out.guard(action)


def _refuse_foreign(folder: Path) -> None:
    """Protect what is no comparison: the folder is replaced as a whole."""
    if not folder.exists():
        return
    if not folder.is_dir() or any(path.name not in NAMES for path in folder.iterdir()):
        raise ConfigError.single("evaluation.cli.foreign", hint="evaluation.cli.foreign_hint", file=folder)


def _progress(place: int, of: int, folder: Path, *, quiet: bool) -> None:
    if not quiet:
        line = t("evaluation.cli.opening", place=str(place), of=str(of), folder=one_line(str(folder)))
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _say(out: Output, centres: Sequence[Centre]) -> None:
    from analytics.reports.evaluation.side_by_side import SHOWN_ERRORS
    from greendc.texts import language

    lang = language()
    for centre in centres:
        key = "failed" if centre.stated is None else "sound" if centre.recomputed else "not_recomputed"
        out.say(t("evaluation.cli.centre", name=centre.name(lang), result=t(f"evaluation.result.{key}")))
        for finding in centre.errors[:SHOWN_ERRORS]:
            out.say(f"  {finding.sentence()}")
        left = len(centre.errors) - SHOWN_ERRORS
        if left > 0:
            out.say(f"  {t('evaluation.more', count=str(left))}")


def _data(centres: Sequence[Centre]) -> dict[str, object]:
    """Return what was found, for programs; of a package that failed only why."""
    from analytics.reports.evaluation import differences

    packages: list[dict[str, object]] = []
    for one in centres:
        found: dict[str, object] = {
            "number": one.number,
            "folder": one.folder,
            "sound": one.stated is not None,
            "recomputed": one.recomputed,
            "findings": one.findings,
        }
        if one.stated is not None:
            report = one.stated.report
            found |= {
                "site": report.site.name,
                "kind": report.kind,
                "start": report.start,
                "end": report.end,
                "category": one.category,
                "kpis": report.kpis,
                "promises": [
                    {"target": promise.target, "verdict": promise.verdict, "why": promise.why}
                    for promise in one.stated.promises
                ],
            }
        packages.append(found)
    return {"packages": packages, "differences": differences(centres)}
