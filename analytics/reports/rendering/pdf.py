"""A report as PDF/A-3b, tagged, with its data attached: set by typst from a template that gets every text as data.

No text of a report is ever read as markup, so a name cannot do more than be printed. Nothing depends on the clock, on
the network or, as long as the own fonts have all letters, on the fonts of the system: same report, same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import segno
import typst

from analytics.reports.document import Document, Table, texts_of
from analytics.reports.rendering import letters
from analytics.reports.rendering.columns import columns_of
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

_MULTILINE = frozenset({"text", "svg"})
"""Fields whose line ends mean something; elsewhere one is a space."""
_MIME = {"json": "application/json", "csv": "text/csv", "xml": "application/xml", "svg": "image/svg+xml"}
_LOG = logging.getLogger("greendc.reports")


def pdf(document: Document, attached: Mapping[str, bytes], when_ns: int) -> bytes:
    """Return a report as PDF.

    Args:
        document: what it says.
        attached: files to attach by their names; each must be UTF-8 text, as JSON and CSV are.
        when_ns: the instant that the file names as its date [ns].

    Raises:
        ConfigError: letters that no font has.
        ValueError: an attached file is no UTF-8 text.
    """
    words = _words(document)
    fonts = letters.check([*texts_of(document), document.code, *words.values()])
    content = {
        "document": _printable(msgspec.to_builtins(document), fonts),
        "words": words,
        "fonts": fonts.families,
        "code": _code(document.code),
    }
    given = [
        {"name": name, "mime": _MIME.get(name.rpartition(".")[2], "text/plain"), "content": data.decode("utf-8")}
        for name, data in sorted(attached.items())
    ]
    done, warnings = typst.compile_with_warnings(
        files(__package__).joinpath("template.typ").read_bytes(),
        format="pdf",
        font_paths=_fonts(fonts),
        sys_inputs={"report": _json(content), "attached": _json(given)},
        pdf_standards=["a-3b"],
        timestamp=dt.datetime.fromtimestamp(when_ns // NS_PER_SECOND, tz=dt.UTC),
    )
    for warning in warnings:
        _LOG.warning("typst: %s", warning.message)
    return bytes(done)


def _words(document: Document) -> dict[str, str]:
    """Return the words of the template itself; ``{page}`` and ``{pages}`` are filled while the pages are set."""
    lang = document.lang
    return {
        "contents": t("report_pdf.contents", lang),
        "declared": t("report_pdf.declared", lang),
        "page": t("report_pdf.page", lang, page="{page}", pages="{pages}"),
        "code": t("report_pdf.code", lang, code=document.code),
        "attached": t("report_pdf.attached", lang),
    }


def _fonts(fonts: letters.Fonts) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in fonts.folders],
    )


def _printable(node: object, fonts: letters.Fonts, field: str = "") -> object:
    """Return a tree of plain values with every text as it can be printed."""
    match node:
        case str():
            text = fonts.printable(node)
            return text if field in _MULTILINE else text.replace("\n", " ")
        case dict():
            made = {name: _printable(value, fonts, name) for name, value in node.items()}
            return _measured(made) if node.get("type") == "table" else made
        case list() | tuple():
            return [_printable(value, fonts, field) for value in node]
        case _:
            return node


def _measured(table: dict[str, object]) -> dict[str, object]:
    """Return a table with the measures of its columns."""
    return table | {"sized": msgspec.to_builtins(columns_of(msgspec.convert(table, Table)))}


def _code(text: str) -> str:
    """Return a QR code of middle error correction as SVG; empty for no text, or one that is too long for a code."""
    if not text:
        return ""
    try:
        code = segno.make(text, error="m", micro=False, boost_error=False)
    except segno.DataOverflowError:
        return ""
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=0, xmldecl=False, dark="#1F2933", unit="mm")
    return drawn.getvalue().decode("utf-8")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8")
