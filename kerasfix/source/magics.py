"""What IPython understands and Python does not, hidden behind comments so that a cell parses, and back again.

Rows are kept, and so are the columns of all code that stays. Each hidden line ends in a comment with a token
that the notebook does not hold, and a number: what the line was is found by that number alone, wherever fixes
have moved it.
"""

import re
import warnings

from kerasfix.light import dataclass, field

_SUSPECT = re.compile(
    r"^[ \t]*[%!?/,;]|\?[ \t]*$|=[ \t]*[!%]|^[ \t]*(?:pip3?|conda|mamba|uv)[ \t]|^[ \t]*(?:>>>|In \[)",
    re.MULTILINE,
)
"""Cells without such a line are Python as they stand, and need no second look."""
_SHELL = re.compile(
    r"[ \t]*(?:(?:pip3?|conda|mamba|uv)[ \t]+[\w-].*|"
    r"(?:ls|ll|cd|pwd|cat|mkdir|rmdir|rm|cp|mv|man|less|more|clear|cls|who|whos)"
    r"(?:[ \t]+(?:-[A-Za-z]|[\w./~*])[^=]*)?)$"
)
"""Commands that IPython takes without a `%` before them."""
_ESCAPED = re.compile(r"[ \t]*(?:[!?/,;]|%(?P<magic>\w*))")
_ASSIGNED = re.compile(r"(?P<target>(?:[^=#'\"%!]+=)+[ \t]*)(?:!|%\w)")
_HELP = re.compile(r"[^#'\"]*\?[ \t]*$")
_TIMED = re.compile(r"(?P<indent>[ \t]*)(?P<magic>%(?:time|prun)[ \t])(?P<statement>[ \t]*[^-\s].*[^\\])$")
_CELL_MAGIC = re.compile(r"%%(?P<name>[\w!]*)[ \t]*(?P<rest>[^\r\n]*)")
_TOKEN = re.compile(
    r"""\#.*|\"""|'''|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|(?P<opens>[(\[{])|(?P<closes>[)\]}])|(?P<more>\\$)"""
)
_LINE = re.compile(r"(?P<code>[^\r\n]*)(?P<newline>\r\n?|\n|\Z)")

_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun"})
"""Cell magics that run their cell as Python, in the notebook's own namespace."""
_OTHER_CELLS = frozenset({
    "!", "HTML", "R", "SVG", "bash", "cmd", "file", "html", "javascript", "js", "julia", "latex",
    "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "shell", "svg",
    "sx", "system", "writefile", "writetemplate", "zsh"
})  # fmt: skip
"""Cell magics whose cell is no Python of this notebook: it binds nothing."""
_BINDS_NAMES = frozenset({
    "cpaste", "edit", "get", "load", "loadpy", "macro", "paste", "pylab", "recall", "reload", "rerun",
    "run", "sql", "store"
})  # fmt: skip
"""Line magics that may bind names which nobody can see."""
_OPEN = 'exec("")'  # nothing happens, and any name may be bound behind it
_UNKNOWN = '__import__("glob").glob("")'  # at run time an empty list, as the output of no command


