"""`kerasfix check`."""

import sys
from pathlib import Path
from typing import Any

import click

from kerasfix.cache import Cache
from kerasfix.cli.layers import config_layers
from kerasfix.cli.options import (
    Codes,
    Formats,
    GroupedCommand,
    Names,
    PerFile,
    cache_folder,
    color_option,
    config_options,
    given_paths,
    many_files_options,
    proof_options,
    prover,
)
from kerasfix.commands.check import check as run_check
from kerasfix.commands.request import Request
from kerasfix.config import BINARY_FORMATS, Resolver
from kerasfix.console import FAILED, Console

PATHS = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")


@click.command(cls=GroupedCommand, short_help="Check files, folders or stdin; repair them with --fix.")
@PATHS
@click.option("--fix/--no-fix", default=False, help="Apply fixes; `--unsafe-fixes` includes the unsafe ones.")
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes", default=None, help="Include fixes that may change what the code does."
)
@click.option(
    "--diff", is_flag=True, help="Print what `--fix` would change, write nothing; exit 1 if there is any."
)
@click.option("--fix-only", is_flag=True, help="Apply fixes, but do not report, or exit 1 for, what is left.")
@click.option("--show-fixes", is_flag=True, help="List what was fixed.")
@click.option("--output-format", type=Formats(), envvar="KERASFIX_OUTPUT_FORMAT", show_envvar=True,
              help="How findings are printed [default: full]; with a file, also written to it.")  # fmt: skip
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path),
              envvar="KERASFIX_OUTPUT_FILE", show_envvar=True,
              help="Write the findings to a file instead of stdout.")  # fmt: skip
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of printing them.")
@click.option("--select", type=Codes(), multiple=True, help="Rules to check, separated by commas (or ALL).")
@click.option("--ignore", type=Codes(), multiple=True, help="Rules to leave out.")
@click.option("--extend-select", type=Codes(), multiple=True, help="Rules to check besides those selected.")
@click.option("--per-file-ignores", type=PerFile(), multiple=True,
              help="Rules to leave out in the files that a pattern matches.")  # fmt: skip
@click.option("--extend-per-file-ignores", type=PerFile(), multiple=True,
              help="The same, besides those of the configuration.")  # fmt: skip
