"""What people wrote for a report, as a reader may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.account import AccountLine
    from analytics.reports.commitments import Baseline, Commitments, DeclaredText, Target
    from analytics.reports.masking.names import Names


def masked_commitments(known: Commitments | None, names: Names) -> Commitments | None:
    """Return commitments without the names of people and of things; the industry stays where the site is named."""
    if known is None:
        return None
    return replace(
        known,
        industry="" if names.hides_site else known.industry,
        plan=names.in_words(known.plan),
        baseline=None if known.baseline is None else _baseline(known.baseline, names),
        targets=[_target(one, names) for one in known.targets],
        remarks=[
            replace(
                one,
                remark=names.in_words(one.remark),
                answer=names.in_words(one.answer),
                answered_by=names.of_person(one.answered_by),
            )
            for one in known.remarks
        ],
    )


def masked_declared(texts: Sequence[DeclaredText], names: Names) -> tuple[DeclaredText, ...]:
    """Return declared texts without the names of people and of things."""
    return tuple(
        replace(one, author=names.of_person(one.author), zh=names.in_words(one.zh), en=names.in_words(one.en))
        for one in texts
    )


def masked_account(lines: Sequence[AccountLine], names: Names) -> tuple[AccountLine, ...]:
    """Return the edge account by numbers of nodes."""
    return tuple(replace(line, node=names.of_name(line.node)) for line in lines)


def _target(one: Target, names: Names) -> Target:
    return replace(
        one,
        part=names.of_name(one.part),
        author=names.of_person(one.author),
        changed=names.in_words(one.changed),
        before=tuple(_target(earlier, names) for earlier in one.before),
    )


def _baseline(one: Baseline, names: Names) -> Baseline:
    return replace(
        one,
        author=names.of_person(one.author),
        source=names.in_words(one.source),
        changed=names.in_words(one.changed),
        before=tuple(_baseline(earlier, names) for earlier in one.before),
    )
