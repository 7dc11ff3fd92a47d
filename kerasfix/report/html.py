"""`kerasfix report`: findings, diffs, verdicts and models on one page that needs nothing else.

All text is escaped by `element`; code frames come from the `full` format, whose colours become classes of the page.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files

from kerasfix import __version__
from kerasfix.finding import Severity
from kerasfix.report import Placed, clean
from kerasfix.report.full import render as full
from kerasfix.report.shapes import HEAD, cells, count, flow, given
from kerasfix.report.summary import plural
from kerasfix.report.svg import drawing
from kerasfix.shapes import Summary

_OPEN, _DIVIDE, _CLOSE = "\ue000", "\ue001", "\ue002"
"""Marks of a coloured text; `clean` lets no text of a file hold such characters."""
_MARKED = re.compile(f"{_OPEN}([a-z_ ]*){_DIVIDE}|{_CLOSE}")

_ALLOWED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load for the page: nothing from elsewhere, and no script at all."""


@dataclass
class FileReport:
    """What there is to show of one file; texts are painted by `paint`."""

    name: str
    findings: list[Placed] = field(default_factory=list)
    fixed: int = 0
    """How many findings `--fix` would repair."""
    diff: str = ""
    """What it would change."""
    verdicts: list[str] = field(default_factory=list)
    unproven: str = ""
    """Why nothing could be run."""
    models: list[Summary] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def matters(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.findings or self.models or self.errors or self.verdicts)


class Html(str):
    """A piece of the page; any other text is escaped where it is put into one."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | None) -> Html:
    """`<name attribute="...">children</name>`; underscores at the end of attributes' names are dropped."""
    listed = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items() if value is not None
    )
    content = "".join(child if isinstance(child, Html) else escape(child) for child in children)
    return Html(f"<{name}{listed}>{content}</{name}>")


def paint(text: str, fg: str = "", bold: bool = False, **_other: object) -> str:
    """A `Paint` for texts that `painted` puts on the page."""
    names = " ".join(filter(None, (fg, "bold" if bold else "")))
    return f"{_OPEN}{names}{_DIVIDE}{text}{_CLOSE}" if names else text


def painted(text: str) -> Html:
    """A painted text, escaped, its colours as classes."""
    return Html(
        _MARKED.sub(
            lambda mark: f'<span class="{mark[1]}">' if mark[1] else "</span>", escape(text, quote=False)
        )
    )


