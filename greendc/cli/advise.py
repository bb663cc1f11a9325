"""``greendc advise``: what to change now, what it is worth, and what people do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from greendc.cli.advice_rows import MARKS, CaseRow, case_row, listing, say_case, say_listing
from greendc.cli.alarms import person
from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    ledger_of,
    left_to_another,
    settings_from,
    site_of,
)
from greendc.cli.options import store_of as opened_store
from greendc.cli.output import Output
from greendc.clock import SystemClock
from greendc.errors import EXIT_FAILED, EXIT_NOT_AUTHORISED, EXIT_OK, ConfigError, Problem
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.advice.acts import AdviceAct
    from analytics.advice.life import Case
    from greendc.contracts import History, Ledger
    from greendc.site import Site

CODES = {"advice.life.refused.role": EXIT_NOT_AUTHORISED}
HINTS = {
    "advice.life.refused.state": "advise.cli.state_hint",
    "advice.life.refused.no_advice": "advise.cli.no_advice_hint",
    "advice.life.refused.no_reason": "advise.cli.no_reason_hint",
}

ReasonOption = Annotated[str, typer.Option("--reason", help=t("advise.cli.reason"))]
ByOption = Annotated[str, typer.Option("--by", help=t("advise.cli.by"))]
YesOption = Annotated[bool, typer.Option("--yes", help=t("advise.cli.yes"))]
LedgerOption = Annotated[bool, typer.Option("--as-known", help=t("advise.cli.as_known"))]
AdviceArgument = Annotated[str, typer.Argument(metavar="ID", help=t("advise.cli.id"))]


def advise(
    context: typer.Context,
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    as_known: LedgerOption = False,
    json: JsonOption = False,
) -> None:
    """Ask the advisors now and list what they recommend, in the order in which it is carried out."""
    out = Output(as_json=json)
    if left_to_another(context, out):
        return

    def action() -> None:
        settings = settings_from(site, data, store)
        known = site_of(settings)

        from analytics.advice import evaluate
        from analytics.service.pace import least_ns_of

        now_ns = SystemClock().now_ns()
        ledger = ledger_of(settings)
        noted: list[Problem] = []
        try:
            if not as_known:
                history = opened_store(settings)
                try:
                    evaluate(history, known, ledger, now_ns, least_ns=least_ns_of(known))
                    noted = _noted(history, known)
                finally:
                    history.close()
            found = listing(ledger, now_ns)
        finally:
            ledger.close()
        say_listing(out, found)
        out.finish(found, noted)

    out.guard(action)


def show(advice: AdviceArgument, site: SiteOption = None, data: DataOption = None, json: JsonOption = False) -> None:
    """Show one piece of advice with everything it rests on, and what became of it."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.advice.life import lives_of

        settings = settings_from(site, data)
        zone = site_of(settings).zone()
        ledger = ledger_of(settings)
        episodes = lives_of(ledger).cases.get(advice, ())
        ledger.close()
        if not episodes:
            key = "advice.life.refused.no_advice"
            out.finish(None, [Problem(key=key, params={"advice": advice}, hint=HINTS[key])], code=EXIT_FAILED)
        say_case(out, episodes, zone)
        out.finish(case_row(episodes))

    out.guard(action)


def accept(
    advice: AdviceArgument,
    data: DataOption = None,
    reason: ReasonOption = "",
    by: ByOption = "",
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Take a proposal on, after showing where the hottest rack comes to with one cooling unit off."""
    out = Output(as_json=json)

    def action(act: AdviceAct, case: Case | None) -> None:
        if case is not None:
            _before(out, case, ask=not (yes or json))
        act.accept(advice, case.advice.proposed_ns if case is not None else None)

    _act(out, advice, (data, by, reason), action)


def _plain(act_on: Callable[[AdviceAct, str], None]) -> Callable[..., None]:
    """Return a command that does one act on a piece of advice and shows nothing before it."""

    def command(
        advice: AdviceArgument,
        data: DataOption = None,
        reason: ReasonOption = "",
        by: ByOption = "",
        json: JsonOption = False,
    ) -> None:
        _act(Output(as_json=json), advice, (data, by, reason), lambda act, _case: act_on(act, advice))

    return command


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("show", show),
    ("accept", accept),
    ("done", _plain(lambda act, advice: act.done(advice))),
    ("reject", _plain(lambda act, advice: act.reject(advice))),
    ("rollback", _plain(lambda act, advice: act.roll_back(advice))),
    ("reopen", _plain(lambda act, advice: act.reopen(advice))),
)


def group() -> typer.Typer:
    """Return the group; without a sub-command it asks the advisors."""
    found = typer.Typer(invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    found.callback()(advise)
    for name, function in COMMANDS:
        found.command(name, help=t(f"advise.help.{name}"))(function)
    return found


def _noted(history: History, site: Site) -> list[Problem]:
    """Return what keeps all advice from being made, or from being priced: an empty store, a tariff with mistakes."""
    from analytics.tariff import price_table

    params = {"name": site.name}
    empty = Problem(key="forecast.cli.empty", hint="forecast.cli.empty_hint", params=params, level="warning")
    found = [] if history.series(site.name) else [empty]
    try:
        price_table(site)
    except ConfigError as error:
        found += [msgspec.structs.replace(problem, level="warning") for problem in error.problems]
    return found


def _before(out: Output, case: Case, *, ask: bool) -> None:
    """Show what a person must have seen before accepting; at a terminal, ask."""
    from analytics.advice_view.wording import one_off_text

    out.say(f"{case.advice.title()}: {case.advice.proposal()}")
    if case.advice.one_off is not None:
        out.say(one_off_text(case.advice.one_off))
    for check in (*case.advice.preconditions, *case.advice.guards):
        out.say(f"  {MARKS[check.status]} {check.text()}")
    if ask and case.advice.acceptable and sys.stdin.isatty() and not typer.confirm(t("advise.cli.sure")):
        out.finish(None, [Problem(key="advise.cli.left", level="warning")], code=EXIT_FAILED)


def _act(
    out: Output,
    advice: str,
    who: tuple[str | None, str, str],
    action: Callable[[AdviceAct, Case | None], None],
) -> None:
    """Let somebody act on the ledger; a refusal is said, with exit code 1, or 4 for who may not."""
    data, by, reason = who

    def newest(ledger: Ledger) -> Case | None:
        from analytics.advice.life import lives_of

        episodes = lives_of(ledger).cases.get(advice)
        return episodes[-1] if episodes else None

    def body() -> None:
        from analytics.advice.acts import AdviceAct, AdviceRefused

        ledger = ledger_of(settings_from(None, data))
        after: CaseRow | None = None
        try:
            act = AdviceAct(ledger, person(by), SystemClock().now_ns(), reason)
            action(act, newest(ledger))
            after = case_row(_episodes(ledger, advice))
        except AdviceRefused as refused:
            params = refused.params() | {"acts": _acts(newest(ledger))}
            problem = Problem(key=refused.key, params=params, hint=HINTS.get(refused.key, ""))
            out.finish(None, [problem], code=CODES.get(refused.key))
        finally:
            ledger.close()
        out.say(t("alarms.cli.done"))
        out.finish(after, code=EXIT_OK)

    out.guard(body)


def _acts(case: Case | None) -> str:
    """Return the commands that fit an episode as it stands."""
    from analytics.advice.acts import acts_of

    acts = acts_of(case) if case is not None else ()
    return ", ".join(acts) or t("advise.cli.no_act")


def _episodes(ledger: Ledger, advice: str) -> tuple[Case, ...]:
    from analytics.advice.life import lives_of

    return lives_of(ledger).cases[advice]
