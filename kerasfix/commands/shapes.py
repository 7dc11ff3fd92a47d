"""A run of `kerasfix shapes`: the files, what is printed, the exit status."""

import sys
from pathlib import Path

import click

from kerasfix.config import Resolver
from kerasfix.console import CLEAN, FAILED, Console
from kerasfix.files import find_files, shown, spare
from kerasfix.light import dataclass
from kerasfix.report import plain
from kerasfix.report.shapes import Files, render
from kerasfix.shapes import summaries
from kerasfix.source import UnreadableFile, open_document, read_document


@dataclass
class ShapesRun:
    """What the command line asked for."""

    console: Console
    paths: tuple[str, ...]
    output_format: str
    output_file: Path | None = None
    stdin_filename: str | None = None

    def run(self) -> int:
        """Read, print; the exit status."""
        files = self._stdin() if self.paths == ("-",) else self._files()
        found = any(models for _, models in files)
        if not found and not self.console.failed:
            self.console.warning("No Keras models found under the given path(s)")
        if found or self.output_format == "json":
            self._print(files)
        return FAILED if self.console.failed else CLEAN

    def _stdin(self) -> Files:
        name = self.stdin_filename or "-"
        try:
            document = read_document(sys.stdin.buffer.read(), name)
        except UnreadableFile as error:
            self.console.error(f"{name}: {error}")
            return []
        return [(name, summaries(document))]

    def _files(self) -> Files:
        found = find_files(map(Path, self.paths), Resolver(isolated=True))
        for message in found.errors:
            self.console.error(message)
        named = {Path(path).absolute() for path in self.paths}
        files: Files = []
        for path in found.paths:
            try:
                models = summaries(open_document(path, shown(path)))
            except UnreadableFile as error:
                self.console.error(f"{shown(path)}: {error}")
            except OSError as error:
                self.console.error(f"{shown(path)}: cannot be read: {error.strerror or error}")
            else:
                if models or path in named:
                    files.append((shown(path), models))
        return files

    def _print(self, files: Files) -> None:
        if self.output_file:
            spare((Path(name) for name, _ in files), [self.output_file])
            self.output_file.write_text(render(self.output_format, files, plain), encoding="utf-8")
            return
        text = render(self.output_format, files, self.console.paint())
        click.echo(text, nl=False, color=self.console.colored())
