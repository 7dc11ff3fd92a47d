"""What stands below the findings: counts, what `--fix` could do, statistics, diffs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kerasfix.report import Paint, Placed, clean

if TYPE_CHECKING:
    from kerasfix.checker import Checked


def footer(findings: Sequence[Placed], fixed: int, paint: Paint) -> Iterator[str]:
    """`Found 3 errors.` and how many of them can be fixed; what there is to say after a check or a fix."""
    if not findings and not fixed:
        yield paint("All checks passed!", fg="green")
        return
    total = len(findings) + fixed
    done = f" ({fixed} fixed, {len(findings)} remaining)" if fixed else ""
    yield f"Found {plural(total, 'error')}{done}."
    ready = sum(placed.applicable for placed in findings)
    hidden = _hidden(findings)
    more = f"{plural(hidden, 'unsafe fix')} available with `--fix --unsafe-fixes`"
    if ready:
        yield f"[{paint('*', fg='cyan')}] {ready} fixable with `--fix`{f' ({more})' if hidden else ''}."
    elif hidden:
        yield f"{more}."


def diff_footer(findings: Sequence[Placed], fixed: int) -> str:
    """`Would fix 2 errors.`"""
    hidden = _hidden(findings)
    noun = "additional fix" if fixed else "fix"
    more = f" ({plural(hidden, noun)} available with `--unsafe-fixes`)" if hidden else ""
    return (f"Would fix {plural(fixed, 'error')}" if fixed else "No errors would be fixed") + f"{more}."


def fixes_shown(files: "Iterable[Checked]", paint: Paint) -> Iterator[str]:
    """`--show-fixes`: what was fixed, by file and rule."""
    fixed = [checked for checked in files if checked.applied]
    if not fixed:
        return
    from kerasfix.registry import rule_by_code_or_name

    yield f"Fixed {plural(sum(checked.applied.total() for checked in fixed), 'error')}:"
    for checked in fixed:
        yield f"- {paint(clean(checked.shown), bold=True)}:"
        width = len(str(max(checked.applied.values())))
        for code, count in sorted(checked.applied.items(), key=lambda item: (-item[1], item[0])):
            rule = rule_by_code_or_name(code)
            name = f" ({rule.name})" if rule else ""
            yield f"    {count:>{width}} × {paint(code, fg='red', bold=True)}{name}"
    yield ""


def statistics(findings: Sequence[Placed], paint: Paint) -> Iterator[str]:
    """`--statistics`: how often each rule fired, and whether its fixes would be applied."""
    counts = Counter((placed.finding.code, placed.finding.name) for placed in findings)
    fixable = Counter(placed.finding.code for placed in findings if placed.applicable)
    width = len(str(max(counts.values(), default=0)))
    for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if not fixable:
            mark = ""
        elif not fixable[code]:
            mark = "[ ] "
        else:
            mark = f"[{paint('*', fg='cyan')}] " if fixable[code] == count else f"[{paint('-', fg='cyan')}] "
        yield f"{count:>{width}}\t{paint(code, fg='red', bold=True)}\t{mark}{name}"


def statistics_json(findings: Sequence[Placed]) -> str:
    """`--statistics` with `--output-format json`."""
    import json

    counts = Counter((placed.finding.code, placed.finding.name) for placed in findings)
    fixable = Counter(placed.finding.code for placed in findings if placed.applicable)
    return (
        json.dumps(
            [
                {"code": code, "name": name, "count": count, "fixable": fixable[code]}
                for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            ],
            indent=2,
        )
        + "\n"
    )


def unified_diff(checked: "Checked", paint: Paint, on_terminal: bool) -> str:
    """The changes to a file, as `patch` reads them; on a terminal control characters are made visible."""
    assert checked.document
    assert checked.fixed
    import difflib
    from io import StringIO

    colours = {"-": "red", "+": "green", "@": "cyan"}
    lines = []
    for (name, before), (_, after) in zip(checked.document.parts(), checked.fixed.parts(), strict=True):
        old, new = list(StringIO(before)), list(StringIO(after))
        for number, line in enumerate(difflib.unified_diff(old, new, clean(name), clean(name))):
            text = line.rstrip("\r\n") if on_terminal else line.removesuffix("\n")
            colour = {} if number < 2 or line[0] not in colours else {"fg": colours[line[0]]}
            lines.append(paint(_clean(text) if on_terminal else text, bold=number < 2, **colour) + "\n")
            if not line.endswith("\n"):
                lines.append("\\ No newline at end of file\n")
    return "".join(lines)


def _clean(line: str) -> str:
    """A line of a diff with its tabs, and without characters that a terminal obeys."""
    return "\t".join(clean(part) for part in line.split("\t"))


def plural(count: int, noun: str) -> str:
    """`1 error`, `2 errors`, `2 fixes`."""
    return f"{count} {noun if count == 1 else noun + ('es' if noun.endswith('x') else 's')}"


def _hidden(findings: Sequence[Placed]) -> int:
    """How many findings have an unsafe fix that was not asked for."""
    from kerasfix.finding import Applicability

    return sum(
        not placed.applicable
        and any(fix.applicability is Applicability.UNSAFE for fix in placed.finding.fixes)
        for placed in findings
    )
