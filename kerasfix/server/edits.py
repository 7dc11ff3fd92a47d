"""New texts of sources as the edits that turn what the client holds into them."""

from difflib import SequenceMatcher

from lsprotocol import types

from kerasfix.server.analysis import Analysis
from kerasfix.server.places import Text
from kerasfix.source import Source
from kerasfix.source.blocks import LINE


def workspace_edit(analysis: Analysis, texts: dict[Source, str], versioned: bool) -> types.WorkspaceEdit:
    """The smallest edits of whole lines' differing parts; `versioned` where the client knows document changes."""
    changes = [
        (analysis.texts[cell], _edits(analysis.texts[cell], new))
        for cell, (_, new) in analysis.document.rewritten(texts).items()
    ]
    if not versioned:
        return types.WorkspaceEdit(changes={text.uri: edits for text, edits in changes})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri=text.uri, version=text.version), list(edits)
            )
            for text, edits in changes
        ]
    )


def _edits(text: Text, new: str) -> list[types.TextEdit]:
    before, after = LINE.findall(text.text), LINE.findall(new)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    edits = []
    for kind, first, last, low, high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        old, content = "".join(before[first:last]), "".join(after[low:high])
        head = _common(old, content)
        if old[head - 1 : head + 1] == "\r\n" or content[head - 1 : head + 1] == "\r\n":
            head -= 1  # no position stands between the two
        tail = _common(old[head:][::-1], content[head:][::-1])
        start, end = starts[first] + head, starts[last] - tail
        if text.text[end - 1 : end + 1] == "\r\n":
            end, tail = end + 1, tail - 1
        edits.append(types.TextEdit(text.range(start, end), content[head : len(content) - tail]))
    return edits


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
