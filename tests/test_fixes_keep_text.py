"""Fixes change the code they mean and nothing else: no comment is lost, wherever it stands, whatever the layout.

Every rule's bad examples are written out in other layouts (comments in every place, continued lines, statements
joined by semicolons ...). The fixed code must be the same program as without them, and every comment still there.
"""

import ast
import io
import keyword
import random
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest

from kerasfix import linter
from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.registry import all_rules
from kerasfix.rule import Rule
from kerasfix.source import Source

Layout = Callable[[str], str]


def tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def comments(text: str) -> Counter[str]:
    """All comments but those that speak to kerasfix, which KF002 is about."""
    found = (token.string for token in tokens(text) if token.type == tokenize.COMMENT)
    parts = (part for comment in found for part in re.findall(r"#[^#]*", comment))
    return Counter(part.strip() for part in parts if not re.search("noqa|kerasfix", part))


def insert(text: str, additions: dict[tuple[int, int], str]) -> str:
    """The text with something put in at some (row, column) places."""
    lines = text.splitlines(keepends=True)
    for (row, column), added in sorted(additions.items(), reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + added + line[column:]
    return "".join(lines)


def ends_of_lines(text: str) -> str:
    places = {token.start for token in tokens(text) if token.type in {tokenize.NEWLINE, tokenize.NL}}
    return insert(text, {place: f"  # 结尾 {number}" for number, place in enumerate(sorted(places))})


def own_lines(text: str) -> str:
    """A comment and an empty line above each statement."""
    additions: dict[tuple[int, int], str] = {}
    fresh = True
    for number, token in enumerate(tokens(text)):
        if token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}:
            fresh = True
        elif token.type not in {tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER} and fresh:
            indent = token.line[: token.start[1]]
            additions[token.start] = f"# line {number} é\n{indent}"
            fresh = False
    return insert(text, additions)


def _in_brackets(text: str, added: Callable[[int], str], after: str) -> str:
    """Put something behind every comma or bracket of calls and lists that is not within an f-string."""
    depth = 0
    additions: dict[tuple[int, int], str] = {}
    for number, token in enumerate(tokens(text)):
        if token.type != tokenize.OP:
            continue
        depth += (token.string in "([{") - (token.string in ")]}")
        if depth and token.string in after:
            additions[token.end] = added(number)
    return insert(text, additions)


def arguments(text: str) -> str:
    return _in_brackets(text, lambda number: f"  # argument {number}\n        ", ",")


def openings(text: str) -> str:
    return _in_brackets(text, lambda number: f"  # open {number}\n        ", "([{")


def continued(text: str) -> str:
    """Backslashes behind `=` of assignments."""
    depth = 0
    additions: dict[tuple[int, int], str] = {}
    for token in tokens(text):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if not depth and token.string == "=":
                additions[token.end] = " \\\n       "
    return insert(text, additions)


def semicolons(text: str) -> str:
    """Two simple statements on one line, where both are one line at the margin."""
    result: list[str] = []
    tree = ast.parse(text)
    lines = text.splitlines()
    plain = {
        node.lineno
        for node in tree.body
        if node.lineno == node.end_lineno
        and not isinstance(
            node, (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.With, ast.Try)
        )
    }
    for number, line in enumerate(lines, 1):
        joined = number in plain and number - 1 in plain and "#" not in lines[number - 2] and number % 2 == 0
        if joined:
            result[-1] += f"; {line}"
        else:
            result.append(line)
    return "\n".join(result) + "\n"


def wide(text: str) -> str:
    """Spaces inside brackets and around the `=` of keywords, and carriage returns."""
    return re.sub(r"\((?=[^\s()])(?![^(]*\"\"\")", "( ", text).replace("\n", "\r\n")


def typed(text: str) -> str:
    """Commas behind the last arguments and items, and comments for type checkers at the ends of lines."""
    additions: dict[tuple[int, int], str] = {}
    open_brackets: list[bool] = []  # whether each takes such a comma
    before = ""
    for token in tokens(text):
        if token.string in {"(", "[", "{"}:
            named = bool(re.fullmatch(r"\w+|[)\]]", before)) and not keyword.iskeyword(before)
            open_brackets.append(named if token.string == "(" else token.string == "[" and not named)
        elif token.string in {")", "]", "}"}:
            if open_brackets.pop() and before not in {",", "(", "["}:
                additions[token.start] = ","
        elif token.string == "for" and open_brackets:
            open_brackets[-1] = False
        elif token.type == tokenize.NEWLINE:
            additions[token.start] = f"  # type: ignore # {token.start[0]}"
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before = token.string
    return insert(text, additions)


