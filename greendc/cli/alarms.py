"""``greendc alarms``: what stands and why, and what people do about it."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.alarm_rows import listing, say_listing, say_performance
from greendc.cli.notify_test import notify_test
from greendc.cli.options import DataOption, JsonOption, SiteOption, ledger_of, left_to_another, settings_from, site_of
from greendc.cli.output import Output
from greendc.clock import NS_PER_HOUR, SystemClock, from_iso, iso
from greendc.errors import EXIT_CONFIG, EXIT_NOT_AUTHORISED, EXIT_OK, ConfigError, Problem
from greendc.model import Principal
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.alarms.actions import Act

DAY_NS = 24 * NS_PER_HOUR
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
CODES = {"alarms.refused.role": EXIT_NOT_AUTHORISED, "alarms.refused.verdict": EXIT_CONFIG}
HINTS = {
    "alarms.refused.no_alarm": "alarms.cli.no_alarm_hint",
    "alarms.refused.no_reason": "alarms.cli.no_reason_hint",
}
"""What to type instead; pages have no options."""

AllOption = Annotated[bool, typer.Option("--all", help=t("alarms.cli.all"))]
SinceOption = Annotated[str | None, typer.Option("--since", help=t("alarms.cli.since"))]
UntilOption = Annotated[str | None, typer.Option("--until", help=t("alarms.cli.until"))]
ForOption = Annotated[str | None, typer.Option("--for", help=t("alarms.cli.for"))]
FromOption = Annotated[str | None, typer.Option("--from", help=t("alarms.cli.from"))]
ReasonOption = Annotated[str, typer.Option("--reason", help=t("alarms.cli.reason"))]
ByOption = Annotated[str, typer.Option("--by", help=t("alarms.cli.by"))]
EndOption = Annotated[bool, typer.Option("--end", help=t("alarms.cli.end"))]
UndoOption = Annotated[bool, typer.Option("--undo", help=t("alarms.cli.undo"))]
CsvOption = Annotated[Path | None, typer.Option("--csv", help=t("alarms.cli.csv"))]
AlarmArgument = Annotated[str, typer.Argument(metavar="ALARM", help=t("alarms.cli.alarm"))]
NodeArgument = Annotated[str, typer.Argument(metavar="NODE", help=t("alarms.cli.node"))]
VerdictArgument = Annotated[str, typer.Argument(metavar="VERDICT", help=t("alarms.cli.verdict"))]
TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help=t("alarms.cli.target"))]


def alarms(
    context: typer.Context,
    site: SiteOption = None,
    data: DataOption = None,
    every: AllOption = False,
    since: SinceOption = None,
    json: JsonOption = False,
) -> None:
    """List the alarms that stand, each with its explanation."""
    out = Output(as_json=json)
    if left_to_another(context, out):
        return

    def action() -> None:
        settings = settings_from(site, data)
        known = site_of(settings)
        now_ns = SystemClock().now_ns()
        since_ns = None if since is None else moment_ns(since, now_ns)
        ledger = ledger_of(settings)
        found = listing(ledger, known, now_ns, every=every, since_ns=since_ns)
        ledger.close()
        say_listing(out, found)
        out.finish(found)

    out.guard(action)


def ack(
    alarm: AlarmArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Note that somebody has seen an alarm."""
    _act(data, by, reason, json, lambda who, _now_ns: who.acknowledge(alarm))


