"""``greendc report``: signed reports of a period, and ``greendc verify``: the proof of one."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from greendc.cli.alarms import person
from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    ledger_of,
    settings_from,
    site_of,
    site_path,
    store_of,
    usable_folder,
)
from greendc.cli.output import Output
from greendc.clock import SystemClock
from greendc.errors import EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import LANGUAGES, language, t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.request import Masking, Request
    from greendc.settings import Settings
    from greendc.site import Site

PeriodOption = Annotated[str, typer.Option("--period", help=t("report_build.cli.period"))]
OutOption = Annotated[Path | None, typer.Option("--out", help=t("cli.option.out"))]
LangOption = Annotated[str, typer.Option("--lang", help=t("cli.option.langs"))]
StrictOption = Annotated[bool, typer.Option("--strict", help=t("report_build.cli.strict"))]
FinalOption = Annotated[bool, typer.Option("--final", help=t("report_build.cli.final"))]
MaskOption = Annotated[str, typer.Option("--mask", help=t("report_build.cli.mask"))]
CommitmentsOption = Annotated[Path | None, typer.Option("--commitments", help=t("report_build.cli.commitments"))]
DeclaredOption = Annotated[Path | None, typer.Option("--declared", help=t("report_build.cli.declared"))]
FormatsOption = Annotated[str, typer.Option("--formats", help=t("report_build.cli.formats"))]
NONE = "none"


class _Order(NamedTuple):
    """What a command line asks for."""

    request: Request
    folder: Path | None
    formats: tuple[str, ...]
    commitments: Path | None
    declared: Path | None
    asked_ns: int


def _command(kind: str) -> Callable[..., None]:
    """Return the command that writes a kind of report."""

    def command(
        site: SiteOption = None,
        data: DataOption = None,
        store: StoreOption = None,
        period: PeriodOption = "last",
        lang: LangOption = "",
        out_dir: OutOption = None,
        strict: StrictOption = False,
        final: FinalOption = False,
        mask: MaskOption = "internal",
        commitments: CommitmentsOption = None,
        declared: DeclaredOption = None,
        formats: FormatsOption = "pdf,html,xlsx",
        json: JsonOption = False,
    ) -> None:
        """Write a report of this kind."""
        out = Output(as_json=json)

        def action() -> None:
            settings = settings_from(site, data, store)
            known = site_of(settings)

            from analytics.reports.gathering import period_of
            from analytics.reports.request import ReportKind, Request

            now_ns = SystemClock().now_ns()
            start_ns, end_ns = period_of(known, period, now_ns, ReportKind(kind))
            request = Request(
                kind=ReportKind(kind),
                start_ns=start_ns,
                end_ns=end_ns,
                langs=_languages(lang),
                masking=_masking(mask),
                final=final,
                strict=strict,
            )
            order = _Order(
                request=request,
                folder=out_dir,
                formats=_formats(formats),
                commitments=commitments,
                declared=declared,
                asked_ns=now_ns,
            )
            _write(out, settings, known, order)

        out.guard(action)

    return command


def _languages(text: str) -> tuple[str, ...]:
    langs = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or (language(),)
    unknown = [part for part in langs if part not in LANGUAGES]
    if unknown:
        raise ConfigError.single("cli.language", name=unknown[0])
    return langs


def _masking(name: str) -> Masking:
    from analytics.reports.request import Masking

    try:
        return Masking(name)
    except ValueError as error:
        raise ConfigError.single("report_build.cli.masking", name=name) from error


def _formats(text: str) -> tuple[str, ...]:
    from analytics.reports.making import FORMATS

    asked = [part.strip() for part in text.split(",") if part.strip() and part.strip() != NONE]
    unknown = [part for part in asked if part not in FORMATS]
    if unknown:
        raise ConfigError.single("report_build.formats", name=unknown[0])
    return tuple(name for name in FORMATS if name in asked)


def _write(out: Output, settings: Settings, site: Site, order: _Order) -> None:
    from analytics.reports import LeftOpenError, build
    from analytics.reports.gathering import USUAL, FileNames, written_beside
    from analytics.service.pace import pace_of

    commitments, declared = written_beside(site_path(settings), order.commitments, order.declared)
    pace = pace_of(simulated=site.info.simulated, settle_days=settings.get("settle_days"))
    try:
        with closing(store_of(settings)) as store, closing(ledger_of(settings)) as ledger:
            written = build(
                order.request,
                site,
                store,
                ledger,
                order.folder,
                data_dir=settings.data_dir,
                commitments=commitments,
                declared=declared,
                by=person(""),
                asked_ns=order.asked_ns,
                settle_ns=round(pace.settle_s * NS_PER_SECOND),
                formats=order.formats,
                called=FileNames(
                    commitments=USUAL.commitments if order.commitments is None else order.commitments.name,
                    declared=USUAL.declared if order.declared is None else order.declared.name,
                ),
                told=progress(as_json=out.as_json),
            )
    except LeftOpenError as error:
        out.say(t("report_build.cli.left_open", n=len(error.figures)))
        for figure in error.figures:
            out.say(figure.sentence())
        out.finish({"folder": None, "left_open": error.figures}, code=EXIT_FINDINGS)
    _finish(out, written)


def _finish(out: Output, folder: Path) -> None:
    """Say what was written."""
    from analytics.reports.package.manifest import Manifest
    from analytics.reports.package.verify import read_manifest

    manifest = read_manifest(folder)
    files = sorted(path.name for path in folder.iterdir())
    data: dict[str, object] = {"folder": str(folder), "files": files}
    if isinstance(manifest, Manifest):
        status = t("report_build.cli.finished" if manifest.status == "final" else "report_build.cli.draft")
        out.say(t("report_build.cli.done", version=manifest.version, status=status, folder=str(folder)))
        out.say(", ".join(files))
        if not manifest.signature:
            out.say(t("report_build.cli.unsigned"))
        data |= {"version": manifest.version, "status": manifest.status, "signed": bool(manifest.signature)}
    out.finish(data)


def progress(*, as_json: bool) -> Callable[[str], None]:
    """Return what says on stderr which step begins, and how many there are; with ``--json`` it says nothing."""
    from analytics.reports import STEPS

    def told(step: str) -> None:
        if not as_json:
            place = STEPS.index(step) + 1
            sys.stderr.write(f"[{place}/{len(STEPS)}] {t(f'report_build.step.{step}')}\n")
            sys.stderr.flush()

    return told


def init(data: DataOption = None, json: JsonOption = False) -> None:
    """Make the key that signs reports."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(None, data)

        from analytics.reports.package.signing import init as make_key

        made = make_key(usable_folder(settings.data_dir))
        out.say(t(f"report_build.cli.{'key_made' if made.fresh else 'key_there'}", public=str(made.public)))
        out.say(t("report_build.cli.fingerprint", fingerprint=made.fingerprint))
        out.finish({"public": str(made.public), "fingerprint": made.fingerprint, "made": made.fresh})

    out.guard(action)


