"""One way in: what a report is asked for, and the folder that it becomes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

from analytics.reports import chain
from analytics.reports.account import account_lines
from analytics.reports.chain.link import read_link
from analytics.reports.document import texts_of
from analytics.reports.gathering import STEPS as GATHERED
from analytics.reports.gathering import USUAL, gather
from analytics.reports.making import FORMATS, lacking, rendered, worded
from analytics.reports.masking import leaks, masked, masked_account, masked_commitments, masked_declared
from analytics.reports.masking.coarse import by_month, only_at_edges
from analytics.reports.package.inputs import inputs_of
from analytics.reports.package.manifest import MANIFEST, core_sha256, digest, manifest_of, sealed
from analytics.reports.package.readings import REGISTERS
from analytics.reports.package.registers import registers_of
from analytics.reports.package.signing import key_of
from analytics.reports.package.windows import refuse_long
from analytics.reports.placing import folder_name, place, refuse_foreign
from analytics.reports.releasing import LeftOpenError, left_open, not_final
from analytics.reports.request import Masking, ReportKind
from analytics.reports.versions import BUILT, BuiltNote, every, noted, says, values_of, versioned
from greendc.clock import NS_PER_HOUR, iso
from greendc.contracts import Event
from greendc.errors import ConfigError, Problem
from greendc.model import Principal
from greendc.software import VERSION
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from analytics.reports.account import AccountLine
    from analytics.reports.commitments import Commitments, DeclaredText
    from analytics.reports.document import Document
    from analytics.reports.facts import Facts
    from analytics.reports.gathering import FileNames
    from analytics.reports.gathering.once import WholePeriod
    from analytics.reports.masking import Masked
    from analytics.reports.package.manifest import Manifest
    from analytics.reports.request import Request
    from greendc.contracts import History, Ledger
    from greendc.site import Site

STEPS = (*GATHERED, "registers", "words", "inputs", "data", "workbook", "pages", "pdf", "signing")
"""What building a report goes through, in this order."""
SETTLE_NS = 3 * 86_400 * NS_PER_SECOND
_SYSTEM = Principal(name="greendc", role="system")
_LISTED = 10


def nobody(_step: str) -> None:
    """Tell nobody which step begins."""


def build(  # noqa: PLR0913 (a report's whole input)
    request: Request,
    site: Site,
    history: History,
    ledger: Ledger,
    folder: Path | None = None,
    *,
    data_dir: Path,
    commitments: Commitments | None = None,
    declared: Sequence[DeclaredText] = (),
    account: Sequence[AccountLine] | None = None,
    by: Principal = _SYSTEM,
    asked_ns: int = 0,
    settle_ns: int = SETTLE_NS,
    formats: Collection[str] = FORMATS,
    called: FileNames = USUAL,
    told: Callable[[str], None] = nobody,
) -> Path:
    """Write a report into ``folder``, which appears complete or not at all, and note it in the ledger.

    Without a ``folder`` it is ``DATA/reports/KIND-PERIOD-vVERSION``, which ends in ``-draft`` for a draft.

    The same readings, ledger, files and key give the same bytes, once the period is over. ``told`` is called with the
    name of each of `STEPS` as it begins; ``by`` is who asked for the report, ``asked_ns`` when; a report that
    nobody asked for is noted at the end of its period. Without ``account`` the edge account is read from ``data_dir``.
    ``called`` is what the files of commitments and of declared texts are called, for the command line that makes the
    same report.

    Raises:
        ConfigError: the period is too long, the report cannot be final, a name would be seen that is to be hidden, a
            letter is in no font, the signing key cannot be used, something is not installed, or ``folder`` holds
            something else than a report of this kind, period and masking.
        LeftOpenError: it is strict and figures are left open.
        StoreAway, StoreRefused: store or ledger cannot be read.
        OSError: the folder cannot be written; what was there before is left as it was.
    """
    if folder is not None:
        refuse_foreign(folder, request)
    _refuse_lacking(formats)
    refuse_long(site, request.start_ns, request.end_ns)
    if account is None:
        account = account_lines(site.name, data_dir, request.start_ns, request.end_ns)
    seen = masked(site, history, ledger, request.masking, _people(commitments, declared))
    # What a file is called may say whose it is.
    called = called if request.masking is Masking.INTERNAL else USUAL
    beside = {"commitments": called.commitments} if commitments is not None else {}
    beside |= {"declared": called.declared} if declared else {}
    read: list[WholePeriod] = []
    facts = gather(
        request,
        seen.site,
        seen.history,
        seen.ledger,
        commitments=masked_commitments(commitments, seen.names),
        declared=masked_declared(declared, seen.names),
        account=masked_account(account, seen.names),
        software=VERSION,
        command=_command(request, formats, beside),
        version=1,
        told=told,
        kept=read,
    )
    notes = noted(ledger, request)
    facts = versioned(msgspec.structs.replace(facts, open_ns=_open_ns(facts, asked_ns)), notes)
    key = key_of(data_dir, make=site.info.simulated)
    links = chain.links(ledger, request.end_ns)
    _refuse(facts, asked_ns or request.end_ns, settle_ns, altered=_altered(ledger, facts), signed=key is not None)
    told("registers")
    proof = _proof(facts, seen, links, read.pop())
    documents = worded(facts, told, recomputable=REGISTERS in proof)
    told("inputs")
    manifest = manifest_of(
        facts,
        inputs_of(seen.history, seen.site, facts),
        chain=_head(links),
        previous=_previous(notes, facts.version),
        follows=_follows(ledger, request),
    )
    files = proof | rendered(by_month(facts), documents, formats, _rows(manifest, proof), told)
    told("signing")
    content = sealed(manifest, files, key)
    _refuse_leaks(content, seen, documents)
    folder = (folder or data_dir / "reports" / folder_name(facts)).absolute()
    refuse_foreign(folder, request)
    place(folder, content)
    _note(ledger, facts, folder.name, digest(content[MANIFEST]), by, asked_ns)
    return folder


def _open_ns(facts: Facts, asked_ns: int) -> int | None:
    """Return until when a period was read that is not over, None for one that is over or that nobody asked for."""
    if not 0 < asked_ns < facts.request.end_ns:
        return None
    read = (hour.start_ns for hour in facts.hours if any(joules is not None for joules in hour.energies_j.values()))
    last_ns = max(read, default=None)
    return facts.request.start_ns if last_ns is None else min(last_ns + NS_PER_HOUR, facts.request.end_ns)


def _people(commitments: Commitments | None, declared: Sequence[DeclaredText]) -> list[str]:
    """Return who wrote for a report, also what was changed later."""
    wrote = [one.author for one in declared]
    if commitments is not None:
        wrote += [one.author for target in commitments.targets for one in (target, *target.before)]
        base = commitments.baseline
        wrote += [] if base is None else [one.author for one in (base, *base.before)]
        wrote += [one.answered_by for one in commitments.remarks]
    return wrote


def _command(request: Request, formats: Collection[str], named: Mapping[str, str]) -> str:
    """Return the command line that makes the same files; ``named`` are one's own files by option, without folders."""
    words = ["greendc", "report", request.kind.value]
    words += ["--period", f"{iso(request.start_ns)}/{iso(request.end_ns)}", "--lang", ",".join(request.langs)]
    if request.masking is not Masking.INTERNAL:
        words += ["--mask", request.masking.value]
    asked = [name for name in FORMATS if name in formats]
    if len(asked) < len(FORMATS):
        words += ["--formats", ",".join(asked) or "none"]
    for option, name in named.items():
        words += [f"--{option}", name]
    words += ["--strict"] if request.strict else []
    words += ["--final"] if request.final else []
    return shlex.join(words)


