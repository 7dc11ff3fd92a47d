"""Settings of the client by folder, and configuration files that change."""

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from kerasfix.server.options import InlayHints, Options, Verify, read_options
from tests.server.client import CAPABILITIES

BAD = "import keras\nm = keras.Sequential()\nm.compile(metrics='mae')\nDense\n"


def codes(diagnostics):
    return [diagnostic.code for diagnostic in diagnostics]


def test_options_are_read_in_each_way_that_clients_send_them():
    wanted = Options(
        select=("KF1",), run="onSave", inlay_hints=InlayHints(False, 9), verify=Verify(timeout=5.0)
    )
    data = {
        "select": ["KF1"], "run": "onSave", "inlayHints": {"enable": False, "maximumLength": 9},
        "verify": {"timeout": 5}, "configuration": None,
    }  # fmt: skip
    for sent in (data, {"kerasfix": data}, {"settings": data}, {"settings": {"kerasfix": data}}):
        assert read_options(sent) == (wanted, [])
    assert read_options(None) == (Options(), [])


def test_wrong_options_are_told_and_count_as_not_given():
    options, problems = read_options(
        {
            "selct": [],
            "run": "never",
            "delay": "x",
            "inlayHints": 1,
            "ignore": [1],
            "enable": 1,
            "verify": {"x": 1},
        }
    )
    assert options == Options()
    assert len(problems) == 7
    assert problems[0].startswith(
        "unknown setting `kerasfix.selct`; there are: enable, run, delay, configuration"
    )
    assert problems[1] == "`kerasfix.run` cannot be 'never'"
    assert problems[-1].startswith(
        "unknown setting `kerasfix.verify.x`; there are: python, device, timeout, "
    )


@pytest.mark.asyncio
async def test_a_configuration_file_that_changes_is_read_again(editor, tmp_path):
    capabilities = client_capabilities(CAPABILITIES)
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    capabilities.workspace.did_change_watched_files = watching
    await editor.start(tmp_path, capabilities=capabilities)
    uri = editor.open(tmp_path / "x.py", BAD)
    assert codes(await editor.told(uri)) == ["KF312", "KF101"]
    await editor.until(lambda: editor.registered)
    watched = [r for r in editor.registered if r.method == "workspace/didChangeWatchedFiles"]
    patterns = {watcher["globPattern"] for watcher in watched[0].register_options["watchers"]}
    assert patterns == {"**/pyproject.toml", "**/kerasfix.toml", "**/.kerasfix.toml"}

    async def now(text, expected):
        (tmp_path / ".kerasfix.toml").write_text(text)
        event = types.FileEvent((tmp_path / ".kerasfix.toml").as_uri(), types.FileChangeType.Changed)
        editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        await editor.until(lambda: codes(editor.diagnostics[uri]) == expected)

    await now('ignore = ["KF312"]\n', ["KF101"])
    await editor.until(lambda: "workspace/inlayHint/refresh" in editor.refreshed)
    await now('select = ["KF3"]\n', ["KF312"])
    # What cannot be read stops nothing, and is told once.
    await now("select = [\n", ["KF312"])
    editor.change(uri, BAD + "\n")
    await editor.told(uri)
    await editor.until(lambda: editor.messages)
    [message] = editor.messages
    assert "not valid TOML" in message.message
    await now("", ["KF312", "KF101"])


@pytest.mark.asyncio
async def test_without_watchers_a_saved_file_is_read(editor, tmp_path):
    capabilities = client_capabilities(CAPABILITIES)
    capabilities.workspace.did_change_watched_files = None
    await editor.start(tmp_path, capabilities=capabilities)
    uri = editor.open(tmp_path / "x.py", BAD)
    await editor.told(uri)
    (tmp_path / "pyproject.toml").write_text('[tool.kerasfix]\nignore = ["KF312"]\n')
    editor.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await editor.until(lambda: codes(editor.diagnostics[uri]) == ["KF101"])


@pytest.mark.asyncio
async def test_settings_belong_to_workspace_folders(editor, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    editor.set_configuration({"ignore": ["KF312"]}, section="kerasfix", scope_uri=one.as_uri())
    editor.set_configuration({"select": ["KF3"]}, section="kerasfix", scope_uri=other.as_uri())
    await editor.start(tmp_path, folders=[one, other])
    first, second = editor.open(one / "x.py", BAD), editor.open(other / "x.py", BAD)
    outside = editor.open(tmp_path / "x.py", BAD)
    assert codes(await editor.told(first)) == ["KF101"]
    assert codes(await editor.told(second)) == ["KF312"]
    assert codes(await editor.told(outside)) == ["KF312", "KF101"]
    # Another setting.
    editor.set_configuration({"enable": False}, section="kerasfix", scope_uri=other.as_uri())
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.until(lambda: not editor.diagnostics[second])
    # Another folder.
    third = tmp_path / "third"
    editor.set_configuration({"select": ["NONSENSE"]}, section="kerasfix", scope_uri=third.as_uri())
    editor.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            types.WorkspaceFoldersChangeEvent([types.WorkspaceFolder(third.as_uri(), "third")], [])
        )
    )
    uri = editor.open(third / "x.py", BAD)
    assert codes(await editor.told(uri)) == ["KF312", "KF101"]
    await editor.until(lambda: editor.messages)
    assert "unknown rule selector `NONSENSE`" in editor.messages[-1].message


@pytest.mark.asyncio
async def test_files_are_checked_when_they_are_saved_if_that_is_wanted(editor, tmp_path):
    await editor.start(tmp_path, options={"settings": {"run": "onSave"}})
    uri = editor.open(tmp_path / "x.py", "import keras\n")
    assert await editor.told(uri) == []
    editor.change(uri, BAD)
    hover = await editor.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(1, 0))
    )
    assert hover
    assert editor.published[uri] == 1
    editor.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert codes(await editor.told(uri)) == ["KF312", "KF101"]
