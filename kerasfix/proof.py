"""Fixes proven by training: scripts are run before and after; and `kerasfix verify`."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from kerasfix.checker import Accept
from kerasfix.config import Resolver
from kerasfix.files import find_files, shown
from kerasfix.linter import mentions_keras
from kerasfix.report import Paint, clean, verdict
from kerasfix.run import CLEAN, FAILED, FOUND, Console
from kerasfix.source import Document, Source, UnreadableFile, open_document
from kerasfix.verify import CannotVerify, Options, Verdict, Verifier


class Prover:
    """Decides whether a fix is written: the script must run better with it, or as well as it already ran."""

    def __init__(self, options: Options, console: Console) -> None:
        self._verifier = Verifier(options)
        self._console = console
        self._impossible = False

    def __enter__(self) -> "Prover":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._verifier.close()

    def accept(self, lines: list[str], paint: Paint) -> Accept:
        """A function that says whether a fixed source may be written, and adds to `lines` why."""

        def decide(document: Document, source: Source, fixed: str) -> bool:
            if self._impossible:
                return False
            place = _place(document, source)
            try:
                before = verify_source(self._verifier, document, source, source.text)
                if fixed == source.text:
                    lines.extend(verdict.description(place, before, paint))
                    return False
                after = verify_source(self._verifier, document, source, fixed)
            except CannotVerify as error:
                self._impossible = True
                self._console.error(f"{place}: fixes are not written, since they cannot be verified: {error}")
                return False
            accepted = after.better_than(before) or (before.ran and not before.better_than(after))
            lines.extend(verdict.comparison(place, before, after, accepted, paint))
            return accepted

        return decide


def verify_files(paths: tuple[str, ...], options: Options, output_format: str, console: Console) -> int:
    """`kerasfix verify`: verify the scripts, print the verdicts; the exit status."""
    paint = console.paint()
    found = find_files(map(Path, paths), Resolver(isolated=True))
    for message in found.errors:
        console.error(message)
    verdicts: list[Verdict] = []
    with Verifier(options) as verifier:
        for path in found.paths:
            try:
                document = open_document(path, shown(path))
                for source in document.sources:
                    if path in _named(paths) or mentions_keras(source):
                        verdicts.append(verify_source(verifier, document, source, source.text))
                        if output_format == "full":
                            place = _place(document, source)
                            for line in verdict.description(place, verdicts[-1], paint):
                                click.echo(line, color=console.colored())
            except CannotVerify as error:
                console.error(f"{shown(path)}: cannot be verified: {error}")
                break
            except UnreadableFile as error:
                console.error(f"{shown(path)}: {error}")
            except OSError as error:
                console.error(f"{shown(path)}: cannot be read: {error.strerror or error}")
    if output_format == "json":
        _print_json(verdicts, alone=len(paths) == 1 and len(verdicts) == 1 and not Path(paths[0]).is_dir())
    elif not verdicts and not console.failed:
        console.warning("No Keras code found under the given path(s)")
    if console.failed:
        return FAILED
    return FOUND if any(verdict.status in ("failed", "timeout") for verdict in verdicts) else CLEAN


def _named(paths: tuple[str, ...]) -> set[Path]:
    """The arguments that are files: they are verified whatever they hold."""
    return {Path(path).absolute() for path in paths}


def _print_json(verdicts: list[Verdict], alone: bool) -> None:
    """One object for one file, an array for several."""
    import json

    objects: list[dict[str, Any]] = [verdict.to_json() for verdict in verdicts]
    click.echo(json.dumps(objects[0] if alone else objects, indent=2))


def verify_source(verifier: Verifier, document: Document, source: Source, text: str) -> Verdict:
    """Run a text in the place of a source; lines in the verdict are those of the document."""
    from kerasfix.syntax.module import Module
    from kerasfix.trace import undefined_data

    assumed = undefined_data(Module.parse(Source(source.path, text)))
    found = verifier.verify(document.runnable(source, text), document.path, assumed)
    if document.locate(source, 0).cell is None:
        return found
    run = replace(source, text=text)
    places = (document.locate(run, start) for start in run.line_starts)
    return replace(found, cells=tuple((place.cell or 0, place.row) for place in places))


def _place(document: Document, source: Source) -> str:
    """The file, with the first line of a source that is not the whole of it."""
    row = document.locate(source, 0).row
    return clean(document.path) + (f":{row}" if len(document.sources) > 1 else "")