def _refuse_lacking(formats: Collection[str]) -> None:
    missing = lacking(formats)
    if missing:
        packages = sorted({package for one in missing for package in one.packages})
        names = ", ".join(one.format for one in missing)
        hint = "report_build.lacking_hint"
        raise ConfigError.single("report_build.lacking", hint=hint, formats=names, packages=", ".join(packages))


def _refuse(facts: Facts, now_ns: int, settle_ns: int, *, altered: bool, signed: bool) -> None:
    """Refuse what may not be: a strict report with open figures, a final one that is none."""
    if facts.request.strict and (found := left_open(facts)):
        raise LeftOpenError(found)
    if facts.request.final:
        problems = not_final(facts, now_ns, settle_ns, altered=altered, signed=signed)
        if problems:
            raise ConfigError(problems)


def _altered(ledger: Ledger, facts: Facts) -> bool:
    """Tell whether the chain holds an alteration of a day of the period."""
    return any(
        link.kind is chain.LinkKind.ALTERATION
        and link.start_ns < facts.request.end_ns
        and link.end_ns > facts.request.start_ns
        for link in chain.book_of(ledger).chain().links
    )


def _proof(facts: Facts, seen: Masked, links: bytes, read: WholePeriod) -> dict[str, bytes]:
    """Return what figures can be computed from again, and the chain; a public report has no step below a month."""
    files = registers_of(facts, seen.history, seen.site, read)
    if facts.request.masking is not Masking.PUBLIC:
        return files | ({chain.CHAIN: links} if links else {})
    return files if only_at_edges(files[REGISTERS], facts) else {}