def verify(
    folder: Annotated[Path, typer.Argument(help=t("cli.option.report_folder"))],
    key: Annotated[Path | None, typer.Option("--key", help=t("cli.option.public_key"))] = None,
    recompute: Annotated[bool, typer.Option("--recompute", help=t("report_build.verify.recompute"))] = False,
    previous: Annotated[Path | None, typer.Option("--previous", help=t("report_build.verify.previous"))] = None,
    json: JsonOption = False,
) -> None:
    """Check a report folder's hashes and signature, and what figures were computed from; needs no store, no network."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.reports import verify as check_folder

        findings = check_folder(folder, key, recompute=recompute, previous=previous)
        for finding in findings:
            out.say(finding.sentence())
        bad = any(finding.level == "error" for finding in findings)
        out.say(t(f"cli.verify.{_verdict(folder, bad=bad)}", folder=str(folder)))
        out.finish(findings, code=EXIT_FINDINGS if bad else EXIT_OK)

    out.guard(action)


def _verdict(folder: Path, *, bad: bool) -> str:
    """Return in a word what a check ends with: where no package is, nothing disagrees."""
    from analytics.reports.package.manifest import MANIFEST

    if not folder.is_dir():
        return "no_folder"
    # A link that leads nowhere is there, and is an error of a package.
    if not os.path.lexists(folder / MANIFEST):
        return "no_package"
    return "bad" if bad else "good"


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = tuple(
    (kind, _command(kind)) for kind in ("mid-term", "acceptance", "monthly", "eu")
)


def group() -> typer.Typer:
    """Return the kinds of reports as one group, and the key to sign with."""
    app = typer.Typer(no_args_is_help=True)
    for kind, function in COMMANDS:
        app.command(kind, help=t(f"report_build.help.{kind}"))(function)
    keys = typer.Typer(no_args_is_help=True)
    keys.command("init", help=t("report_build.help.init"))(init)
    # With one command alone Typer would leave its name out.
    keys.callback()(_nothing)
    app.add_typer(keys, name="key", help=t("report_build.help.key"))
    return app


def _nothing() -> None:
    """Do nothing before a command about keys."""
