"""What is shown for the place under the cursor: a value's shape, and the rules that speak there."""

import re
from collections.abc import Iterator

import libcst as cst
from lsprotocol import types

from kerasfix.keras.naming import real_class
from kerasfix.keras.shape import Structure, TensorSpec
from kerasfix.registry import rule_by_code_or_name
from kerasfix.server.analysis import Analysis, Part
from kerasfix.server.language_server import KerasfixServer
from kerasfix.server.options import Hover
from kerasfix.server.outputs import outputs
from kerasfix.shapes import text_shape
from kerasfix.suppressions import Suppressions, has_comments
from kerasfix.trace.library.graphs import count, leaves
from kerasfix.trace.values import Array, Layer, Mapping, Model, Sequence, Tensor, Value

_MAX_SHOWN = 3  # values of one expression


def register(server: KerasfixServer) -> None:
    """Make the server answer hovers."""
    server.answers(types.TEXT_DOCUMENT_HOVER)(_hover)


async def _hover(server: KerasfixServer, params: types.HoverParams) -> types.Hover | None:
    uri = params.text_document.uri
    analysis = server.opened.analysis(uri)
    if analysis is None:
        return None
    options = server.folder(analysis.path).options.hover
    found = await server.work(lambda: hover(analysis, uri, params.position, options))
    if found is None:
        return None
    text, span = found
    formats = _formats(server)
    if types.MarkupKind.Markdown in formats or not formats:
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), span)
    return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, _plain(text)), span)


def _formats(server: KerasfixServer) -> tuple[types.MarkupKind, ...]:
    text = server.client_capabilities.text_document
    return tuple((text and text.hover and text.hover.content_format) or ())


def _plain(text: str) -> str:
    return re.sub(r"^#+ |\*\*|`(?=[^`]|$)|^```\w*\n", "", text, flags=re.MULTILINE)


def hover(
    analysis: Analysis, uri: str, position: types.Position, options: Hover
) -> tuple[str, types.Range] | None:
    """The text for a place, in Markdown, and what it speaks of."""
    found = analysis.at(uri, position)
    if found is None:
        return None
    part, offset = found
    spans: list[tuple[int, int]] = []
    texts: list[str] = []
    if options.values and (value := value_at(part, offset)):
        spans.append(value[1])
        texts.append(value[0])
    for code, span in _rules_at(analysis, part, offset) if options.rules else ():
        if rule := rule_by_code_or_name(code):
            spans.append(span)
            texts.append(f"**{rule.name}** ({rule.code}, {rule.severity})\n\n{rule.documentation.strip()}")
    if not texts:
        return None
    return "\n\n---\n\n".join(texts), analysis.place(part.source, *spans[0])[1]


def _rules_at(analysis: Analysis, part: Part, offset: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The codes of the comment or the findings at a place, innermost first, each once."""
    if has_comments(part.source) and (code := Suppressions(part.source).code_at(offset)):
        yield code[0], code[1]
        return
    here = [
        finding
        for place, finding in analysis.findings
        if place is part and finding.start <= offset <= finding.end
    ]
    here.sort(key=lambda finding: finding.end - finding.start)
    yield from {finding.code: (finding.start, finding.end) for finding in reversed(here)}.items()


def value_at(part: Part, offset: int) -> tuple[str, tuple[int, int]] | None:
    """What the innermost expression at a place is worth, and its span; None where nothing is to be said of it."""
    around = [
        (end - start, start, end, node)
        for node in part.seen
        if (span := part.module.spans.get(node)) and (start := span[0]) <= offset <= (end := span[1])
    ]
    for _, start, end, node in sorted(around, key=lambda found: found[0]):
        shown = list(
            dict.fromkeys(text for value in part.seen[node] if (text := describe(part, node, value)))
        )
        if shown:
            more = f"\n\n… and {len(shown) - _MAX_SHOWN} more" if len(shown) > _MAX_SHOWN else ""
            return "\n\n".join(shown[:_MAX_SHOWN]) + more, (start, end)
        if not isinstance(node, cst.Name | cst.Attribute):
            return None  # the value of something around it is not what is asked for
    return None


def describe(part: Part, node: cst.CSTNode, value: Value) -> str | None:
    """A tensor, array, layer or model in a few words; None for other values."""
    match value:
        case Tensor(spec=spec) if spec.shape is not None:
            return f"tensor `{text_shape(spec)}` {spec.dtype or ''}".rstrip()
        case Array(spec=spec) if spec.shape is not None:
            return f"array `{text_shape(spec)}` {spec.dtype or ''}".rstrip() + "".join(_facts(part, value))
        case Layer():
            return _part(
                f"`{real_class(value.class_name)}` layer", value.name, *_shapes(part, node, value), value
            )
        case Model():
            given, output = (value.inputs, value.output) if value.known else (None, None)
            shapes = [output] if output is not None else []
            return _part(f"`{value.class_name}` model", value.label, given, shapes, value)
        case Sequence(items=list(items)) if _holds_arrays(items):
            return f"{value.kind} of " + ", ".join(describe(part, node, item) or "?" for item in items)
        case Mapping(items=dict(items)) if items and _holds_arrays(list(items.values())):
            inner = (f"{key!r}: {describe(part, node, item) or '?'}" for key, item in items.items())
            return "dict of " + ", ".join(inner)
    return None


def _holds_arrays(items: list[Value]) -> bool:
    kinds = Tensor | Array | Sequence
    return 0 < len(items) <= 8 and all(isinstance(item, kinds) for item in items)


def _facts(part: Part, value: Array) -> Iterator[str]:
    facts = value.facts
    if facts.labels is not None:
        kind = "one-hot labels" if facts.labels.one_hot else "class labels"
        yield f", {kind}" + (f" of {facts.labels.classes} classes" if facts.labels.classes else "")
    elif facts.low is not None and facts.high is not None:
        yield f", values from {facts.low:g} to {facts.high:g}"
    if facts.dataset:
        yield f", from `{facts.dataset}`"
    if value.shaped is not None and value.shaped in part.module.spans:
        yield f" ({part.module.place(value.shaped)})"


def _shapes(part: Part, node: cst.CSTNode, value: Layer) -> tuple[Structure | None, list[Structure]]:
    """What a layer gets and puts out: at this place, else wherever it is used."""
    found = outputs(part)
    here = found.get(node) or next((output for output in found.values() if output.part is value), None)
    if here is not None:
        return here.inputs[0], here.shapes
    first = value.first
    return (first.inputs, [first.output]) if first is not None else (None, [])


def _part(
    kind: str, name: str | None, given: Structure | None, shapes: list[Structure], value: Layer | Model
) -> str:
    lines = [kind + (f" `{name}`" if name else "")]
    if given is not None and _is_known(given):
        lines.append(f"- input `{text_shape(given)}`{_dtype(given)}")
    known = [shape for shape in shapes if _is_known(shape)]
    lines += [f"- output `{text_shape(shape)}`{_dtype(shape)}" for shape in known[:_MAX_SHOWN]]
    params = count(value) if not isinstance(value, Model) or value.known else None
    if params is not None:
        lines.append(f"- {params:,} parameters")
    return "\n".join(lines)


def _is_known(shape: Structure) -> bool:
    return any(spec.shape is not None for spec in leaves(shape))


def _dtype(shape: Structure) -> str:
    return f" {shape.dtype}" if isinstance(shape, TensorSpec) and shape.dtype else ""
