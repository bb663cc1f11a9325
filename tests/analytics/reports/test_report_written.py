"""Commitments and declared texts from files: what they say, how a change is kept, and each mistake at its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analytics.reports.gathering import read_commitments, read_declared, written_beside
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from greendc.errors import Problem

COMMITMENTS = """schema = 1
industry = "有色金属"
plan = "建设方案 2025-10"
mid_term = 2026-12-10

[baseline]
start = 2025-01-01
end = 2025-12-31
author = "Li"
date = 2025-10-08
source = "energy audit 2024"
values = { pue = 1.62, wue = 1.9 }

[[targets]]
kpi = "pue"
by = 2027-12-31
author = "Li"
date = 2025-10-08
most = 1.3

[[targets.changes]]
author = "Wang"
date = 2027-03-01
reason = "the second module is late"
most = 1.35

[[targets.changes]]
author = "Wang"
date = 2027-06-01
reason = "and later still"
by = 2028-06-30

[[targets]]
kpi = "ref"
by = 2027-12-31
author = "Li"
date = 2025-10-08
least = 30.0

[[remarks]]
remark = "Where is the cooling metered?"
date = 2026-12-10
answer = "At the plant's main meter."
answered_by = "Wang"
answered_on = 2027-01-15
"""
DECLARED = """schema = 1

[[texts]]
aspect = "application_effect"
author = "Zhao"
date = 2027-11-02
zh = "支撑 12 个行业应用。"
"""


def _problems(path: Path, text: str, *, declared: bool = False) -> tuple[Problem, ...]:
    path.write_text(text, "utf-8")
    read = read_declared if declared else read_commitments
    with pytest.raises(ConfigError) as caught:
        read(path)
    return caught.value.problems


def test_a_changed_target_stands_as_changed_and_remembers_the_plan(tmp_path: Path) -> None:
    """The latest change holds; the plan and each step since then are told with who and when."""
    file = tmp_path / "commitments.toml"
    file.write_text(COMMITMENTS, "utf-8")
    made = read_commitments(file)
    pue, ref = made.targets
    assert (pue.most, pue.by, pue.author, pue.changed) == (1.35, dt.date(2028, 6, 30), "Wang", "and later still")
    assert [(one.most, one.by, one.author) for one in pue.before] == [
        (1.3, dt.date(2027, 12, 31), "Li"),
        (1.35, dt.date(2027, 12, 31), "Wang"),
    ]
    assert pue.planned.most == 1.3
    assert made.mid_term is not None
    assert [one.changed for one in pue.since(made.mid_term)] == ["the second module is late", "and later still"]
    assert [one.changed for one in pue.since(dt.date(2027, 3, 1))] == ["and later still"]
    assert (ref.planned, ref.since(made.mid_term)) == (ref, ())


def test_a_changed_baseline_remembers_what_it_was(tmp_path: Path) -> None:
    """Another period is added with its reason; the values that it does not name stay."""
    file = tmp_path / "commitments.toml"
    change = '[[baseline.changes]]\nauthor = "Wang"\ndate = 2026-02-01\nreason = "meters came late"\nend = 2025-06-30\n'
    file.write_text(COMMITMENTS.replace("[[targets]]", f"{change}\n[[targets]]", 1), "utf-8")
    baseline = read_commitments(file).baseline
    assert baseline is not None
    assert (baseline.end, baseline.changed) == (dt.date(2025, 6, 30), "meters came late")
    assert baseline.values == {"pue": 1.62, "wue": 1.9}
    assert [one.end for one in baseline.before] == [dt.date(2025, 12, 31)]


def test_a_remark_stands_with_its_answer(tmp_path: Path) -> None:
    """A remark has who answered it and when."""
    file = tmp_path / "commitments.toml"
    file.write_text(COMMITMENTS, "utf-8")
    (remark,) = read_commitments(file).remarks
    assert (remark.answered_by, remark.answered_on) == ("Wang", dt.date(2027, 1, 15))


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "code"),
    [
        ('kpi = "ref"', 'kpi = "pu"', 34, "targets[1].kpi", "kpi"),
        ("least = 30.0", "", 33, "targets[1]", "no_bound"),
        ("least = 30.0", "least = 30.0\nmost = 20.0", 38, "targets[1].least", "bounds_crossed"),
        ("least = 30.0", "least = nan", 38, "targets[1].least", "not_finite"),
        ('kpi = "ref"\nby = 2027-12-31', 'kpi = "ref"\nby = 2025-01-31', 35, "targets[1].by", "by_before_date"),
        ('kpi = "ref"\nby = 2027-12-31', 'kpi = "pue"\nby = 2028-06-30', 33, "targets[1]", "twin"),
        ("date = 2027-06-01", "date = 2027-02-01", 29, "targets[0].changes[1].date", "change_order"),
        ("by = 2028-06-30", "", 27, "targets[0].changes[1]", "no_change"),
        ("end = 2025-12-31", "end = 2024-12-31", 8, "baseline.end", "baseline_order"),
        ('source = "energy audit 2024"\n', "", 11, "baseline.values", "no_source"),
        ("{ pue = 1.62", "{ puee = 1.62", 12, "baseline.values.puee", "kpi"),
        ('answered_by = "Wang"\n', "", 43, "remarks[0].answer", "unsigned_answer"),
        ("answered_on = 2027-01-15", "answered_on = 2026-01-15", 45, "remarks[0].answered_on", "answer_before_remark"),
        ('industry = "有色金属"', 'industry = "a\\u0007"', 2, "industry", "unprintable"),
    ],
)
def test_each_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, path: str, code: str) -> None:
    """File, line, field, what is wrong and what to do."""
    assert old in COMMITMENTS
    (problem,) = _problems(tmp_path / "commitments.toml", COMMITMENTS.replace(old, new))
    assert (problem.line, problem.path, problem.key) == (line, path, f"report_files.{code}")
    for lang in ("zh", "en"):
        assert f"commitments.toml:{line}" in problem.sentence(lang)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A misspelt key, a missing author, a date in quotes and an unknown figure are four problems."""
    text = (
        COMMITMENTS.replace("least = 30.0", "leest = 30.0")
        .replace('kpi = "pue"', 'kpi = "pug"')
        .replace('remark = "Where is the cooling metered?"', "")
        .replace("[baseline]\nstart = 2025-01-01", '[baseline]\nstart = "soon"')
    )
    found = _problems(tmp_path / "commitments.toml", text)
    assert {one.key for one in found} == {
        "errors.unknown_key",
        "errors.missing_key",
        "errors.wrong_value",
        "report_files.kpi",
    }
    unknown = next(one for one in found if one.key == "errors.unknown_key")
    assert (unknown.path, "docs/evaluate.md" in unknown.sentence("en")) == ("targets[1].leest", True)