def _head(links: bytes) -> str:
    """Return the hash of the chain's last link, empty without one."""
    return read_link(links.splitlines()[-1]).hash if links else ""


def _rows(manifest: Manifest, proof: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return what the workbook says of the manifest: all that is known before the workbook itself is."""
    rows = [("manifest core", core_sha256(manifest)), *((name, digest(data)) for name, data in sorted(proof.items()))]
    rows += [("configuration", manifest.configuration_sha256), *sorted(manifest.configuration.items())]
    rows += sorted(manifest.profiles.items())
    inputs = ((f"{one.month} {one.device}/{one.part} {one.quantity}", one.sha256) for one in manifest.inputs)
    return [*rows, *inputs]


def _refuse_leaks(content: Mapping[str, bytes], seen: Masked, documents: Mapping[str, Document]) -> None:
    """Refuse what would show a name: the letters of a PDF are looked for in the document that it was set from."""
    if not seen.names.identifiers:
        return
    texts = {f"report.{lang}.pdf": "\n".join(texts_of(document)).encode() for lang, document in documents.items()}
    found = sorted({*leaks(content, seen.names.identifiers), *leaks(texts, seen.names.identifiers)})
    if found:
        raise ConfigError(
            [Problem(key="report_build.leak", params={"file": one.file, "name": one.name}) for one in found[:_LISTED]]
        )


def _previous(notes: Sequence[BuiltNote], version: int) -> str:
    return next((note.manifest for note in reversed(notes) if note.version == version - 1), "")


def _follows(ledger: Ledger, request: Request) -> str:
    """Return the hash of the manifest of the mid-term report that an acceptance report follows, empty without one.

    It ends before the acceptance's period does: a later one was not there to build on. A final one comes before any
    draft, which may have been a try that nobody was given. Of those the one whose period ends last counts, and of that
    period the newest.
    """
    if request.kind is not ReportKind.ACCEPTANCE:
        return ""
    earlier = [
        note
        for note in every(ledger)
        if (note.kind, note.masking) == (ReportKind.MID_TERM, request.masking) and note.end_ns <= request.end_ns
    ]
    # The first of equals is taken, so the newest has to come first.
    found = max(reversed(earlier), key=lambda note: (note.final, note.end_ns), default=None)
    return "" if found is None else found.manifest


def _note(ledger: Ledger, facts: Facts, folder: str, manifest: str, by: Principal, asked_ns: int) -> None:
    request = facts.request
    note = BuiltNote(
        folder=folder,
        manifest=manifest,
        start_ns=request.start_ns,
        end_ns=request.end_ns,
        kind=request.kind.value,
        masking=request.masking.value,
        version=facts.version,
        final=request.final,
        says=says(facts),
        values=values_of(facts),
    )
    body = msgspec.json.encode(note).decode()
    ledger.append(Event(time_ns=asked_ns or request.end_ns, kind=BUILT, subject=folder, principal=by, body=body))