@click.option("--fixable", type=Codes(), multiple=True, help="Rules whose fixes are offered.")
@click.option("--unfixable", type=Codes(), multiple=True, help="Rules that are only reported, never fixed.")
@click.option("--ignore-noqa", is_flag=True, help="Ignore the comments that silence findings.")
@click.option("--add-noqa", metavar="[=REASON]", help="Add a `# noqa` comment at each finding.")
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Report only what this file does not hold already.")  # fmt: skip
@click.option("--write-baseline", is_flag=True, help="Write all findings to the baseline.")
@click.option(
    "--exclude", type=Names(), multiple=True, help="Files and folders to leave out, instead of the usual."
)
@click.option("--extend-exclude", type=Names(), multiple=True, help="Files and folders to leave out besides.")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even when they are named.")
@click.option(
    "--respect-gitignore/--no-respect-gitignore", default=True, help="Leave out what .gitignore names."
)
@click.option(
    "--files-from", metavar="FILE", help="Check the files listed in a file, one a line (`-`: in stdin)."
)
@click.option(
    "--content-column",
    metavar="NAME",
    help="The column of Parquet and Arrow tables that holds the programs [default: content, code or text].",
)
@click.option(
    "--path-column",
    metavar="NAME",
    help="The column with their paths [default: path, max_stars_repo_path, file_path, ..., or none].",
)
@many_files_options
@click.option("--stdin-filename", metavar="NAME", help="The name of the file that comes from stdin.")
@config_options
@click.option("--show-files", is_flag=True, help="Print the files that would be checked.")
@click.option(
    "--show-settings", is_flag=True, help="Print the settings that hold for the first of the files."
)
@click.option("-w", "--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit 0 even where something was found.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit 1 also where all that was found was fixed.")
@proof_options
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Print findings, and nothing else.")
@click.option("-s", "--silent", is_flag=True, help="Print nothing; the exit status says it.")
@click.option("-v", "--verbose", is_flag=True, help="Print what is done, and tracebacks of internal errors.")
@click.pass_context
def check(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    output_format: tuple[tuple[str, Path | None], ...] | None,
    config: tuple[str, ...],
    isolated: bool,
    color: str,
    quiet: bool,
    silent: bool,
    verbose: bool,
    show_files: bool,
    show_settings: bool,
    watch: bool,
    add_noqa: str | None,
    files_from: str | None,
    **options: Any,
) -> None:
    """Check files and folders (default: the current one), or stdin (`-`).

    Exit status: 0 nothing found, or all fixed; 1 something found; 2 something could not be done.
    """
    console = Console(color, quiet, verbose, silent)
    if files_from is not None:
        paths += _listed(files_from)
    if not files_from:
        paths = given_paths(paths, options["stdin_filename"])
    _refuse_nonsense(context, paths)
    form = next((form for form, file in output_format or () if file is None), None)
    if form in BINARY_FORMATS and options["output_file"] is None:
        raise click.UsageError(
            f"{form} is for files: give it one, as in `--output-format {form}:findings.{form}`."
        )
    layers, file = config_layers(config, isolated, options | {"output_format": form})
    own = {name: options[name] for name in Request.__match_args__ if name in options}
    copies = tuple((form, file) for form, file in output_format or () if file)

    def asked() -> Request:
        resolver = Resolver(layers, file, isolated)
        folder = cache_folder(options, resolver)
        cache = Cache(folder) if folder else None
        return Request(resolver, console, paths, copies=copies, cache=cache, **own)

    request = asked()
    outputs = [file.resolve() for file in (request.output_file, *(file for _, file in copies)) if file]
    if len(set(outputs)) < len(outputs):
        raise click.UsageError("two output formats cannot go to the same file.")
    if request.statistics and request.format not in _COUNTED:
        raise click.UsageError(f"--statistics counts as text or json, not as {request.format}.")
    if show_files or show_settings:
        from kerasfix.commands.show import show_files as show_the_files
        from kerasfix.commands.show import show_settings as show_the_settings

        (show_the_settings if show_settings else show_the_files)(request)
        sys.exit(FAILED if console.failed else 0)
    if add_noqa is not None:
        from kerasfix.commands.add_noqa import add_noqa as add

        added = add(request, add_noqa)
        if not console.quiet:
            click.echo(f"Added {added} noqa {'directive' if added == 1 else 'directives'}.", err=True)
        sys.exit(FAILED if console.failed else 0)
    if watch:
        from kerasfix.commands.watch import watch as keep_watching

        sys.exit(keep_watching(lambda: run_check(asked()), paths, console))
    with prover(options, request.cache.folder if request.cache else None) as request.prover:
        sys.exit(run_check(request))


_COUNTED = frozenset({"full", "concise", "grouped", "json"})
_EXCLUSIVE = (
    ("add_noqa", "fix", "diff", "fix_only", "watch", "write_baseline", "ignore_noqa", "output_file"),
    ("write_baseline", "fix", "diff", "fix_only", "watch"),
    ("watch", "fix", "diff", "fix_only", "show_files", "show_settings"),
)
"""Options that exclude the ones behind them."""


def _refuse_nonsense(context: click.Context, paths: tuple[str, ...]) -> None:
    """Say which options cannot be used together.

    Raises:
        click.UsageError: two of them cannot.
    """
    given = {name for name, value in context.params.items() if value not in (None, False, ())}
    for first, *others in _EXCLUSIVE:
        for other in others:
            if {first, other} <= given:
                raise click.UsageError(f"{_flag(first)} and {_flag(other)} exclude each other.")
        if first in given and "-" in paths:
            raise click.UsageError(f"{_flag(first)} does not work on stdin.")
    if "verify" in given and not given & {"fix", "diff", "fix_only"}:
        raise click.UsageError("--verify proves fixes: use it with --fix or --diff. To run a script as it "
                               "is, use `kerasfix verify PATH`.")  # fmt: skip


def _listed(file: str) -> tuple[str, ...]:
    """The paths in a list of files; one with null bytes between them may hold any names."""
    with click.open_file(file, encoding="utf-8", errors="surrogateescape") as lines:
        text = lines.read()
    return tuple(filter(None, text.split("\0") if "\0" in text else text.splitlines()))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
