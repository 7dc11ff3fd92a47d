"""Measure kerasfix's budgets: CPU seconds of whole processes, as ratios, side by side in one run.

    python benchmarks/run.py [--repeats 9] [--others VENV] [--long] [--tree 100000] [--growth] [--profile]
                             [--corpus FOLDER] [--json FILE] [--svg FILE] [--page docs/speed.md]

Every round runs every command once, one after the other, so that whatever else the machine does meets all of
them; a ratio is the median of the rounds' ratios. What takes long is run in the first round only. `--others` names
an environment with other tools (`python -m venv V && V/bin/pip install torchfix fixit flake8 pylint ruff`); without it
their rows are left out, and what takes them minutes (TorchFix and Fixit on the source of Keras) without `--long`.
`--tree` makes that many files of which one in a thousand mentions Keras; `--growth` measures scripts of 10 to 100,000
lines, and models of 10 to 10,000 layers; `--profile` tells where kerasfix's own time goes.
The hundred scripts are taken from Keras's own source, as installed, or are those of `--corpus`. Beside them stand a
hundred broken scripts (those of `fixtures/` again and again): with half a dozen findings in thirty lines they are the
worst case. `--page` puts all that was measured between the two marks in a Markdown page.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import run_report as report
from run_files import MANY, PLAIN, copy_of, corpus, keras_source, layers_of, lines_of, make_tree
from run_report import Budget, Command

ROOT = Path(__file__).resolve().parent.parent
PARSE = """
import sys
from pathlib import Path
import libcst
for path in sys.argv[1:]:
    for file in sorted(Path(path).rglob("*.py")) if Path(path).is_dir() else [Path(path)]:
        text = file.read_bytes().decode()
        if "keras" in text:
            libcst.parse_module(text)
"""


def run(command: Command) -> None:
    """Run a command once and note its cost; its output is thrown away."""
    # Byte code is kept, as it is where people run it: compiling on every start would drown all else.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command.arguments, env=kept, stdin=silent, stdout=silent, stderr=silent)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = command.status = os.waitstatus_to_exitcode(status)
    command.cpu.append(usage.ru_utime + usage.ru_stime)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    command.memory = max(command.memory, usage.ru_maxrss / unit)


OTHERS = {
    "TorchFix": ("torchfix",),
    "Fixit": ("fixit", "lint"),
    "flake8": ("flake8", "--isolated"),
    "pylint": ("pylint", "--rcfile=/dev/null", "--disable=all", "--enable=E"),
    "Ruff": ("ruff", "check", "--isolated", "--no-cache"),
}
_ONCE = {"tree", "Keras itself"}
"""Each command meets these places in the first round only."""
_SLOW = {("TorchFix", "many"), ("Fixit", "many"), ("pylint", "many")}
"""So these."""
_LONG = {("TorchFix", "Keras itself"), ("Fixit", "Keras itself")}
"""Only where it is asked for: minutes."""
_NEVER = {("pylint", "Keras itself"), *((name, "tree") for name in ("TorchFix", "Fixit", "flake8", "pylint"))}


def all_commands(
    folder: Path, places: dict[str, Path], broken: Path, others: Path | None, long: bool
) -> Iterable[Command]:
    """All that is measured."""
    kerasfix = [sys.executable, "-m", "kerasfix", "check", "--quiet", "--isolated"]
    fresh, kept = [*kerasfix, "--no-cache"], [*kerasfix, "--cache-dir", str(folder / "cache")]
    parse, plain = folder / "parse.py", folder / "plain.py"
    parse.write_text(PARSE)
    plain.write_text(PLAIN)
    libcst = [sys.executable, str(parse)]
    yield Command("kerasfix, no Keras", [*fresh, str(plain)])
    yield Command("kerasfix, cached", [*kept, str(places["one script"])])
    yield Command("import click", [sys.executable, "-c", "import click"])
    yield Command("kerasfix, broken", [*fresh, str(broken)])
    yield Command("libcst, broken", [*libcst, str(broken)])
    for place, path in places.items():
        yield Command(f"kerasfix, {place}", [*fresh, str(path)], once=place in _ONCE)
        yield Command(f"libcst, {place}", [*libcst, str(path)], once=place in _ONCE)
        for name, (program, *arguments) in OTHERS.items() if others else ():
            key = (name, place)
            if others and key not in _NEVER and (long or key not in _LONG):
                command = [str(others / "bin" / program), *arguments, str(path)]
                yield Command(f"{name}, {place}", command, once=place in _ONCE or key in _SLOW)


BUDGETS = (
    Budget("kerasfix, one script", "libcst, one script", 1.5),
    *(Budget("kerasfix, one script", f"{name}, one script", 0.6) for name in ("TorchFix", "Fixit")),
    *(Budget("kerasfix, one script", f"{name}, one script", None) for name in ("flake8", "pylint", "Ruff")),
    Budget("kerasfix, no Keras", "import click", 2.0),
    Budget("kerasfix, cached", "import click", 2.0),
    Budget("kerasfix, many", "libcst, many", 1.6),
    Budget("kerasfix, broken", "libcst, broken", None),
    *(Budget("kerasfix, many", f"{name}, many", 0.2) for name in ("TorchFix", "Fixit")),
    *(Budget("kerasfix, many", f"{name}, many", None) for name in ("flake8", "pylint", "Ruff")),
    Budget("kerasfix, Keras itself", "libcst, Keras itself", 1.6),
    *(Budget("kerasfix, Keras itself", f"{name}, Keras itself", 0.2) for name in ("TorchFix", "Fixit")),
    *(Budget("kerasfix, Keras itself", f"{name}, Keras itself", None) for name in ("flake8", "Ruff")),
    Budget("kerasfix, tree", "libcst, tree", None),
    Budget("kerasfix, tree", "Ruff, tree", None),
)


def growth(folder: Path) -> dict[str, dict[int, tuple[Command, Command]]]:
    """What scripts of growing length, and models of growing depth, cost kerasfix, and what libcst's parser alone."""
    found: dict[str, dict[int, tuple[Command, Command]]] = {}
    for kind, make, counts in (
        ("lines", lines_of, (10, 100, 1_000, 10_000, 100_000)),
        ("layers", layers_of, (10, 100, 1_000, 10_000)),
    ):
        for count in counts:
            path = folder / f"{kind}_{count}.py"
            path.write_text(make(count))
            check = ["-m", "kerasfix", "check", "-q", "--isolated", "--no-cache", str(path)]
            both = (
                Command(f"{count:,} {kind}", [sys.executable, *check]),
                Command(f"libcst, {count:,} {kind}", [sys.executable, str(folder / "parse.py"), str(path)]),
            )
            for _ in range(1 if count > 10_000 else 3):
                for command in both:
                    run(command)
            found.setdefault(kind, {})[count] = both
    return found