def shelve(
    alarm: AlarmArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    length: ForOption = None,
    until: UntilOption = None,
    undo: UndoOption = False,
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Keep an alarm back for a time, with what is filed under it."""

    def action(person: Act, now_ns: int) -> object:
        if not undo:
            return person.shelve(alarm, _end_ns(length, until, now_ns, now_ns))
        person.unshelve(alarm)
        return None

    _act(data, by, reason, json, action)


def maintenance(
    node: NodeArgument,
    site: SiteOption = None,
    data: DataOption = None,
    reason: ReasonOption = "",
    start: FromOption = None,
    length: ForOption = None,
    until: UntilOption = None,
    end: EndOption = False,
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Take a node and everything below it out of service for a time."""

    def action(person: Act, now_ns: int) -> object:
        from analytics.topology import Topology

        if end:
            person.end_maintenance(node)
            return None
        start_ns = now_ns if start is None else _ahead_ns(start, now_ns)
        topology = Topology(site_of(settings_from(site, data)))
        return sorted(person.maintenance(topology, node, start_ns, _end_ns(length, until, start_ns, now_ns)))

    _act(data, by, reason, json, action)


def verdict(
    alarm: AlarmArgument,
    verdict: VerdictArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Say of the newest episode of an alarm whether it was real, a nuisance or a test."""
    _act(data, by, reason, json, lambda who, _now_ns: who.verdict(alarm, verdict))


def note(
    alarm: AlarmArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Write a note to an alarm; the reason is the note."""
    _act(data, by, reason, json, lambda who, _now_ns: who.note(alarm))


def promote(
    target: TargetArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    undo: UndoOption = False,
    by: ByOption = "",
    json: JsonOption = False,
) -> None:
    """Let learned alarms count as real ones."""
    _act(
        data,
        by,
        reason,
        json,
        lambda who, _now_ns: who.demote(target) if undo else who.promote(target),
    )


def performance(
    site: SiteOption = None,
    data: DataOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    json: JsonOption = False,
) -> None:
    """Say how the alarms of a period performed, by ISA-18.2; the last 30 days by default."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data)
        now_ns = SystemClock().now_ns()
        start_ns, end_ns = _period(since, until, now_ns)

        from analytics.alarms.performance import performance as figures

        ledger = ledger_of(settings)
        found = figures(ledger, start_ns, end_ns)
        ledger.close()
        say_performance(out, found)
        out.finish(found)

    out.guard(action)


def labels(
    data: DataOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    csv: CsvOption = None,
    json: JsonOption = False,
) -> None:
    """Write the verdicts of people as labels: CSV, or JSON with --json; all of them by default."""
    out = Output(as_json=json)

    def action() -> None:
        now_ns = SystemClock().now_ns()
        start_ns, end_ns = _period(since or "1970-01-01", until, now_ns)

        from analytics.alarms.labels import as_csv
        from analytics.alarms.labels import labels as rows_of

        ledger = ledger_of(settings_from(None, data))
        rows = rows_of(ledger, start_ns, end_ns)
        ledger.close()
        if csv is not None:
            csv.write_text(as_csv(rows), "utf-8")
            out.say(t("alarms.cli.written", count=str(len(rows)), file=str(csv)))
        elif not json:
            sys.stdout.write(as_csv(rows))
        out.finish(rows)

    out.guard(action)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("ack", ack),
    ("shelve", shelve),
    ("maintenance", maintenance),
    ("verdict", verdict),
    ("note", note),
    ("promote", promote),
    ("performance", performance),
    ("labels", labels),
    ("notify-test", notify_test),
)


def group() -> typer.Typer:
    """Return the group; without a sub-command it lists."""
    found = typer.Typer(invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    found.callback()(alarms)
    for name, function in COMMANDS:
        found.command(name, help=t(f"alarms.help.{name}"))(function)
    return found


def moment_ns(text: str, now_ns: int) -> int:
    """Return a time given as ISO 8601, or as a length before now such as ``24h`` or ``7d``.

    Raises:
        ConfigError: it is neither.
    """
    length_ns = _length_ns(text)
    if length_ns is not None:
        return now_ns - length_ns
    try:
        return from_iso(text)
    except ValueError as error:
        raise ConfigError.single("alarms.cli.bad_time", hint="alarms.cli.bad_time_hint", text=text) from error


def _ahead_ns(text: str, now_ns: int) -> int:
    """Return a time given as ISO 8601, or as a length from now on."""
    length_ns = _length_ns(text)
    return moment_ns(text, now_ns) if length_ns is None else now_ns + length_ns


def _length_ns(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    return int(found[1]) * UNITS_S[found[2]] * NS_PER_SECOND if found else None


def _end_ns(length: str | None, until: str | None, start_ns: int, now_ns: int) -> int:
    """Return the end of a stretch that is given by its length or by its end."""
    if (length is None) == (until is None):
        raise ConfigError.single("alarms.cli.for_or_until")
    if until is not None:
        return _ahead_ns(until, now_ns)
    length_ns = _length_ns(length or "")
    if length_ns is None:
        raise ConfigError.single("alarms.cli.bad_time", hint="alarms.cli.bad_time_hint", text=length or "")
    return start_ns + length_ns


def _period(since: str | None, until: str | None, now_ns: int) -> tuple[int, int]:
    end_ns = now_ns if until is None else moment_ns(until, now_ns)
    start_ns = end_ns - 30 * DAY_NS if since is None else moment_ns(since, now_ns)
    if start_ns >= end_ns:
        raise ConfigError.single("alarms.cli.turned", start=iso(start_ns), end=iso(end_ns))
    return start_ns, end_ns


def _act(data: str | None, by: str, reason: str, as_json: bool, action: Callable[[Act, int], object]) -> None:
    """Let somebody act on the ledger; a refusal is said, with exit code 1, or 4 for who may not."""
    out = Output(as_json=as_json)

    def body() -> None:
        from analytics.alarms.actions import Act, ActionRefused

        now_ns = SystemClock().now_ns()
        ledger = ledger_of(settings_from(None, data))
        try:
            covered = action(Act(ledger, person(by), now_ns, reason), now_ns)
        except ActionRefused as refused:
            problem = Problem(key=refused.key, params=refused.params, hint=HINTS.get(refused.key, ""))
            out.finish(None, [problem], code=CODES.get(refused.key))
        finally:
            ledger.close()
        for name in covered if isinstance(covered, list | tuple) else ():
            out.say(f"  {name}")
        out.say(t("alarms.cli.done"))
        out.finish({"covered": covered or []}, code=EXIT_OK)

    out.guard(body)


def person(by: str) -> Principal:
    """Return who acts: the name that was given, else the user of this machine, who is its operator."""
    if by:
        return Principal(name=by, role="operator")
    try:
        return Principal(name=getpass.getuser(), role="operator")
    except (OSError, KeyError, ImportError):
        # A user without a name, as containers have them.
        return Principal(name="operator", role="operator")
