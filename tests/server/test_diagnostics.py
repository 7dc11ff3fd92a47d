"""Diagnostics: as one types, of what is not saved, at the places that the protocol counts."""

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from tests.server.client import CAPABILITIES

pytestmark = pytest.mark.asyncio

BAD = """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28)),
    layers.Conv2D(8, 3),
])
model.compile(loss="mse", metrics="accuracy")
"""
WIDE = 'import keras\n名 = "😀模型"; m = keras.Sequential(); m.compile(metrics="mae")\n'


def found(diagnostics):
    return [(d.code, d.range.start.line, d.range.start.character) for d in diagnostics]


async def test_unsaved_text_is_checked_as_it_is_typed(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "never_saved.py", "import keras\n")
    assert await editor.told(uri) == []
    editor.change(uri, BAD)
    diagnostics = await editor.told(uri)
    assert found(diagnostics) == [("KF201", 4, 16), ("KF312", 7, 26)]
    [rank, _] = diagnostics
    assert rank.severity == types.DiagnosticSeverity.Error
    assert rank.source == "kerasfix"
    assert "`Conv2D` takes rank 4" in rank.message
    start = types.Position(7, 34)
    editor.change(uri, '["mae"]', types.Range(start, types.Position(7, 44)))
    assert found(await editor.told(uri)) == [("KF201", 4, 16)]
    editor.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await editor.until(lambda: not editor.diagnostics[uri])


async def test_codes_lead_to_the_pages_of_their_rules(editor, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.kerasfix]\ndocs-url = "https://docs.example.org/k/"\n')
    await editor.start(tmp_path)
    [rank, _] = await editor.told(editor.open(tmp_path / "x.py", BAD))
    assert rank.code_description.href == "https://docs.example.org/k/rules/input-rank/"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kerasfix.toml").write_text("")
    [rank, _] = await editor.told(editor.open(tmp_path / "other" / "x.py", BAD))
    assert rank.code_description is None


async def test_only_the_last_of_quick_changes_is_looked_at(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", "import keras\n")
    await editor.told(uri)
    versions = []
    editor.protocol.fm.features.pop("textDocument/publishDiagnostics")

    @editor.feature("textDocument/publishDiagnostics")
    def published(params):
        versions.append(params.version)

    for length in range(1, len(BAD), 10):
        editor.change(uri, BAD[:length])
    await editor.until(lambda: editor.versions[uri] in versions)
    assert versions == [editor.versions[uri]]


async def test_places_of_a_finding_are_related_information(editor, tmp_path):
    await editor.start(tmp_path)
    text = (
        "import keras\n(x, y), _ = keras.datasets.mnist.load_data()\nm = keras.Sequential([keras.Input((28,)), "
        "keras.layers.Dense(10)])\nm.compile(loss='mse')\nm.fit(x, y)\n"
    )
    uri = editor.open(tmp_path / "x.py", text)
    related = [info for d in await editor.told(uri) for info in d.related_information or ()]
    assert related
    assert {info.location.uri for info in related} == {uri}


@pytest.mark.parametrize(
    ("encodings", "column"),
    [(["utf-16"], 46), (["utf-8", "utf-16"], 54), (["utf-32"], 45), (None, 46), (["latin-1"], 46)],
)
async def test_columns_are_counted_in_the_units_agreed_on(editor, tmp_path, encodings, column):
    capabilities = client_capabilities(CAPABILITIES)
    capabilities.general = types.GeneralClientCapabilities(position_encodings=encodings)
    result = await editor.start(tmp_path, capabilities=capabilities)
    wanted = encodings[0] if encodings and encodings != ["latin-1"] else "utf-16"
    assert result.capabilities.position_encoding == wanted
    uri = editor.open(tmp_path / "x.py", WIDE)
    [diagnostic] = await editor.told(uri)
    assert found([diagnostic]) == [("KF312", 1, column)]
    unit = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[wanted]
    line = WIDE.splitlines()[1]
    assert len(line[: line.index("metrics")].encode(unit[0])) // unit[1] == column
    # Typing behind the wide characters arrives at the same place here and there.
    end = len(line[: line.index('"mae"')].encode(unit[0])) // unit[1]
    span = types.Range(types.Position(1, end), types.Position(1, end + 5))
    editor.change(uri, '["mae"]', span)
    assert await editor.told(uri) == []


async def test_untitled_documents_are_checked(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open("untitled:Untitled-1", BAD)
    assert found(await editor.told(uri)) == [("KF201", 4, 16), ("KF312", 7, 26)]


async def test_lines_end_where_the_protocol_says(editor, tmp_path):
    """Not at form feeds and Unicode's separators, as `str.splitlines` has it."""
    await editor.start(tmp_path)
    text = "import keras\f\n# a\u2028b\x85c\r\nm = keras.Sequential()\rm.compile(metrics='mae')\n"
    uri = editor.open(tmp_path / "x.py", text)
    assert found(await editor.told(uri)) == [("KF312", 3, 10)]
    editor.change(uri, "['mae']", types.Range(types.Position(3, 18), types.Position(3, 23)))
    assert await editor.told(uri) == []


async def test_blocks_of_markdown_and_rst_are_checked(editor, tmp_path):
    await editor.start(tmp_path)
    code = "import keras\nm = keras.Sequential()\nm.compile(metrics='mae')\n"
    block = "> ```python\n" + "".join(f"> {line}\n" for line in code.splitlines()) + "> ```\n"
    markdown = editor.open(tmp_path / "x.md", f"# 标题 😀\n\n{block}", "markdown")
    assert found(await editor.told(markdown)) == [("KF312", 5, 12)]
    rst = editor.open(
        "untitled:notes", ".. code-block:: python\n\n" + "".join(f"   {line}\n" for line in code.splitlines()),
        "restructuredtext",
    )  # fmt: skip
    assert found(await editor.told(rst)) == [("KF312", 4, 13)]


async def test_code_that_does_not_parse_is_one_finding(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", "import keras\nmodel = keras.Sequential([\n")
    assert [d.code for d in await editor.told(uri)] == ["KF001"]


async def test_other_languages_and_excluded_files_are_left_alone(editor, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.kerasfix]\nexclude = ["old"]\n')
    await editor.start(tmp_path)
    others = [editor.open(tmp_path / "old" / "x.py", BAD), editor.open(tmp_path / "x.js", BAD, "javascript")]
    uri = editor.open(tmp_path / "x.py", BAD)
    assert len(await editor.told(uri)) == 2
    assert not [other for other in others if editor.diagnostics.get(other)]


async def test_comments_silence_findings(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", BAD.replace("(28, 28)),", "(28, 28)),  # noqa: KF201"))
    assert found(await editor.told(uri)) == [("KF312", 7, 26)]
