"""The command line: `kerasfix check`, `shapes`, `rule`, `verify`, `version`."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

from kerasfix import __version__
from kerasfix.config import OUTPUT_FORMATS, ConfigError, Patterns, Resolver, Selection, check_selectors
from kerasfix.run import FAILED, CheckRun, Console


class _Codes(click.ParamType[tuple[str, ...]]):
    """Rule selectors, separated by commas."""

    name = "RULE_CODE"

    def convert(
        self, value: str, _param: click.Parameter | None, _context: click.Context | None
    ) -> tuple[str, ...]:
        return tuple(code.strip() for code in value.split(",") if code.strip())


class _Formats(click.ParamType[tuple[tuple[str, Path | None], ...]]):
    """Output formats, separated by commas, each with the file it goes to or, one of them, without."""

    name = "FORMAT[:FILE],..."

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[tuple[str, Path | None], ...]:
        found: list[tuple[str, Path | None]] = []
        for part in value.split(","):
            form, _, file = part.strip().partition(":")
            form = click.Choice(OUTPUT_FORMATS).convert(form, param, context)
            found.append((form, Path(file) if file else None))
        if sum(file is None for _, file in found) > 1:
            self.fail("only one format can go to stdout; give the others a file, as in `full,sarif:out.sarif`",
                      param, context)  # fmt: skip
        return tuple(found)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(OUTPUT_FORMATS)}][:FILE],..."


class _Names(_Codes):
    """Names of files, or patterns, separated by commas."""

    name = "FILE_PATTERN"


def _flat(values: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(item for value in values for item in value)


_PATHS = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
_SHOWN_SETTINGS = (
    "fixable", "unfixable", "extend_safe_fixes", "extend_unsafe_fixes", "unsafe_fixes", "include", "exclude",
    "extend_exclude", "output_format",
)  # fmt: skip
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Group(click.Group):
    """Ends every command in the documented way, whatever happens in it."""

    def invoke(self, ctx: click.Context) -> Any:
        console = Console()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except ConfigError as error:
            console.error(str(error))
        except OSError as error:
            console.error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except KeyboardInterrupt:
            console.error("interrupted; files that were written so far are whole")
            sys.exit(130)
        except Exception:
            from traceback import format_exc

            console.error(f"internal error in kerasfix {__version__}: please report what follows.")
            click.echo(format_exc(), err=True)
        sys.exit(FAILED)


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="kerasfix %(version)s")
def main() -> None:
    """Check and repair Keras model code."""
    gc.set_threshold(50_000, 20, 20)  # start-up makes many objects and no garbage: seldom look for it
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # a message never fails for want of a character in the terminal's encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _color_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
        help="When to use colours. NO_COLOR and FORCE_COLOR are honoured.",
    )(command)  # fmt: skip


def _verify_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of verification, for `verify` and `check --verify`."""
    for option in (
        click.option("--allow-unisolated", is_flag=True, help="Verify even where runs cannot be isolated."),
        click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0,
                     show_default=True, metavar="SECONDS", help="How long one script may take to verify."),
        click.option("--python", metavar="PATH", help="The Python that has your Keras [default: this one]."),
        click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True,
                     help="Where models are built and fitted."),
    ):  # fmt: skip
        command = option(command)
    return command


@main.command(short_help="Check files, folders or stdin; repair them with --fix.")
@_PATHS
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
              "before and after, isolated, on synthetic data.")  # fmt: skip
@click.option("--ignore-noqa", is_flag=True, help="Ignore the comments that silence findings.")
@click.option("--output-format", type=_Formats(), envvar="KERASFIX_OUTPUT_FORMAT", show_envvar=True,
              help="How findings are printed [default: full]; with a file, also written to it.")  # fmt: skip
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path),
              envvar="KERASFIX_OUTPUT_FILE", show_envvar=True,
              help="Write the findings to a file instead of stdout.")  # fmt: skip
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of printing them.")
@click.option("--select", type=_Codes(), multiple=True, help="Rules to check, separated by commas (or ALL).")
@click.option("--ignore", type=_Codes(), multiple=True, help="Rules to leave out.")
@click.option("--extend-select", type=_Codes(), multiple=True, help="Rules to check besides those selected.")
@click.option(
    "--exclude", type=_Names(), multiple=True, help="Files and folders to leave out, instead of the usual."
)
@click.option(
    "--extend-exclude", type=_Names(), multiple=True, help="Files and folders to leave out besides."
)
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
@_verify_options
@_color_option
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
        overrides["cli_exclude"] = Patterns(Path.cwd(), _flat(exclude) + _flat(extend_exclude))
    selection = Selection(_flat(select) if select else None, _flat(extend_select), _flat(ignore))
    for option, selectors in (("select", select), ("ignore", ignore), ("extend-select", extend_select)):
        check_selectors(_flat(selectors), f"--{option}")
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

    with Prover(Options(device, python, timeout, allow_unisolated), console) as run.prover:
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


@main.command()
@click.argument("key", required=False, metavar="[CODE|NAME]")
@click.option("--all", "everything", is_flag=True, help="Explain all rules.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rule(key: str | None, everything: bool, output_format: str) -> None:
    """Explain a rule, or all of them."""
    from kerasfix import registry
    from kerasfix.report import rules

    if bool(key) == everything:
        raise click.UsageError("Name one rule, or give --all.")
    found = registry.all_rules() if everything else (registry.rule_by_code_or_name(key or ""),)
    if found == (None,):
        from difflib import get_close_matches

        known = [name for rule in registry.all_rules() for name in (rule.code, rule.name)]
        near = get_close_matches(key or "", known, n=3)
        hint = f" Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
        Console().error(f"No rule is called `{key}`.{hint} `kerasfix rule --all` lists the rules.")
        sys.exit(FAILED)
    known_rules = [rule for rule in found if rule]
    if output_format == "json":
        click.echo(rules.as_json(known_rules, everything))
    else:
        click.echo("\n\n".join(rules.as_text(rule) for rule in known_rules))


@main.command(short_help="Build and briefly fit the models of scripts.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
@_verify_options
@_color_option
def verify(
    paths: tuple[str, ...],
    output_format: str,
    device: Literal["auto", "cpu", "gpu"],
    python: str | None,
    timeout: float,
    allow_unisolated: bool,
    color: str,
) -> None:
    """Build and briefly fit the models of scripts, isolated, on synthetic data.

    Exit status: 0 passed; 1 failed, or out of time; 2 could not be run.
    """
    from kerasfix.proof import verify_files
    from kerasfix.verify import Options

    options = Options(device, python, timeout, allow_unisolated)
    sys.exit(verify_files(paths, options, output_format, Console(color)))


@main.command(short_help="Show the layers, shapes and weights of models.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json", "mermaid", "svg"]), default="full",
              show_default=True, help="A table, JSON, or a drawing of the graph.")  # fmt: skip
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path),
              help="Write to a file instead of stdout.")  # fmt: skip
@click.option("--stdin-filename", metavar="NAME", help="The name of the file that comes from stdin (`-`).")
@_color_option
def shapes(
    paths: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    stdin_filename: str | None,
    color: str,
) -> None:
    """Show each model of scripts as `model.summary()` would, and the data that is given to it; nothing is run.

    Exit status: 0; 2 where a file cannot be read.
    """
    from kerasfix.shapes_run import ShapesRun

    if len(paths) > 1 and "-" in paths:
        raise click.UsageError("`-` (stdin) cannot be read together with files.")
    sys.exit(ShapesRun(Console(color), paths, output_format, output_file, stdin_filename).run())


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"kerasfix {__version__}")
