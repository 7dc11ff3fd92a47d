"""`kerasfix report`: what is on the page, and what a browser makes of it."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EVIL = "<script>document.title = 'taken over'</script><img src=x onerror=alert(1)>\"'&"
SCRIPT = """\
import keras
from keras import layers

inputs = keras.Input((28, 28), name="图像")
x = layers.Flatten(name='EVIL')(inputs)  # EVIL
outputs = layers.Dense(10, activation="softmaxx")(x)
model = keras.Model(inputs, outputs)
model = model.compile(loss="mse")
model.summary()
layers.Dens(3, "EVIL")
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    evil = EVIL.replace("'", r"\'")
    Path("a<b>&.py").write_text(
        SCRIPT.replace("name='EVIL'", f"name='{evil}'").replace("EVIL", "<i>x</i>"), "utf-8"
    )
    Path("clean.py").write_text("import keras\n")
    return tmp_path


def report(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["report", "--isolated", "-o", "report.html", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit)
    return result


class Reader(HTMLParser):
    """The elements and the text of a page; every element must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def test_the_page_has_findings_diff_and_models() -> None:
    result = report()
    assert result.exit_code == 0
    assert re.fullmatch(r"Wrote report\.html: 3 findings and 1 model in 2 files\.\n", result.stdout), (
        result.output
    )
    page = Reader(Path("report.html").read_text(encoding="utf-8"))
    for words in (
        "3 findings in 1 file",
        "KF302",
        "KF301",
        "a<b>&.py",
        "What --fix changes",
        '+outputs = layers.Dense(10, activation="softmax")(x)',
        "(None, 784)",
        "7,850",
        "图像",
    ):
        assert words in page.text, words
    assert "clean.py" not in page.text
    assert sum(tag == "article" for tag, _ in page.tags) == 4


def test_nothing_on_the_page_comes_from_elsewhere_and_all_text_is_text() -> None:
    report()
    page = Reader(Path("report.html").read_text(encoding="utf-8"))
    assert EVIL in page.text.replace("\\'", "'")
    assert not {"script", "i", "link", "iframe"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        source = attributes.get("src") or attributes.get("href") or "#"
        assert source.startswith(("#", "data:image/svg+xml;base64,"))


def test_rules_are_linked_where_their_pages_have_an_address() -> None:
    report("--config", 'docs-url = "https://docs.example.org/"')
    page = Reader(Path("report.html").read_text(encoding="utf-8"))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert "https://docs.example.org/rules/unknown-identifier/" in links


def test_what_goes_wrong_is_said() -> None:
    Path("bad.ipynb").write_text("{")
    result = report()
    assert result.exit_code == 2
    assert "not a notebook" in Reader(Path("report.html").read_text(encoding="utf-8")).text
    assert report("-o", "no/such/folder.html").exit_code == 2


def test_stdin() -> None:
    done = CliRunner().invoke(main, ["report", "--isolated", "-", "--stdin-filename", "s.py"],
                              input="import keras\nprint(Dense)\n")  # fmt: skip
    assert done.output == "Wrote report.html: 1 finding and 0 models in 1 file.\n"
    page = Reader(Path("report.html").read_text(encoding="utf-8"))
    assert "s.py" in page.text
    assert "from keras.layers import Dense" in page.text
    assert report("-", "clean.py").exit_code == 2


def test_what_a_baseline_holds_is_left_out() -> None:
    CliRunner().invoke(main, ["check", "--isolated", "--write-baseline"])
    assert report("--baseline", "kerasfix-baseline.json").stdout.startswith("Wrote report.html: 0 findings")
    Path("new.py").write_text("import keras\nprint(Dense)\n")
    assert report("--baseline", "kerasfix-baseline.json").stdout.startswith("Wrote report.html: 1 finding ")
    assert report("--baseline", "none.json").exit_code == 2


def test_nothing_found() -> None:
    assert report("clean.py").stdout == "Wrote report.html: 0 findings and 0 models in 1 file.\n"
    assert "Nothing found" in Reader(Path("report.html").read_text(encoding="utf-8")).text


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian's package chromium)")
def test_in_a_browser(project: Path) -> None:
    report()
    assert CHROMIUM
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={project / 'profile'}", "--enable-logging=stderr", "--dump-dom",
            f"file://{project / 'report.html'}",
        ],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert said == []
    assert "<title>kerasfix: 3 findings in 1 file</title>" in done.stdout  # no script has changed it
    assert done.stdout.count("<article") == 4


@pytest.mark.keras
def test_verdicts() -> None:
    Path("fit.py").write_text(
        "import keras\nimport numpy as np\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile(loss='mse', optimizer='adm')\nmodel.fit(np.ones((8, 4)), np.ones((8, 1)))\n"
    )
    assert report("--verify", "fit.py").exit_code == 0
    text = Reader(Path("report.html").read_text(encoding="utf-8")).text
    assert "Verification" in text
    assert "fit.py: verified" in text
    assert "every weight gets a gradient" in text