def test_a_misspelt_figure_is_told_what_it_may_have_meant(tmp_path: Path) -> None:
    """The nearest keys are named."""
    (problem,) = _problems(tmp_path / "c.toml", COMMITMENTS.replace('kpi = "ref"', 'kpi = "free_coling_hours"'))
    assert "free_cooling_hours" in problem.sentence("en")


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    """A file of a later version is not half understood."""
    (problem,) = _problems(tmp_path / "commitments.toml", COMMITMENTS.replace("schema = 1", "schema = 2"))
    assert problem.key == "errors.schema"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(ConfigError, match=r"commitments\.toml"):
        read_commitments(tmp_path / "commitments.toml")


def test_the_examples_of_the_documents_are_read(tmp_path: Path) -> None:
    """Both files that the evaluators' page shows are right as they stand there."""
    page = Path(__file__).parents[3] / "docs" / "evaluate.md"
    blocks = [block.partition("```")[0] for block in page.read_text("utf-8").split("```toml\n")[1:]]
    commitments, declared = (tmp_path / name for name in ("commitments.toml", "declared.toml"))
    commitments.write_text(next(block for block in blocks if "[[targets]]" in block), "utf-8")
    declared.write_text(next(block for block in blocks if "[[texts]]" in block), "utf-8")
    assert [target.most for target in read_commitments(commitments).targets] == [1.35]
    assert [text.author for text in read_declared(declared)] == ["Zhao Min"]


def test_declared_texts_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    """A text in one language is enough."""
    file = tmp_path / "declared.toml"
    file.write_text(DECLARED, "utf-8")
    (text,) = read_declared(file)
    assert (text.aspect, text.author, text.zh, text.en) == ("application_effect", "Zhao", "支撑 12 个行业应用。", "")


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ('"application_effect"', '"effects"', "texts[0].aspect", "report_files.aspect"),
        ('zh = "支撑 12 个行业应用。"', 'zh = "  "', "texts[0]", "report_files.no_text"),
        ('zh = "支撑 12 个行业应用。"', "zh = '" + "长" * 20_001 + "'", "texts[0].zh", "report_files.too_long"),
        ('zh = "支撑 12 个行业应用。"', 'fr = "Oui."', "texts[0].fr", "errors.unknown_key"),
        ('author = "Zhao"\n', "", "texts[0]", "errors.missing_key"),
    ],
)
def test_a_text_that_cannot_be_printed_or_placed_is_refused(
    tmp_path: Path, old: str, new: str, path: str, code: str
) -> None:
    """An unknown aspect, a text without words, one that is too long, an unknown language and a missing author."""
    (problem,) = _problems(tmp_path / "declared.toml", DECLARED.replace(old, new), declared=True)
    assert (problem.path, problem.key) == (path, code)


def test_what_is_not_named_lies_beside_the_site_file(tmp_path: Path) -> None:
    """A file that is named is read instead of the one beside the site file, and has to be there."""
    site_file, other = tmp_path / "site.toml", tmp_path / "other.toml"
    assert written_beside(site_file) == (None, ())
    (tmp_path / "commitments.toml").write_text(COMMITMENTS, "utf-8")
    other.write_text("schema = 1", "utf-8")
    usual, _ = written_beside(site_file)
    named, _ = written_beside(site_file, other)
    assert usual is not None
    assert named is not None
    assert (len(usual.targets), len(named.targets)) == (2, 0)
    with pytest.raises(ConfigError):
        written_beside(site_file, declared=tmp_path / "nowhere.toml")
