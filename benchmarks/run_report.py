"""What `run.py` has measured, as Markdown and as a picture."""

import pstats
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape


@dataclass
class Command:
    """A command, and what each of its runs cost."""

    name: str
    arguments: list[str]
    cpu: list[float] = field(default_factory=list)
    """Seconds, user and system, of the process and those it waited for."""
    memory: float = 0.0
    """Peak resident set of the largest process, in MB."""
    status: int = 0
    once: bool = False
    """Run in the first round only."""


@dataclass(frozen=True)
class Budget:
    """At most `limit` times what another command costs."""

    command: str
    other: str
    limit: float | None
    """None where the ratio is shown for information."""


def ratio(budget: Budget, measured: dict[str, Command]) -> float:
    """The median of the rounds' ratios."""
    pairs = zip(measured[budget.command].cpu, measured[budget.other].cpu, strict=False)
    return median(mine / other for mine, other in pairs)


def _table(head: str, rows: list[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|---" * columns + "|", *rows]) + "\n"


def budgets(chosen: tuple[Budget, ...], measured: dict[str, Command]) -> str:
    """How the commands compare, and whether that is within the budget."""
    rows = []
    for budget in chosen:
        if budget.command in measured and budget.other in measured:
            found = ratio(budget, measured)
            limit, verdict = "", ""
            if budget.limit is not None:
                limit, verdict = f"{budget.limit} x", "holds" if found <= budget.limit else "**exceeded**"
            rows.append(f"| {budget.command} | {found:.2f} x {budget.other} | {limit} | {verdict} |")
    return _table("| what | CPU seconds, compared | budget | |", rows)


def costs(commands: list[Command]) -> str:
    """What each command cost."""
    rows = [
        f"| {one.name} | {median(one.cpu):.3f} | {min(one.cpu):.3f} - {max(one.cpu):.3f} | {one.memory:.0f} "
        f"| {len(one.cpu)} |"
        for one in commands
    ]
    return _table("| command | CPU s, median | from - to | peak MB | rounds |", rows)


def growth(found: dict[str, dict[int, tuple[Command, Command]]]) -> str:
    """What scripts of growing size cost; for each line or layer, what they cost beyond the smallest.

    Args:
        found: by what grows and how many there are, kerasfix's command, and libcst's, which only parses.
    """
    tables = []
    for kind, sizes in found.items():
        smallest = [min(command.cpu) for command in next(iter(sizes.values()))]
        rows = []
        for count, commands in sizes.items():
            spent = [min(command.cpu) for command in commands]
            more = [(now - start) / count * 1000 for now, start in zip(spent, smallest, strict=True)]
            each = " | ".join(f"{one:.2f}" if count >= 100 else "" for one in more)
            memory = " | ".join(f"{command.memory:.0f}" for command in commands)
            rows.append(f"| {count:,} | {spent[0]:.2f} | {each} | {memory} |")
        head = f"| {kind} | CPU s | ms for each of the {kind} | libcst, its parser alone | peak MB | libcst |"
        tables.append(_table(head, rows))
    return "\n".join(tables)


_PARTS = {
    "libcst/_parser/entrypoints": "libcst's parser",
    "libcst/": "libcst, its import and its nodes",
    "kerasfix/trace": "the trace",
    "kerasfix/keras": "what Keras is: signatures and shapes",
    "kerasfix/syntax": "places in the text, edits",
    "kerasfix/repairs": "fixes",
    "/rules/": "rules",
    "kerasfix/report": "the report",
    "kerasfix/": "the rest of kerasfix",
    "importlib": "Python's import",
    "marshal": "Python's import",
    "click/": "click",
}


def profile(file: Path) -> str:
    """Where the time of a process went, from what `cProfile` wrote: by part, and the costliest functions."""
    timed = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]
    own: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for (path, _, name), (_, _, seconds, _, callers) in timed.items():
        if path != "~" or not callers:
            own[_part(path, name)] += seconds
            functions[_called(path, name)] += seconds
            continue
        for (caller, _, _), spent in callers.items():  # what is built in belongs to whoever calls it
            own[_part(caller, name)] += spent[2]
        functions[_called(path, name)] += seconds
    total = sum(own.values())
    parts = [f"| {part} | {seconds / total:.0%} |" for part, seconds in own.most_common(12)]
    rows = [f"| `{name}` | {seconds / total:.1%} |" for name, seconds in functions.most_common(12)]
    return _table("| part | time |", parts) + "\n" + _table("| function | its own time |", rows)


def _part(path: str, name: str) -> str:
    place = name if "marshal" in name else path
    return next((part for key, part in _PARTS.items() if key in place), "other parts of Python")


def _called(path: str, name: str) -> str:
    if path == "~":
        return name.strip("<>").replace("|", " ").removeprefix("built-in method ")
    return f"{'/'.join(Path(path).parts[-2:])}: {name}".replace("|", " ")


_STYLE = """
text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #334155 }
.title { font-size: 16px; font-weight: 600; fill: #0f172a }
.head { font-weight: 600; fill: #0f172a }
.ours-label { font-weight: 600; fill: #c2410c }
.value { font-size: 12px; font-variant-numeric: tabular-nums; fill: #64748b }
.ours { fill: #ea580c } .bare { fill: #94a3b8 } .other { fill: #60a5fa }
.line { stroke: #cbd5e1 }
@media (prefers-color-scheme: dark) {
  text { fill: #cbd5e1 } .title, .head { fill: #f1f5f9 } .ours-label { fill: #fb923c }
  .value { fill: #94a3b8 } .line { stroke: #475569 }
}
"""
_LEFT, _WIDTH, _ROW = 150, 380, 24


def as_svg(commands: list[Command], heads: dict[str, str]) -> str:
    """Bars of CPU seconds, a group for each set of files (`heads`: their titles)."""
    rows = ['<text x="16" y="28" class="title">CPU seconds, less is better</text>']
    y = 48
    for place, title in heads.items():
        found = [command for command in commands if command.name.endswith(f", {place}")]
        if not found:
            continue
        found.sort(key=lambda command: median(command.cpu))
        longest = median(found[-1].cpu)
        ours = next(median(one.cpu) for one in found if one.name.startswith("kerasfix"))
        rows.append(f'<text x="16" y="{y + 14}" class="head">{escape(title)}</text>')
        y += 26
        top = y
        for command in found:
            seconds, tool = median(command.cpu), command.name.partition(",")[0]
            kind = {"kerasfix": "ours", "libcst": "bare"}.get(tool, "other")
            label = "libcst, only parsing" if tool == "libcst" else tool
            marked = ' class="ours-label"' if kind == "ours" else ""
            width = max(2, round(_WIDTH * seconds / longest))
            times = "" if kind == "ours" else f" · {seconds / ours:.2g} ×"
            rows += [
                f'<text x="{_LEFT - 10}" y="{y + 13}" text-anchor="end"{marked}>{label}</text>',
                f'<rect x="{_LEFT}" y="{y}" width="{width}" height="17" rx="3" class="{kind}"/>',
                f'<text x="{_LEFT + width + 8}" y="{y + 13}" class="value">'
                f"{seconds:.2f} s{times} · {command.memory:.0f} MB</text>",
            ]
            y += _ROW
        rows.append(f'<line x1="{_LEFT}" y1="{top - 4}" x2="{_LEFT}" y2="{y - 3}" class="line"/>')
        y += 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{y}" viewBox="0 0 760 {y}" role="img">\n'
        f"<title>CPU seconds and peak memory of kerasfix and other tools</title>\n<style>{_STYLE}</style>\n"
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def rewrite(page: Path, text: str) -> None:
    """Put what was measured between the two marks of a page.

    Raises:
        ValueError: the page has no such marks.
    """
    before, start, rest = page.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not start or not end:
        raise ValueError(f"{page} has no lines `<!-- measured -->` and `<!-- end -->`")
    page.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