@dataclass
class Magics:
    """The hidden lines of one notebook, by number."""

    token: str
    hidden: list[str] = field(default_factory=list)

    def hide(self, cell: str) -> str:
        """The text of a cell as Python; `restore` gives it back."""
        if not _SUSPECT.search(cell) and not cell[:1].isspace() and not _has_shell(cell):
            return cell
        if _parses(cell) and not _has_shell(cell):
            return cell
        lines = [(match["code"], match["newline"]) for match in _LINE.finditer(cell) if match[0]]
        start = next((row for row, (code, _) in enumerate(lines) if code.strip()), len(lines))
        result = [code + newline for code, newline in lines[:start]]
        lines = lines[start:]
        while lines and (magic := _CELL_MAGIC.match(lines[0][0])):
            if magic["name"] not in _PYTHON_CELLS:
                statement = "" if magic["name"] in _OTHER_CELLS else _OPEN
                return "".join(result + self._all(lines, statement))
            output = magic["rest"].split()[-1:] if magic["name"] == "capture" else []
            bound = f"{output[0]} = {_UNKNOWN}" if output and output[0].isidentifier() else ""
            result.append(self.comment(*lines[0], bound))
            lines = lines[1:]
        if lines and re.match(r"[ \t]|>>>|In \[", lines[0][0]):  # IPython takes indents and prompts away
            return "".join(result + self._all(lines, _OPEN))
        return "".join(result + self._lines(lines))

    def restore(self, text: str) -> str:
        """A text in which every hidden line is what it was."""
        if self.token not in text:
            return text
        line = r"(?:^|(?<=\r))"
        text = re.sub(
            rf"{line}[^\r\n]*?# {self.token} line (\d+)\b", self._original, text, flags=re.MULTILINE
        )
        return re.sub(
            rf"{line}([ \t]*)pass; ([^\r\n]*)  # {self.token} part (\d+)\b",
            lambda match: match[1] + self.hidden[int(match[3])] + match[2],
            text,
            flags=re.MULTILINE,
        )

    def magics_first(self, cell: str) -> str:
        """A cell with its cell magics above what a fix has put there: IPython wants them at the top."""
        lines = [match[0] for match in _LINE.finditer(cell)]
        magics = [row for row, line in enumerate(lines) if self._is_cell_magic(line)]
        first = next((row for row, line in enumerate(lines) if line.strip()), 0)
        if not any(
            lines[row].strip() and self.token not in lines[row]
            for row in range(first, max(magics, default=0))
        ):
            return cell
        others = [line for row, line in enumerate(lines) if row >= first and row not in magics]
        return "".join(lines[:first] + [lines[row] for row in magics] + others)

    def _is_cell_magic(self, line: str) -> bool:
        hidden = re.search(rf"# {self.token} line (\d+)\b", line)
        return hidden is not None and self.hidden[int(hidden[1])].startswith("%%")

    def _original(self, match: re.Match[str]) -> str:
        return self.hidden[int(match[1])]

    def _all(self, lines: list[tuple[str, str]], statement: str) -> list[str]:
        return [self.comment(*line, statement if row == 0 else "") for row, line in enumerate(lines)]

    def comment(self, code: str, newline: str, statement: str = "") -> str:
        """A line behind a comment, with a statement in its place."""
        self.hidden.append(code)
        return f"{statement}{'  ' if statement else ''}# {self.token} line {len(self.hidden) - 1}{newline}"

    def _lines(self, lines: list[tuple[str, str]]) -> list[str]:
        result: list[str] = []
        quote, depth, more, hidden = "", 0, False, False
        for code, newline in lines:
            if hidden and more:  # the rest of a command
                result.append(self.comment(code, newline))
                more = code.endswith("\\")
                continue
            hidden = not quote and not depth and not more and (line := self._magic(code, newline)) is not None
            if hidden:
                assert line is not None
                result.append(line)
                more = code.endswith("\\")
            else:
                result.append(code + newline)
                quote, depth, more = _scan(code, quote, depth)
        return result

    def _magic(self, code: str, newline: str) -> str | None:
        """A line of IPython's as Python; None for a line of Python."""
        indent = code[: len(code) - len(code.lstrip())]
        nothing = f"{indent}pass" if indent else ""  # a block needs a statement
        if (timed := _TIMED.match(code)) and _parses(timed["statement"].strip()):
            self.hidden.append(timed["magic"])
            return f"{indent}pass; {timed['statement']}  # {self.token} part {len(self.hidden) - 1}{newline}"
        if escaped := _ESCAPED.match(code):
            opens = escaped["magic"] in _BINDS_NAMES or timed is not None
            return self.comment(code, newline, indent + _OPEN if opens else nothing)
        if (assigned := _ASSIGNED.match(code)) and not _parses(code.strip()):
            return self.comment(code, newline, assigned["target"] + _UNKNOWN)
        if _SHELL.match(code) or _HELP.match(code):
            return self.comment(code, newline, nothing)
        return None


def _has_shell(cell: str) -> bool:
    return any(_SHELL.match(line) for line in cell.splitlines())


def _scan(code: str, quote: str, depth: int) -> tuple[str, int, bool]:
    """What is open behind a line: a triple quote, how many brackets, a backslash."""
    position = 0
    while True:
        if quote:
            end = re.compile(rf"(?:\\.|(?!{quote}).)*{quote}").match(code, position)
            if not end:
                return quote, depth, False
            quote, position = "", end.end()
        token = _TOKEN.search(code, position)
        if not token:
            return quote, depth, False
        position = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token["opens"]:
            depth += 1
        elif token["closes"]:
            depth = max(0, depth - 1)
        elif token["more"]:
            return quote, depth, True


def _parses(text: str) -> bool:
    import ast

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
