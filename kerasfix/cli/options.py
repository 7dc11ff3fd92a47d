"""Options and types of arguments that commands share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kerasfix.config import BINARY_FORMATS, OUTPUT_FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kerasfix.config import Resolver
    from kerasfix.proof import Prover
    from kerasfix.verify import Options


_ALL_FORMATS = OUTPUT_FORMATS + BINARY_FORMATS


class Codes(click.ParamType[tuple[str, ...]]):
    """Rule selectors, separated by commas."""

    name = "RULE_CODE"

    def shell_complete(
        self, _context: click.Context, _param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        from kerasfix.registry import all_rules

        before, comma, begun = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{name}", help=rule.name)
            for rule in all_rules()
            for name in (rule.code, rule.name)
            if (begun and name.startswith(begun)) or (not begun and name == rule.code)
        ]

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, ...]:
        if not (codes := _parts(value)):
            self.fail("no rule is named; `kerasfix rule --all` lists them", param, context)
        return codes


class Formats(click.ParamType[tuple[tuple[str, Path | None], ...]]):
    """Output formats, separated by commas, each with the file it goes to or, one of them, without."""

    name = "FORMAT[:FILE],..."

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[tuple[str, Path | None], ...]:
        found: list[tuple[str, Path | None]] = []
        for part in value.split(","):
            form, _, file = part.strip().partition(":")
            form = click.Choice(_ALL_FORMATS).convert(form, param, context)
            found.append((form, Path(file) if file else None))
        if sum(file is None for _, file in found) > 1:
            self.fail("only one format can go to stdout; give the others a file, as in `full,sarif:out.sarif`",
                      param, context)  # fmt: skip
        return tuple(found)

    def shell_complete(
        self, _context: click.Context, _param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        before, comma, begun = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{form}") for form in _ALL_FORMATS if form.startswith(begun)]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(_ALL_FORMATS)}][:FILE],..."


class PerFile(click.ParamType[tuple[tuple[str, str], ...]]):
    """Pairs of a pattern and a rule, separated by commas."""

    name = "PATTERN:RULE_CODE"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[tuple[str, str], ...]:
        pairs = [part.strip().rpartition(":") for part in value.split(",") if part.strip()]
        if not all(pattern and code for pattern, _, code in pairs):
            self.fail(f"{value!r} is not like `examples/*:KF501,old.py:KF6`", param, context)
        return tuple((pattern, code) for pattern, _, code in pairs)


def given_paths(paths: tuple[str, ...], stdin_filename: str | None = None) -> tuple[str, ...]:
    """The paths of a command: without any, the current folder, or stdin where that has a name.

    Raises:
        click.UsageError: they cannot be meant.
    """
    if "" in paths:  # as by an unset variable of a shell: not all that is here is meant
        raise click.UsageError("a path is empty; the current folder is `.`.")
    if len(paths) > 1 and "-" in paths:
        raise click.UsageError("`-` (stdin) cannot be used together with files.")
    if stdin_filename is not None and paths not in ((), ("-",)):
        raise click.UsageError("--stdin-filename is the name of what comes from stdin (`-`), not of files.")
    return paths or (("-",) if stdin_filename is not None else (".",))


_GROUPS = {
    "Rule selection": (
        "select", "ignore", "extend_select", "per_file_ignores", "extend_per_file_ignores", "fixable",
        "unfixable",
    ),
    "File selection": (
        "exclude", "extend_exclude", "force_exclude", "respect_gitignore", "stdin_filename", "show_files",
    ),
    "Findings that are known": ("ignore_noqa", "add_noqa", "baseline", "write_baseline"),
    "Verification": ("verify", "budget", "device", "backend", "python", "timeout", "allow_unisolated",
                     "seed", "repeat"),
    "Many files": ("jobs", "executor", "files_from", "content_column", "path_column", "no_cache", "cache_dir"),
    "Configuration": ("config", "isolated", "show_settings"),
    "Miscellaneous": ("exit_zero", "exit_non_zero_on_fix", "color", "quiet",
                      "silent", "verbose", "help"),
}  # fmt: skip
"""The headings, and the options below each; the others come first."""


class GroupedCommand(click.Command):
    """A command whose help groups its options, and whose `--add-noqa` may stand without a value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        args = ["--add-noqa=" if arg == "--add-noqa" else arg for arg in args[:end]] + args[end:]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        heading_of = {name: heading for heading, names in _GROUPS.items() for name in names}
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in ("Options", *_GROUPS)}
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)) is not None:
                groups[heading_of.get(param.name or "", "Options")].append(record)
        for heading, records in groups.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class Names(click.ParamType[tuple[str, ...]]):
    """Names of files, or patterns, separated by commas."""

    name = "FILE_PATTERN"

    def convert(
        self, value: str, _param: click.Parameter | None, _context: click.Context | None
    ) -> tuple[str, ...]:
        return _parts(value)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which configuration holds."""
    for option in (
        click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
        click.option("--config", multiple=True, metavar="FILE|KEY=VALUE",
                     help="Use this configuration file only; or set a key, as in `'ignore = [\"KF402\"]'`."),
    ):  # fmt: skip
        command = option(command)
    return command


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def color_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
        help="When to use colours. NO_COLOR and FORCE_COLOR are honoured.",
    )(command)  # fmt: skip


def verify_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How scripts are run, see `verification`."""
    for option in (
        click.option("--allow-unisolated", is_flag=True, help="Verify even where runs cannot be isolated."),
        click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0,
                     show_default=True, metavar="SECONDS", help="How long one script may take to verify."),
        click.option("--seed", type=int, default=0, show_default=True, help="Where random numbers start."),
        click.option("--backend", type=click.Choice(["auto", "tensorflow", "jax", "torch"]), default="auto",
                     show_default=True, help="What Keras computes with; `auto`: what the script asks for."),
        click.option("--python", metavar="PATH", help="The Python that has your Keras [default: this one]."),
        click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True,
                     help="Where models are built and fitted."),
    ):  # fmt: skip
        command = option(command)
    return command


