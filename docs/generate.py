"""The pages of the documentation site that are made, not written: the start, the rules, the settings.

A hook of MkDocs (`mkdocs.yml`); the tests read the same pages. Examples and near misses are those of the rules' tests.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from kerasfix.config.keys import KEYS
from kerasfix.linter import heed_comments, lint
from kerasfix.registry import all_rules
from kerasfix.report.rules import FIXABLE
from kerasfix.rule import Rule
from kerasfix.source import Source

ROOT = Path(__file__).parent.parent
FAMILIES = {
    "KF0": "Code and comments",
    "KF1": "Names and arguments",
    "KF2": "Shapes",
    "KF3": "Losses, labels and training",
    "KF4": "Custom losses, layers and loops",
    "KF5": "Data",
    "KF6": "Keras 1 and 2",
    "KF7": "Architecture",
}
_COPIED = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
"""Pages that lie at the root of the repository."""


def pages() -> dict[str, str]:
    """The generated pages, by path."""
    found = {page: _copied((ROOT / source).read_text(encoding="utf-8")) for page, source in _COPIED.items()}
    found["settings.md"] = settings_page()
    found["rules/index.md"] = rules_page()
    found |= {f"rules/{rule.name}.md": rule_page(rule) for rule in all_rules()}
    return found


def _copied(text: str) -> str:
    """A file of the root as a page of `docs/`: its links lead to the same places."""
    text = re.sub(r"\]\(docs/", "](", text)
    for page, source in _COPIED.items():
        text = text.replace(f"]({source})", f"]({page})")
    return text


def rules_page() -> str:
    """All rules in tables, by family."""
    parts = [
        "# Rules",
        "Level: **E**rror, it raises in Keras 3 or trains something else than the code says; **W**arning, very likely "
        "wrong; **I**nfo, a hint. Fix: whether `--fix` always, sometimes or never offers one.",
    ]
    for family, group in groupby(all_rules(), key=lambda rule: rule.code[:3]):
        rows = [
            f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.severity[0].upper()}"
            f"{'' if rule.default else ' (off)'} | {rule.fixable} | {_cell(rule.summary)} |"
            for rule in group
        ]
        table = "\n".join(["| code | name | level | fix | |", "|---|---|---|---|---|", *rows])
        parts += [f"## {FAMILIES.get(family, family)} ({family})", table]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rule_page(rule: Rule) -> str:
    """What a rule says of itself, its examples with what is found in them, and its near misses."""
    summary, _, rest = rule.documentation.strip().partition("\n")
    facts = [f"Level: {rule.severity}.", FIXABLE[rule.fixable], f"Since {rule.since}."]
    if not rule.default:
        facts.append(f'Off by default: `extend-select = ["{rule.code}"]` switches it on.')
    parts = [
        f"# {rule.name} ({rule.code})",
        summary,
        " ".join(filter(None, facts)),
        rest.strip(),
        "## Examples",
    ]
    rules = tuple(other for other in all_rules() if other.default or other is rule)
    for example in rule.examples:
        parts += _block(example.code, rules)
        if example.fixed is not None:
            parts += ["Use instead:", *_block(example.fixed, rules)]
    parts.append("## Not reported")
    for text in rule.near_misses:
        parts += _block(text, rules)
    return "\n\n".join(filter(None, parts)) + "\n"


def _block(code: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    """Code, and below it what is found in it."""
    source = Source("example.py", code)
    found = [
        (source.row_column(one.start)[0] + 1, one)
        for one in heed_comments(source, rules, lint(source, rules))
    ]
    lines = "".join(f"{row} " for row in dict.fromkeys(row for row, _ in found)).strip()
    highlighted = f' hl_lines="{lines}"' if lines else ""
    yield f"```python{highlighted}\n{code.rstrip()}\n```"
    if found:
        yield "\n".join(f"- line {row}, **{one.code}**: {one.message}" for row, one in found)


def settings_page() -> str:
    """Every key of a configuration."""
    parts = ["# Settings", "The keys of `[tool.kerasfix]`; how they work together is told in "
             "[configuration](configuration.md). `kerasfix config KEY` prints the same."]  # fmt: skip
    for name, key in KEYS.items():
        parts += [
            f"## {name}",
            key.documentation,
            f"Default: `{key.default}`" if key.default[0] in '["{ft' else f"Default: {key.default}",
            f"Type: {key.kind}",
            f"```toml\n{key.example}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def on_config(config: Any) -> Any:
    """MkDocs: put the rules into the navigation, by family, and behind all others the pages that it does not name."""
    families = groupby(all_rules(), key=lambda rule: rule.code[:3])
    rules: list[Any] = ["rules/index.md"]
    rules += [
        {
            FAMILIES.get(family, family): [
                {f"{rule.code} {rule.name}": f"rules/{rule.name}.md"} for rule in group
            ]
        }
        for family, group in families
    ]
    config.nav = [{"Rules": rules} if part == "rules" else part for part in config.nav]
    config.nav += [page.name for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in config.nav]
    return config


def on_files(files: Any, config: Any) -> Any:
    """MkDocs: add the generated pages."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files
