"""Measure the language server: CPU seconds of its process from an edit to its diagnostics and inlay hints.

    python benchmarks/server.py [--edits 30] [--lines 300] [--profile FILE]

The script is put together from `fixtures/clean/`, with one fault, so that there is something to say. Each edit types
one character; the next one follows when the diagnostics and the hints of that version have come. CPU time is that
of the server's process and all its threads, so that other work on the machine does not count.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from lsprotocol import types
from pygls.lsp.client import LanguageClient

ROOT = Path(__file__).resolve().parent.parent
BUDGET = 0.100
_TYPED = 'name = "x"\n'
_FAULT = "\nfaulty = keras.Sequential([keras.Input((28, 28)), keras.layers.Conv2D(8, 3)])\n"


def script(lines: int) -> str:
    """A script of about so many lines: whole fixtures, each with its own imports, as notebooks' exports are.

    What is typed is typed in the middle.
    """
    text = "import keras\n"
    for path in sorted((ROOT / "fixtures" / "clean").glob("*.py")):
        if text.count("\n") > lines / 2 and _TYPED not in text:
            text += _TYPED
        text += path.read_text(encoding="utf-8")
        if text.count("\n") > lines:
            break
    return "".join(text.splitlines(keepends=True)[: lines - _FAULT.count("\n")]) + _FAULT


def cpu(pid: int) -> float:
    """The CPU seconds, user and system, that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """An editor that types."""

    def __init__(self) -> None:
        self.client = LanguageClient("benchmark", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(
            lambda params: self.published.put_nowait(params)
        )

    async def start(self, command: list[str], folder: Path) -> int:
        """Start the server; its process."""
        await self.client.start_io(*command)
        await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(),
                root_uri=folder.as_uri(),
                initialization_options={"kerasfix": {"delay": 0}},
            )
        )
        self.client.initialized(types.InitializedParams())
        assert self.client._server is not None
        return self.client._server.pid

    async def answer(self, uri: str, version: int, last: int) -> tuple[int, int]:
        """Wait for the diagnostics of a version and ask for all hints; how many there are of both."""
        while (published := await self.published.get()).version != version:
            pass
        everything = types.Range(types.Position(0, 0), types.Position(last, 0))
        hints = await self.client.text_document_inlay_hint_async(
            types.InlayHintParams(types.TextDocumentIdentifier(uri), everything)
        )
        return len(published.diagnostics), len(hints or ())


async def measure(edits: int, lines: int, command: list[str]) -> list[float]:
    """The CPU seconds of each answer."""
    text = script(lines)
    with tempfile.TemporaryDirectory() as name:
        client = Client()
        pid = await client.start(command, Path(name))
        uri = Path(name, "unsaved.py").as_uri()
        client.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text))
        )
        last = text.count("\n")
        counts = await client.answer(uri, 1, last)
        print(f"{last} lines, {counts[0]} diagnostics, {counts[1]} hints")
        found: list[float] = []
        place = types.Position(text.count("\n", 0, text.index(_TYPED)), len(_TYPED) - 2)
        for version in range(2, edits + 2):
            before = cpu(pid)
            change = types.TextDocumentContentChangePartial(range=types.Range(place, place), text="x")
            client.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(version, uri), [change]
                )
            )
            assert await client.answer(uri, version, last) == counts
            found.append(cpu(pid) - before)
        await client.client.shutdown_async(None)
        client.client.exit(None)
        await client.client._server.wait()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--profile", metavar="FILE", help="write a profile of the server there")
    options = parser.parse_args()
    command = [sys.executable, "-m", "kerasfix", "server"]
    if options.profile:
        command = [sys.executable, str(Path(__file__)), "--serve", options.profile]
    found = asyncio.run(measure(options.edits, options.lines, command))
    found = found[len(found) // 5 :]  # the first ones import rules and warm up
    print(
        f"CPU per answer: median {median(found) * 1000:.0f} ms, mean {sum(found) / len(found) * 1000:.0f} ms, "
        f"most {max(found) * 1000:.0f} ms; budget {BUDGET * 1000:.0f} ms"
    )
    sys.exit(median(found) > BUDGET)


def _serve(profile: str) -> None:
    """The server under a profiler that sees the thread of the analyses."""
    import cProfile

    from kerasfix.server.serve import make_server

    profiler = cProfile.Profile()
    server, _ = make_server()
    server._worker.submit(profiler.enable).result()
    try:
        server.start_io()
    finally:
        server._worker.submit(profiler.disable).result()
        profiler.dump_stats(profile)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        _serve(sys.argv[2])
    else:
        main()