LAYOUTS = (ends_of_lines, own_lines, arguments, openings, continued, semicolons, wide, typed)
EXAMPLES = [
    pytest.param(rule, example.code, id=f"{rule.name}-{number}")
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
    if example.fixed is not None
]


def any_fix(finding: Finding) -> Fix | None:
    levels = (Applicability.SAFE, Applicability.UNSAFE)
    return next((fix for fix in finding.fixes if fix.applicability in levels), None)


def lint(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
    return linter.heed_comments(source, rules, linter.lint(source, rules))


def program(text: str) -> str:
    """A text without its layout; how imports share statements is layout too."""
    tree = ast.parse(text)
    bound: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            home = getattr(node, "module", "")
            bound += [f"{home} {alias.name} {alias.asname}" for alias in node.names]
            node.names = []
    body = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    return "\n".join([*sorted(set(bound)), *map(ast.dump, body)])


def variants(code: str) -> Iterator[tuple[str, str]]:
    for layout in LAYOUTS:
        text = layout(code)
        if text != code and program(text) == program(code):
            yield layout.__name__, text


@pytest.mark.parametrize(("rule", "code"), EXAMPLES)
def test_a_fix_keeps_all_else(rule: Rule, code: str) -> None:
    rules = tuple(other for other in all_rules() if other.default or other is rule)
    plain = fix_source(Source("x.py", code), rules, any_fix, lint)
    wanted = program(plain.text)
    problems: list[str] = []
    for layout, text in variants(code):
        result = fix_source(Source("x.py", text), rules, any_fix, lint)
        new = result.text
        if result.error:
            problems.append(f"{layout}: {result.error}")
            continue
        if lost := comments(text.replace("\r\n", "\n")) - comments(new.replace("\r\n", "\n")):
            problems.append(f"{layout}: lost {sorted(lost)}\n{new}")
        if "\r\n" in text and re.search(r"(?<!\r)\n", new):
            problems.append(f"{layout}: another newline\n{new!r}")
        refused = any(any_fix(finding) is None for finding in result.remaining)
        if layout == "semicolons":  # a fix may be written in another way where a line has two statements
            same = Counter(f.code for f in result.remaining) == Counter(f.code for f in plain.remaining)
        else:
            same = program(new) == wanted
        if not same and not refused:
            problems.append(f"{layout}: another program\n{new}")
        again = fix_source(Source("x.py", new), rules, any_fix, lint)
        if again.text != new:
            problems.append(f"{layout}: not settled\n{again.text}")
    assert not problems, "\n\n".join(problems)


def test_a_continued_line_at_the_very_start() -> None:
    """libcst's tree does not have it."""
    text = "\\\nimport keras\nprint(Dense(3))\n"
    fixed = fix_source(Source("x.py", text), all_rules(), any_fix, lint).text
    assert fixed == text.replace("import keras\n", "import keras\nfrom keras.layers import Dense\n")


def test_no_newline_at_the_end() -> None:
    text = "import keras\nprint(Dense(3))"
    fixed = fix_source(Source("x.py", text), all_rules(), any_fix, lint).text
    assert fixed == text.replace("import keras\n", "import keras\nfrom keras.layers import Dense\n")


PAIRS = [pair for pair in product(all_rules(), all_rules()) if pair[0].code != pair[1].code]


def converges(one: Rule, other: Rule) -> None:
    """The first example of each, one behind the other, as one script."""
    code = one.examples[0].code + other.examples[0].code
    rules = tuple(rule for rule in all_rules() if rule.default or rule in (one, other))
    result = fix_source(Source("x.py", code), rules, any_fix, lint)
    assert result.error is None
    assert fix_source(Source("x.py", result.text), rules, any_fix, lint).text == result.text


@pytest.mark.parametrize(
    "pair", random.Random(8).sample(PAIRS, 60), ids=lambda pair: f"{pair[0].name}, {pair[1].name}"
)
def test_some_pairs_of_rules_converge(pair: tuple[Rule, Rule]) -> None:
    converges(*pair)


@pytest.mark.slow
@pytest.mark.parametrize("one", all_rules(), ids=lambda rule: rule.name)
def test_all_pairs_of_rules_converge(one: Rule) -> None:
    for first, other in PAIRS:
        if first is one:
            converges(one, other)
