"""Every block of code in the documentation: Python has just the findings that the page says, output is real."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kerasfix.config.file import validate
from kerasfix.linter import heed_comments, lint, mentions_keras
from kerasfix.registry import all_rules
from kerasfix.source import Source, read_document

ROOT = Path(__file__).parent.parent
_SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _SPEC
assert _SPEC.loader
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)

PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES |= generate.pages()
WRITTEN = [name for name in PAGES if not name.startswith("rules/")]

FENCE = re.compile(r"^([ ]*)```(\w*)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"[ \t]*# <- (KF\d{3}(?:, KF\d{3})*)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block, and what stands behind it."""

    language: str
    title: str | None
    text: str
    behind: str


def blocks(page: str) -> Iterator[Block]:
    text = PAGES[page]
    for match in FENCE.finditer(text):
        indent = match[1]
        code = "".join(line.removeprefix(indent) for line in match[4].splitlines(keepends=True))
        title = re.search(r'title="([^"]+)"', match[3])
        yield Block(match[2], title[1] if title else None, code, text[match.end() :])


def test_generated_pages_are_in_the_navigation() -> None:
    nav = re.findall(
        r"^  - (?:\w+: )?(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(nav) <= set(WRITTEN)
    assert {page for page in generate.pages() if not page.startswith("rules/")} <= set(nav)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_the_page_of_a_rule_says_what_is_found_in_its_code(rule) -> None:
    page = f"rules/{rule.name}.md"
    rules = tuple(other for other in all_rules() if other.default or other is rule)
    found = list(blocks(page))
    assert len(found) >= len(rule.examples) + len(rule.near_misses)
    for block in found:
        assert block.language == "python"
        listed = re.match(r"\n\n((?:- line .*\n)*)", block.behind)
        said = re.findall(r"^- line (\d+), \*\*(KF\d+)\*\*", listed[1] if listed else "", re.MULTILINE)
        source = read_document(block.text.encode(), "example.py").sources[0]
        findings = heed_comments(source, rules, lint(source, rules))
        assert [(int(row), code) for row, code in said] == [
            (source.row_column(one.start)[0] + 1, one.code) for one in findings
        ]
    # kerasfix reads the page as people do; blocks that go on with the names of earlier ones it reads together
    read = "\n".join(source.text for source in read_document(PAGES[page].encode(), page).sources)
    assert all(block.text.rstrip() in read for block in found)


@pytest.mark.parametrize("page", WRITTEN)
def test_python_blocks_have_the_findings_that_are_marked(page: str) -> None:
    rules = tuple(rule for rule in all_rules() if rule.default)
    for block in blocks(page):
        if block.language != "python":
            continue
        marked = [
            (block.text.count("\n", 0, mark.start()) + 1, code)
            for mark in MARK.finditer(block.text)
            for code in mark[1].split(", ")
        ]
        source = Source("example.py", MARK.sub("", block.text))
        found = heed_comments(source, rules, lint(source, rules)) if mentions_keras(source) else []
        assert sorted((source.row_column(one.start)[0] + 1, one.code) for one in found) == sorted(marked)
        compile(source.text, page, "exec")


@pytest.mark.parametrize("page", WRITTEN)
def test_toml_blocks_are_valid_settings(page: str) -> None:
    for block in blocks(page):
        if block.language == "toml" and (page == "settings.md" or "tool.kerasfix" in block.text):
            data = tomllib.loads(block.text)
            validate(data.get("tool", {}).get("kerasfix", data), lambda _: "")


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it printed."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output.rstrip("\n")


def matches(shown: str, real: str) -> bool:
    """Whether the real output is what is shown; a line `...` stands for any lines, and figures of a run may differ."""
    pieces = re.split(r"^\.\.\.$\n?", f"{shown}\n", flags=re.MULTILINE)
    pattern = ".*?".join(re.sub(r"(?<=loss\\ )[\d.\\]+", r"[\\d.]+", re.escape(piece)) for piece in pieces)
    return re.fullmatch(pattern, f"{real.rstrip()}\n", re.DOTALL) is not None


CONSOLE = [name for name in WRITTEN if any(block.language == "console" for block in blocks(name))]


@pytest.mark.keras  # some of them verify
@pytest.mark.parametrize("page", CONSOLE)
def test_what_consoles_show_is_real(page: str, tmp_path: Path) -> None:
    """Files are the page's own, by their title, or named by a comment: `<!-- cnn.py: fixtures/cnn.py -->`."""
    for name, source in re.findall(r"<!-- (\S+): (\S+) -->", PAGES[page]):
        shutil.copy(ROOT / source, tmp_path / name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KERASFIX_")}
    for block in blocks(page):
        if block.title:
            (tmp_path / block.title).write_text(MARK.sub("", block.text), encoding="utf-8")
        if block.language != "console":
            continue
        for command, shown in commands(block.text):
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, capture_output=True, text=True,
                env={**environment, "PATH": path},
            )  # fmt: skip
            real = done.stdout + done.stderr
            assert matches(shown, real), f"$ {command}\n{real}"


def test_the_workflows_are_valid(tmp_path: Path) -> None:
    """Those for GitHub and GitLab, by the schemas of these servers."""
    pytest.importorskip("check_jsonschema")
    kinds: Counter[str] = Counter()
    for block in blocks("ci.md"):
        if block.language != "yaml":
            continue
        kind = "vendor.github-workflows" if "\njobs:" in block.text else "vendor.gitlab-ci"
        if block.text.startswith("repos:"):
            continue
        kinds[kind] += 1
        workflow = tmp_path / "workflow.yml"
        workflow.write_text(block.text)
        done = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", kind, str(workflow)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert kinds == {"vendor.github-workflows": 2, "vendor.gitlab-ci": 1}