def profiled(folder: Path, target: Path) -> str:
    """Where kerasfix's time goes; by one process, which `cProfile` makes two or three times slower."""
    file = folder / "profile"
    check = ["-m", "kerasfix", "check", "-q", "--isolated", "--no-cache", "-j1"]
    command = [sys.executable, "-m", "cProfile", "-o", str(file), *check, str(target)]
    run(Command("profile", command))
    return report.profile(file)


def measure(commands: list[Command], rounds: int) -> None:
    """Run the commands, one round after the other."""
    for command in commands:  # once for the byte code and the disk
        if not command.once:
            run(command)
            command.cpu.clear()
            command.memory = 0
    for number in range(rounds):
        for command in commands:
            if number == 0 or not command.once:
                run(command)


def machine() -> str:
    """What it was measured on, and when."""
    day = datetime.now(tz=UTC).strftime("%d %B %Y").lstrip("0")
    versions = f"Python {platform.python_version()}, libcst {version('libcst')}"
    return f"Measured on {day} with {versions}, on {os.cpu_count()} processors ({platform.machine()})."


def main() -> None:
    """Run, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=9, help="rounds (default: 9)")
    parser.add_argument("--others", type=Path, help="an environment with other tools")
    parser.add_argument("--long", action="store_true", help="also what takes other tools minutes")
    parser.add_argument("--tree", type=int, default=0, help="files of a large tree (default: no tree)")
    parser.add_argument("--growth", action="store_true", help="measure growing scripts and models")
    parser.add_argument("--profile", action="store_true", help="tell where the time goes")
    parser.add_argument("--svg", type=Path, help="draw the measurements")
    parser.add_argument("--page", type=Path, help="put the tables in a Markdown page, between its marks")
    parser.add_argument("--corpus", type=Path, help="a folder of Keras scripts")
    parser.add_argument(
        "--script", type=Path, help="the one script (default: the longest of the broken ones)"
    )
    parser.add_argument("--json", type=Path, help="write the measurements to a file")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many, broken, script = folder / "many", folder / "broken", folder / "script.py"
        size = corpus(options.corpus or keras_source(), many)
        corpus(ROOT / "fixtures" / "article", broken)
        longest = options.script or max(broken.iterdir(), key=lambda path: path.stat().st_size)
        script.write_text(f"{longest.read_text(encoding='utf-8')}\n# torch\n", encoding="utf-8")
        places = {"one script": script, "many": many}
        heads = {
            "one script": f"One script of {len(script.read_bytes().splitlines())} lines",
            "many": f"{MANY} scripts, {size / 1e6:.1f} MB",
        }
        if options.corpus is None:
            places["Keras itself"] = copy_of(keras_source(), folder / "keras")
            count = sum(1 for _ in places["Keras itself"].rglob("*.py"))
            heads["Keras itself"] = f"The source of Keras, {count} files"
        if options.tree:
            places["tree"] = make_tree(folder / "tree", options.tree)
            heads["tree"] = f"{options.tree:,} files, of which one in a thousand mentions Keras"
        commands = list(all_commands(folder, places, broken, options.others, options.long))
        measure(commands, options.repeats)
        grown = growth(folder) if options.growth else {}
        measured = {command.name: command for command in commands}
        sections = [f"{machine()} {options.repeats} rounds.\n", report.budgets(BUDGETS, measured)]
        if grown:
            sections += ["### Growth\n", report.growth(grown)]
        if options.profile:
            for place in ("one script", "many"):
                sections += [f"### Where the time goes: {heads[place]}\n", profiled(folder, places[place])]
        sections += ["### All commands\n", report.costs(commands)]
    text = "\n".join(sections)
    print(text)
    if options.page:
        report.rewrite(options.page, text)
    if options.svg:
        options.svg.write_text(report.as_svg(commands, heads), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps([asdict(command) for command in commands], indent=1) + "\n")
    failed = [
        command.name
        for command in [
            *commands,
            *(one for sizes in grown.values() for both in sizes.values() for one in both),
        ]
        if command.status not in {0, 1} and not command.name.startswith(tuple(OTHERS))
    ]
    if failed:
        sys.exit(f"Failed, so its figures mean nothing: {', '.join(failed)}")


if __name__ == "__main__":
    main()