def page(reports: Sequence[FileReport], checked: int) -> str:
    """The whole page; `checked` is the number of files that were looked at."""
    shown = [report for report in reports if report.matters]
    style = files("kerasfix.report").joinpath("page.css").read_text(encoding="utf-8")
    head = element(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">'),
        element("title", f"kerasfix: {_title(shown)}"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element("header", element("h1", "kerasfix"), element("p", _title(shown), class_="lead")),
        element("main", *_overview(shown, checked), *(_file(place, one) for place, one in enumerate(shown))),
        element("footer", f"Made by kerasfix {__version__}. Nothing was run"
                + (", but the scripts that have a verdict." if any(one.verdicts for one in shown) else ".")),
    )  # fmt: skip
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def _title(shown: Sequence[FileReport]) -> str:
    findings = sum(len(report.findings) for report in shown)
    if not findings:
        return "Nothing found"
    return f"{plural(findings, 'finding')} in {plural(sum(bool(one.findings) for one in shown), 'file')}"


def _overview(shown: Sequence[FileReport], checked: int) -> Iterator[Html]:
    levels = Counter(placed.finding.severity for report in shown for placed in report.findings)
    tiles = [(plural(checked, "file"), "checked", "")]
    tiles += [
        (str(levels[level]), f"{level.value}{'' if levels[level] == 1 else 's'}", level.value)
        for level in Severity
        if levels[level]
    ]
    if fixed := sum(report.fixed for report in shown):
        tiles.append((str(fixed), "repaired by --fix", "fixed"))
    if models := sum(len(report.models) for report in shown):
        tiles.append((str(models), "model" if models == 1 else "models", ""))
    yield element(
        "ul",
        *(
            element("li", element("b", number), f" {words}", class_=kind or None)
            for number, words, kind in tiles
        ),
        class_="tiles",
    )
    if len(shown) > 1:
        yield _table(
            ("file", "errors", "warnings", "hints", "models"),
            [
                (
                    element("a", clean(report.name), href=f"#file-{place}"),
                    *(
                        str(sum(one.finding.severity is level for one in report.findings) or "")
                        for level in Severity
                    ),
                    str(len(report.models) or ""),
                )
                for place, report in enumerate(shown)
            ],
            right=(1, 2, 3, 4),
        )
    rules = Counter((placed.finding.code, placed.finding.name) for one in shown for placed in one.findings)
    if len(rules) > 1:
        rows = [
            (str(number), code, name)
            for (code, name), number in sorted(rules.items(), key=lambda item: (-item[1], item[0]))
        ]
        yield element(
            "details", element("summary", "By rule"), _table(("count", "code", "rule"), rows, right=(0,))
        )


def _file(place: int, report: FileReport) -> Html:
    parts: list[Html] = [element("h2", clean(report.name), id=f"file-{place}")]
    parts += [element("p", clean(error), class_="failure") for error in report.errors]
    parts += [_finding(placed) for placed in report.findings]
    if report.diff:
        title = f"What --fix changes: {plural(report.fixed, 'finding')} repaired"
        parts.append(_details(title, element("pre", painted(report.diff), tabindex="0")))
    if report.verdicts:
        lines = "\n".join(report.verdicts)
        parts.append(element("h3", "Verification"))
        parts.append(element("pre", painted(lines), class_="verdict", tabindex="0"))
    if report.models:
        after = ", after the fixes" if report.diff else ""
        parts.append(element("h3", f"{'Model' if len(report.models) == 1 else 'Models'}{after}"))
        parts += [_model(report.name, model) for model in report.models]
    return element("section", *parts)


def _finding(placed: Placed) -> Html:
    finding = placed.finding
    _, _, body = full([placed], paint).partition("\n")
    code: str = element("code", finding.code, class_="code")
    if placed.url:
        code = element("a", code, href=placed.url)
    mark = [element("span", "fixable", class_="mark", title="repaired by --fix")] if placed.applicable else []
    return element(
        "article",
        element("h4", code, " ", *_words(clean(finding.message)), *mark, title=finding.name),
        element("pre", painted(body.rstrip("\n")), tabindex="0"),
        class_=finding.severity.value,
    )


def _words(message: str) -> Iterator[str]:
    """A message with what stands in backquotes as code."""
    for place, part in enumerate(message.split("`")):
        yield element("code", part) if place % 2 else part


def _model(filename: str, model: Summary) -> Html:
    chain = model.is_chain
    head = HEAD[: 4 if chain else 5]
    rows: list[Sequence[str]] = [cells(model, place, chain) for place in range(len(model.rows))]
    rows.append(("", "total", "", count(model.params)))
    svg = base64.b64encode(drawing([(filename, [model])]).encode()).decode()
    words = f"The layers of {clean(model.name)} as a graph; the table has the same"
    picture = Html(f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{svg}">')
    return element(
        "article",
        element("h4", element("code", clean(model.name)), f" ({clean(model.class_name)}): {flow(model)}"),
        element(
            "div",
            element(
                "div",
                _table(head, rows, right=(0, 3), total=True),
                *(element("p", given(data), class_="given") for data in model.data),
            ),
            _details("Graph", element("div", picture, class_="graph"), opened=len(model.rows) <= 12),
            class_="beside",
        ),
        class_="model",
    )


def _details(title: str, *children: Html, opened: bool = True) -> Html:
    return element("details", element("summary", title), *children, open="" if opened else None)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), total: bool = False
) -> Html:
    def line(kind: str, row: Sequence[str]) -> Html:
        return element(
            "tr",
            *(
                element(kind, cell, class_="number" if place in right else None)
                for place, cell in enumerate(row)
            ),
        )

    body = [line("td", row) for row in rows]
    last = element("tfoot", body.pop()) if total else Html("")
    table = element("table", element("thead", line("th", head)), element("tbody", *body), last)
    return element("div", table, class_="wide", tabindex="0")
