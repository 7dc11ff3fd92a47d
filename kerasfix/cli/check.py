"""`kerasfix check`."""

import sys
from pathlib import Path
from typing import Any, Literal

import click

from kerasfix.cli.options import Codes, Formats, Names, color_option, flat, verify_options
from kerasfix.config import Patterns, Resolver, Selection, check_selectors
from kerasfix.run import FAILED, CheckRun, Console

PATHS = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
_SHOWN_SETTINGS = (
    "fixable", "unfixable", "extend_safe_fixes", "extend_unsafe_fixes", "unsafe_fixes", "include", "exclude",
    "extend_exclude", "output_format",
)  # fmt: skip


@click.command(short_help="Check files, folders or stdin; repair them with --fix.")
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
@click.option("--verify", is_flag=True, help="Write a fix only when training proves it: the script is run "
              "before and after, isolated, on synthetic data, with other fixes where the first fails.")  # fmt: skip
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
              metavar="SECONDS", help="How much CPU time the trials of --verify may take for one file.")  # fmt: skip
@click.option("--ignore-noqa", is_flag=True, help="Ignore the comments that silence findings.")
@click.option("--output-format", type=Formats(), envvar="KERASFIX_OUTPUT_FORMAT", show_envvar=True,
              help="How findings are printed [default: full]; with a file, also written to it.")  # fmt: skip
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path),
              envvar="KERASFIX_OUTPUT_FILE", show_envvar=True,
              help="Write the findings to a file instead of stdout.")  # fmt: skip
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of printing them.")
@click.option("--select", type=Codes(), multiple=True, help="Rules to check, separated by commas (or ALL).")
@click.option("--ignore", type=Codes(), multiple=True, help="Rules to leave out.")
@click.option("--extend-select", type=Codes(), multiple=True, help="Rules to check besides those selected.")
@click.option(
    "--exclude", type=Names(), multiple=True, help="Files and folders to leave out, instead of the usual."
)
@click.option("--extend-exclude", type=Names(), multiple=True, help="Files and folders to leave out besides.")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even when they are named.")
@click.option(
    "--respect-gitignore/--no-respect-gitignore", default=True, help="Leave out what .gitignore names."
)
@click.option("--stdin-filename", metavar="NAME", help="The name of the file that comes from stdin.")
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Use this configuration file only.")  # fmt: skip
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@click.option("--show-files", is_flag=True, help="Print the files that would be checked.")
@click.option(
    "--show-settings", is_flag=True, help="Print the settings that hold for the first of the files."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even where something was found.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit 1 also where all that was found was fixed.")
@verify_options
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Print findings, and nothing else.")
@click.option("-v", "--verbose", is_flag=True, help="Print what is done, and tracebacks of internal errors.")
def check(
    paths: tuple[str, ...],
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    extend_select: tuple[tuple[str, ...], ...],
    exclude: tuple[tuple[str, ...], ...],
    extend_exclude: tuple[tuple[str, ...], ...],
    unsafe_fixes: bool | None,
    output_format: tuple[tuple[str, Path | None], ...] | None,
    config: Path | None,
    isolated: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    verify: bool,
    budget: float,
    device: Literal["auto", "cpu", "gpu"],
    python: str | None,
    timeout: float,
    allow_unisolated: bool,
    show_files: bool,
    show_settings: bool,
    **options: Any,
) -> None:
    """Check files and folders (default: the current one), or stdin (`-`).

    Exit status: 0 nothing found, or all fixed; 1 something found; 2 something could not be done.
    """
    console = Console(color, quiet, verbose)
    if len(paths) > 1 and "-" in paths:
        raise click.UsageError("`-` (stdin) cannot be checked together with files.")
    if verify and not (options["fix"] or options["diff"] or options["fix_only"]):
        raise click.UsageError("--verify proves fixes: use it with --fix or --diff. To run a script as it "
                               "is, use `kerasfix verify PATH`.")  # fmt: skip
    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other.")
    overrides: dict[str, Any] = {}
    if unsafe_fixes is not None:
        overrides["unsafe_fixes"] = unsafe_fixes
    for form, file in output_format or ():
        if file is None:
            overrides["output_format"] = form
    if exclude:
        overrides |= {"exclude": (), "extend_exclude": ()}
    if exclude or extend_exclude:
        overrides["cli_exclude"] = Patterns(Path.cwd(), flat(exclude) + flat(extend_exclude))
    selection = Selection(flat(select) if select else None, flat(extend_select), flat(ignore))
    for option, selectors in (("select", select), ("ignore", ignore), ("extend-select", extend_select)):
        check_selectors(flat(selectors), f"--{option}")
    resolver = Resolver(overrides, selection if select or selection.selectors else None, config, isolated)
    copies = tuple((form, file) for form, file in output_format or () if file)
    run = CheckRun(resolver, console, paths or (".",), copies=copies, **options)
    if show_files or show_settings:
        sys.exit(_show(run, show_settings))
    for file in (run.output_file, *(file for _, file in copies)):
        if file:
            file.write_text("")  # what cannot be written is said before the work
    if not verify:
        sys.exit(run.run())
    from kerasfix.proof import Prover
    from kerasfix.verify import Options

    with Prover(Options(device, python, timeout, allow_unisolated), console, budget) as run.prover:
        sys.exit(run.run())


def _show(run: CheckRun, settings: bool) -> int:
    from kerasfix.report import clean

    files = run.files()
    if not settings:
        for path in files:
            click.echo(clean(str(path)))
    elif files:
        found = run.resolver.settings(files[0].parent)
        click.echo(f"Settings for {clean(str(files[0]))}")
        click.echo(f"file = {clean(str(found.file))}" if found.file else "file = none: the defaults hold")
        click.echo(f"rules = {' '.join(rule.code for rule in found.rules_for(files[0]))}")
        for name in _SHOWN_SETTINGS:
            value = getattr(found, name)
            text = " ".join(value) if isinstance(value, tuple) else str(value)
            click.echo(f"{name.replace('_', '-')} = {clean(text)}")
    return FAILED if run.console.failed else 0
