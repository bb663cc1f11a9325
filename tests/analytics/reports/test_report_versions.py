"""What makes a new version of a report, and what does not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import msgspec
import pytest
from msgspec.structs import replace

from analytics.reports import FORMATS, Masking, ReportKind, Request, build
from analytics.reports.commitments import Commitments, DeclaredText
from analytics.reports.gathering import FileNames
from analytics.reports.package.manifest import MANIFEST, Manifest
from analytics.reports.versions import BUILT, BuiltNote, says
from greendc.clock import from_iso
from greendc.contracts import Event
from greendc.device import Credential
from greendc.model import Principal
from greendc.settings import Secret
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR
from tests.analytics.reports import report_facts
from tests.analytics.reports.masked_site import history, site

if TYPE_CHECKING:
    from pathlib import Path

START, END = from_iso("2026-02-27T16:00:00Z"), from_iso("2026-03-01T16:00:00Z")


def test_draining_alone_says_nothing_new() -> None:
    """Readings that an edge node handed over since are the same readings; those that were lost are not."""
    facts = report_facts.facts()
    node, *others = facts.account
    assert node.spooled == 10
    drained = replace(node, stored=node.stored + 10, spooled=0)
    lost = replace(node, spooled=0, lost=10)
    assert says(replace(facts, account=(drained, *others))) == says(facts)
    assert says(replace(facts, account=(lost, *others))) != says(facts)


def test_a_secret_is_not_in_the_hash() -> None:
    """A new passphrase does not change what a report says."""
    facts = report_facts.facts()

    def said_with(secret: str) -> str:
        credential = Credential(kind="snmp-v2c", community=Secret(secret))
        return says(replace(facts, site=replace(facts.site, credentials={"key": credential})))

    assert said_with("first") == said_with("second") == said_with("")


def test_what_has_no_fixed_text_is_refused() -> None:
    """The address of an object would make a version of every run."""
    facts = report_facts.facts()
    with pytest.raises(TypeError, match="object"):
        says(replace(facts, declared=(cast("DeclaredText", object()),)))


def noted(manifest: str, end_ns: int, **more: object) -> BuiltNote:
    """Return what the ledger keeps of a mid-term report."""
    whole = {"folder": manifest, "manifest": manifest, "start_ns": START - HOUR, "end_ns": end_ns, "kind": "mid-term"}
    return msgspec.convert({**whole, "masking": "internal", **more}, BuiltNote)


@pytest.mark.parametrize(
    ("notes", "follows"),
    [
        ([noted("old", START - HOUR), noted("new", START)], "new"),
        ([noted("new", START), noted("old", START - HOUR)], "new"),
        ([noted("within", END), noted("later", END + HOUR)], "within"),
        ([noted("final", START - HOUR, final=True), noted("draft", START)], "final"),
        ([noted("first", START, final=True), noted("second", START, final=True)], "second"),
        ([noted("later", END + HOUR, final=True), noted("draft", START)], "draft"),
        ([noted("public", START, masking="public"), noted("month", START, kind="monthly")], ""),
    ],
    ids=["newest", "newest_period", "not_later", "final_first", "newest_of_a_period", "later_final", "none"],
)
def test_an_acceptance_follows_the_last_mid_term_before_it(
    tmp_path: Path, notes: list[BuiltNote], follows: str
) -> None:
    """A later one or one for other readers is none of it, a draft only where no final one is."""
    ledger, by = MemoryLedger(), Principal(name="greendc", role="system")
    for note in notes:
        body = msgspec.json.encode(note).decode()
        ledger.append(Event(time_ns=note.end_ns, kind=BUILT, subject=note.folder, principal=by, body=body))
    made = build(asked(), site(), MemoryHistory(), ledger, data_dir=tmp_path, formats=())
    assert manifest_of(made).follows == follows


@pytest.mark.parametrize(
    ("formats", "more", "options"),
    [
        (FORMATS, {}, "--commitments 'our plan.toml' --declared texts.toml"),
        ((), {"strict": True}, "--formats none --commitments 'our plan.toml' --declared texts.toml --strict"),
        (
            ("xlsx", "html"),
            {"masking": Masking.PUBLIC},
            "--mask public --formats html,xlsx --commitments commitments.toml --declared declared.toml",
        ),
    ],
)
def test_the_printed_command_makes_the_same_files(
    tmp_path: Path, formats: tuple[str, ...], more: dict[str, object], options: str
) -> None:
    """It names formats, own files without folders, and how strict it was; whose files they are is hidden with names."""
    request = asked(**more)
    made = build(
        request,
        site(),
        history(START, END),
        MemoryLedger(),
        data_dir=tmp_path,
        commitments=Commitments(schema=1),
        declared=(DeclaredText(aspect="security", author="zhao.min", date=dt.date(2026, 3, 1), en="Safe."),),
        formats=formats,
        called=FileNames("our plan.toml", "texts.toml"),
    )
    period = "2026-02-27T16:00:00.000Z/2026-03-01T16:00:00.000Z"
    assert manifest_of(made).command == f"greendc report acceptance --period {period} --lang en {options}"


def asked(**more: object) -> Request:
    """Return an acceptance report that is asked for."""
    whole = {"kind": ReportKind.ACCEPTANCE, "start_ns": START, "end_ns": END, "langs": ("en",), **more}
    return msgspec.convert(whole, Request)


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of a package."""
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
