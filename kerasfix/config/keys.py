"""The keys of a configuration: what each holds, its default, and what it is for.

From this table come the checks of configuration files, `kerasfix config` and the page on configuration.
"""

import json
from enum import StrEnum

from kerasfix.config import DEFAULT_EXCLUDE, DEFAULT_INCLUDE, OUTPUT_FORMATS
from kerasfix.light import dataclass


class Kind(StrEnum):
    """What a key holds, in words that fit behind 'must be'."""

    STRINGS = "a list of strings"
    SELECTORS = "a list of rule selectors"
    PATTERNS = "a list of file patterns"
    BOOLEAN = "true or false"
    STRING = "a string"
    PATH = "a path"
    PER_FILE = "a table of lists of strings"

    def allows(self, value: object) -> bool:
        """Whether a value of a TOML file is of this kind."""
        match self:
            case Kind.BOOLEAN:
                return isinstance(value, bool)
            case Kind.STRING | Kind.PATH:
                return isinstance(value, str)
            case Kind.PER_FILE:
                return isinstance(value, dict) and all(map(Kind.STRINGS.allows, value.values()))
            case _:
                return isinstance(value, list) and all(isinstance(item, str) for item in value)


@dataclass(frozen=True)
class Key:
    """One key; `default` and `example` are TOML."""

    kind: Kind
    default: str
    documentation: str
    example: str

    def as_text(self) -> str:
        """For people."""
        return (
            f"{self.documentation}\n\nDefault value: {self.default}\nType: {self.kind}\n"
            f"Example usage:\n```toml\n{self.example}\n```"
        )

    def as_object(self) -> dict[str, str]:
        """For JSON."""
        return {
            "doc": self.documentation,
            "default": self.default,
            "value_type": self.kind.value,
            "example": self.example,
        }


def _listed(items: tuple[str, ...]) -> str:
    return f"[{', '.join(json.dumps(item) for item in items)}]"


KEYS = {
    "extend": Key(
        Kind.PATH,
        "none",
        "Another configuration file that this one builds on. What is set here wins; `select` here replaces "
        "what the other file selects, while `extend-select`, `ignore` and the other `extend-...` keys add to "
        "it. A path is relative to this file; `~` and environment variables are expanded.",
        'extend = "../kerasfix.toml"',
    ),
    "select": Key(
        Kind.SELECTORS,
        "all rules but those that are off by default",
        "The rules to check: a code (`KF203`), the start of a code (`KF2`), a name (`missing-flatten`) or "
        "`ALL`. Where several selectors name a rule, the most exact one decides.",
        'select = ["KF1", "KF2", "missing-flatten"]',
    ),
    "extend-select": Key(
        Kind.SELECTORS,
        "[]",
        "Rules to check besides those selected; the way to switch on a rule that is off by default.",
        'extend-select = ["KF609"]',
    ),
    "ignore": Key(Kind.SELECTORS, "[]", "Rules to leave out.", 'ignore = ["KF402", "data-not-normalised"]'),
    "per-file-ignores": Key(
        Kind.PER_FILE,
        "{}",
        "Rules to leave out in the files that a pattern matches; with `!` before it, in all others.",
        '[per-file-ignores]\n"examples/*" = ["KF501"]\n"!src/**" = ["KF7"]',
    ),
    "extend-per-file-ignores": Key(
        Kind.PER_FILE,
        "{}",
        "As `per-file-ignores`, besides those of the file that this one extends.",
        '[extend-per-file-ignores]\n"notebooks/*.ipynb" = ["KF609"]',
    ),
    "fixable": Key(
        Kind.SELECTORS, '["ALL"]', "The rules whose fixes are offered.", 'fixable = ["KF1", "KF6"]'
    ),
    "unfixable": Key(
        Kind.SELECTORS, "[]", "Rules whose findings are only reported, never fixed.", 'unfixable = ["KF305"]'
    ),
    "extend-safe-fixes": Key(
        Kind.SELECTORS,
        "[]",
        "Rules whose unsafe fixes count as safe, so that `--fix` alone applies them.",
        'extend-safe-fixes = ["KF608"]',
    ),
    "extend-unsafe-fixes": Key(
        Kind.SELECTORS,
        "[]",
        "Rules whose safe fixes count as unsafe, so that they need `--unsafe-fixes`.",
        'extend-unsafe-fixes = ["KF304"]',
    ),
    "unsafe-fixes": Key(
        Kind.BOOLEAN,
        "false",
        "Whether `--fix` also applies fixes that may change what the program does.",
        "unsafe-fixes = true",
    ),
    "include": Key(
        Kind.PATTERNS,
        _listed(DEFAULT_INCLUDE),
        "The files to check in a folder, as patterns like those of `.gitignore`. Markdown, MyST and "
        "reStructuredText are checked when they are named, or matched here.",
        'include = ["*.py", "*.ipynb", "*.md"]',
    ),
    "exclude": Key(
        Kind.PATTERNS,
        _listed(DEFAULT_EXCLUDE),
        "Files and folders to leave out, as patterns like those of `.gitignore`, relative to the "
        "configuration file. A file named on the command line is checked all the same, without "
        "`--force-exclude`.",
        'exclude = ["old/", "*_generated.py"]',
    ),
    "extend-exclude": Key(
        Kind.PATTERNS, "[]", "Files and folders to leave out besides `exclude`.", 'extend-exclude = ["old/"]'
    ),
    "baseline": Key(
        Kind.PATH,
        "none",
        "A file, made by `--write-baseline`, with the findings that are known: they are not reported again. "
        "The path is relative to the configuration file.",
        'baseline = "kerasfix-baseline.json"',
    ),
    "output-format": Key(
        Kind.STRING,
        '"full"',
        f"How findings are printed: {', '.join(f'`{form}`' for form in OUTPUT_FORMATS)}.",
        'output-format = "concise"',
    ),
    "docs-url": Key(
        Kind.STRING,
        "none",
        "The address at which the documentation of kerasfix is published for your team. The rules' pages "
        "below it are the `url` of findings in JSON, SARIF and other formats.",
        'docs-url = "https://docs.example.org/kerasfix/"',
    ),
    "required-version": Key(
        Kind.STRING,
        "none",
        "The versions of kerasfix that this configuration is for; any other stops with an error.",
        'required-version = ">=0.1,<1"',
    ),
}
