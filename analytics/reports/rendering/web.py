"""A report as one page of HTML that needs nothing else: no script, no font, no image from anywhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import segno
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from analytics.reports.document import Section
from analytics.reports.rendering.characters import legible
from greendc import display
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.reports.document import Block, Document, Figure, Span

DEEPEST = 4
"""Deeper sections share one level of headings."""
_COLUMN_REM = 4.6
_WIDE_COLUMNS = 8
_LONGEST_WORD = 18


def page(document: Document) -> bytes:
    """Return a report as a page, the same bytes for the same report.

    Every number stands in a ``data`` element that names it (``data-figure``) and holds its unrounded value.
    """
    return _template().render(document=document, lang=document.lang, code=_code(document.code)).encode()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalized,
    )
    environment.filters |= {
        "css": _css,
        "kind": _kind,
        "exact": _exact,
        "said": _said,
        "share": _share,
        "unbroken": _unbroken,
    }
    environment.globals |= {
        "t": t,
        "Markup": Markup,
        "deepest": DEEPEST,
        "column_rem": _COLUMN_REM,
        "wide_columns": _WIDE_COLUMNS,
        "contents": _contents,
    }
    source = files("analytics.reports.rendering").joinpath("templates/report.html.j2")
    return environment.from_string(source.read_text("utf-8"))


def _finalized(value: object) -> object:
    # Markup is our own drawing, everything else is text.
    return legible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind(block: Block) -> str:
    return str(msgspec.structs.fields(block) and type(block).__struct_config__.tag)


def _contents(document: Document) -> list[tuple[Section, list[Section]]]:
    """Return the sections and what each of them contains."""
    return [
        (section, [block for block in section.blocks if isinstance(block, Section)]) for section in document.sections
    ]


def _exact(one: Figure) -> str:
    return "" if one.value is None else repr(float(one.value))


def _said(one: Figure) -> str:
    return str(display.Shown(one.shown, one.unit))


def _unbroken(spans: tuple[Span, ...]) -> bool:
    """Tell whether a cell holds a word, such as a name or a hash, that would make its column wider than it should."""
    words = "".join(one if isinstance(one, str) else one.shown for one in spans).split()
    return any(len(word) > _LONGEST_WORD and word.isascii() for word in words)


def _share(width: float, widths: tuple[float, ...]) -> str:
    return f"{100.0 * width / sum(widths):.2f}%"


def _css(text: str) -> Markup:
    """Return a text as a string of CSS that can end neither the string nor the style sheet."""
    inner = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in legible(text))
    return Markup(f'"{inner}"')  # noqa: S704 (each character that means something is written as its number)


def _code(text: str) -> Markup:
    """Return the code on the cover as a drawing."""
    if not text:
        return Markup()
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, border=2, dark="#1f2933", light="#ffffff"
    )
    return Markup(drawn)  # noqa: S704 (modules of a code, made by the library)
