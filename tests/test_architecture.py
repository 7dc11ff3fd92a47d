"""The way of the data has one direction: no room imports from one further down the pipeline."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each room, and the rooms it may import from. `cli` and the modules behind it put everything together.
# All may use `light`: data classes that cost little to import.
ALLOWED = {
    "light": set(),
    "storage": set(),
    "finding": set(),
    "source": set(),
    "keras": set(),
    "syntax": {"finding", "keras", "source"},
    "trace": {"keras", "syntax"},
    "repairs": {"finding", "keras", "syntax", "trace"},
    "rule": {"finding", "syntax"},
    "rules": {"finding", "keras", "repairs", "rule", "suppressions", "syntax", "trace"},
    "registry": {"rule"},
    "suppressions": {"finding", "source"},
    "linter": {"finding", "registry", "rule", "source", "suppressions", "syntax", "trace"},
    "fixing": {"finding", "linter", "rule", "source"},
    "verify": {"storage"},
}


def room(module: str) -> str:
    """`kerasfix.trace.values` is in the room `trace`."""
    return module.removeprefix("kerasfix.").partition(".")[0]


def files_of(name: str) -> list[Path]:
    if name == "rules":
        return sorted((ROOT / "rules").glob("*.py"))
    folder = ROOT / "kerasfix" / name
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


FRONT = {"cli", "commands", "server"}
"""What people and editors speak to: nothing behind it may know of it."""


@pytest.mark.parametrize("path", sorted((ROOT / "kerasfix").rglob("*.py")), ids=str)
def test_nothing_imports_from_the_front_but_the_front(path: Path) -> None:
    own = path.relative_to(ROOT / "kerasfix").parts[0]
    if own in FRONT or own == "__main__.py":
        return
    assert not {
        module for module in imported(path) if room(module) in FRONT and module.startswith("kerasfix.")
    }


@pytest.mark.parametrize("name", ALLOWED)
def test_rooms_import_in_one_direction(name: str) -> None:
    assert files_of(name)
    used = {
        room(module)
        for path in files_of(name)
        for module in imported(path)
        if module.startswith("kerasfix.") and room(module) != name
    }
    assert used - {"light"} <= ALLOWED[name]


def test_repairs_see_of_the_trace_only_what_it_found() -> None:
    """Records and values, never the interpreter."""
    used = {module for path in files_of("repairs") for module in imported(path) if ".trace" in module}
    assert used <= {f"kerasfix.trace.{name}" for name in ("records", "custom_records", "values")}


@pytest.mark.parametrize(
    "path", [*(ROOT / "kerasfix").rglob("*.py"), *(ROOT / "rules").glob("*.py")], ids=str
)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 520


@pytest.mark.parametrize("path", sorted((ROOT / "rules").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_the_first_screen_of_a_rule_shows_its_logic(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert next(number for number, line in enumerate(lines, 1) if line.startswith("@rule.on")) <= 50


def test_checking_imports_no_keras() -> None:
    code = (
        "import sys\n"
        "from kerasfix.linter import lint\n"
        "from kerasfix.registry import all_rules\n"
        "from kerasfix.source import Source\n"
        "text = 'import keras, numpy as np\\nm = keras.Sequential([keras.layers.Dense(1)])\\n'\n"
        "text += 'm.compile(loss=\"mse\")\\nm.fit(np.zeros((8, 4)), np.zeros(8))\\nDense\\n'\n"
        "assert [f.code for f in lint(Source('x.py', text), all_rules())] == ['KF101']\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not {"keras", "tensorflow", "numpy", "rich"} & set(done.stdout.split())


def test_only_the_command_line_knows_the_server() -> None:
    """It puts everything together, as the command line does; what it needs is an extra."""
    for path in (ROOT / "kerasfix").rglob("*.py"):
        used = {
            module
            for module in imported(path)
            if module.startswith(("kerasfix.server", "pygls", "lsprotocol"))
        }
        assert not used or "server" in {path.stem, path.parent.name}
