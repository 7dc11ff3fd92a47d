"""The output shape behind every layer, while it is typed."""

import re
from dataclasses import dataclass
from typing import Any

import libcst as cst
from lsprotocol import types

from kerasfix.server.analysis import Analysis, Part
from kerasfix.server.hover import describe
from kerasfix.server.language_server import KerasfixServer
from kerasfix.server.outputs import Output, outputs
from kerasfix.shapes import text_shape

_CLOSING = re.compile(r"[)\]}]*[,;]?")
_MAX_SHAPES = 3


@dataclass(frozen=True)
class Hint:
    """The text behind one layer."""

    uri: str
    position: types.Position
    label: str
    part: Part
    node: cst.CSTNode
    output: Output


def register(server: KerasfixServer) -> None:
    """Make the server answer requests for inlay hints."""
    server.answers(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions())(_hints)
    server.answers(types.INLAY_HINT_RESOLVE)(_resolve)


async def _hints(server: KerasfixServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    uri = params.text_document.uri
    analysis = server.opened.analysis(uri)
    if analysis is None:
        return []
    options = server.folder(analysis.path).options.inlay_hints
    if not options.enable:
        return []
    found = await server.work(lambda: hints(analysis, options.maximum_length))
    version = _version(analysis, uri)
    return [
        types.InlayHint(
            hint.position,
            hint.label,
            padding_left=True,
            data={"uri": uri, "version": version, "number": number},
        )
        for number, hint in enumerate(found)
        if hint.uri == uri and params.range.start <= hint.position <= params.range.end
    ]


async def _resolve(server: KerasfixServer, hint: types.InlayHint) -> types.InlayHint:
    """The tooltip, which is made when it is looked at."""
    data: Any = hint.data
    analysis = server.opened.analysis(data["uri"])
    if analysis is None or _version(analysis, data["uri"]) != data["version"]:
        return hint  # the text has changed since: another hint may stand at this number

    def tooltip() -> str:
        found = hints(analysis)[data["number"]]
        return describe(found.part, found.node, found.output.part) or found.label

    hint.tooltip = types.MarkupContent(types.MarkupKind.Markdown, await server.work(tooltip))
    return hint


def _version(analysis: Analysis, uri: str) -> int | None:
    return next((text.version for text in analysis.texts.values() if text.uri == uri), None)


def hints(analysis: Analysis, maximum_length: int = 0) -> list[Hint]:
    """The hints of a document, in the order of its text."""
    found = []
    for part in analysis.parts:
        taken: set[int] = set()
        known = outputs(part)
        # From the outermost: where several end at one place, the inner ones stay inside of the brackets.
        for node in sorted(known, key=lambda node: part.module.span(node)[0]):
            end = part.module.span(node)[1]
            behind = _CLOSING.match(part.source.text, end)
            place = behind.end() if behind and behind.end() not in taken else end
            taken.add(place)
            uri, span = analysis.place(part.source, place, place)
            label = _label(known[node], maximum_length)
            found.append(Hint(uri, span.start, label, part, node, known[node]))
    return found


def _label(output: Output, maximum_length: int) -> str:
    shapes = [text_shape(shape) for shape in output.shapes[:_MAX_SHAPES]]
    text = " | ".join(shapes) + (" | …" if len(output.shapes) > _MAX_SHAPES else "")
    if 0 < maximum_length < len(text):
        text = text[: maximum_length - 1] + "…"
    return f"→ {text}"