def proof_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Whether fixes are proven by running, and how, see `prover`."""
    command = click.option(
        "--budget", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
        metavar="SECONDS", help="How much CPU time the trials of --verify may take for one file.",
    )(verify_options(command))  # fmt: skip
    return click.option(
        "--verify", is_flag=True,
        help="Run scripts before and after their fixes, isolated, on synthetic data; only what is proven to run "
        "better counts, and where the first fixes fail others are tried.",
    )(command)  # fmt: skip


def verification(options: dict[str, Any], cache: "Path | None") -> "Options":
    """What the options of `verify_options` say."""
    from kerasfix.verify import Options

    return Options(**{name: options[name] for name in Options.__match_args__ if name in options}, cache=cache)


@contextmanager
def prover(options: dict[str, Any], cache: "Path | None") -> Iterator["Prover | None"]:
    """What the options of `proof_options` ask for, if anything."""
    if not options["verify"]:
        yield None
        return
    from kerasfix.proof import Prover
    from kerasfix.verify import Verifier

    with Verifier(verification(options, cache)) as verifier:
        yield Prover(verifier, options["budget"])


def many_files_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Who works on many files, and what is kept of them, see `cache_folder`."""
    for option in (
        click.option(
            "--cache-dir", type=click.Path(file_okay=False, path_type=Path), envvar="KERASFIX_CACHE_DIR",
            show_envvar=True, metavar="FOLDER",
            help="Where findings and verdicts are kept [default: .kerasfix_cache beside the configuration]."),
        click.option("-n", "--no-cache", is_flag=True, envvar="KERASFIX_NO_CACHE", show_envvar=True,
                     help="Neither use nor keep findings and verdicts of earlier runs."),
        click.option("--executor", metavar="ADDRESS",
                     help="Let a Dask cluster do the work: `dask://host:port`."),
        click.option("-j", "--jobs", type=click.IntRange(min=0), default=0,
                     help="How many files are worked on at a time [default: one on each processor; one where "
                     "scripts are run]."),
    ):  # fmt: skip
        command = option(command)
    return command


def cache_folder(options: dict[str, Any], resolver: "Resolver") -> Path | None:
    """The folder in which findings and verdicts are kept; None where none are."""
    if options.get("no_cache"):
        return None
    from kerasfix.storage import FOLDER

    named = options["cache_dir"]
    return Path(os.path.abspath(named)) if named else resolver.settings(Path.cwd()).root / FOLDER  # noqa: PTH100
