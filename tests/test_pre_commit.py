"""The hooks, run by the real `pre-commit` in a real git repository, without network.

`pre-commit` installs a copy of this repository as it would one from GitHub. pip finds what that needs in a
folder of wheels, which are packed again from the packages installed here.
"""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
HOOK_REPOSITORY = ("kerasfix", "rules", "pyproject.toml", "LICENSE", "README.md", ".pre-commit-hooks.yaml")
BAD = """\
from tensorflow.keras.models import Sequential

model = Sequential()
model.add(Dense(4, input_shape=(3,)))
"""
FIXED = BAD.replace("Sequential\n\n", "Sequential\nfrom tensorflow.keras.layers import Dense\n\n", 1)
GOOD = "from tensorflow import keras\n\nmodel = keras.Sequential([keras.layers.Dense(4)])\n"


def run(folder, *command, **environment):
    settings = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        **environment,
    }
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PYTHONPATH"):
        settings.pop(name, None)
    return subprocess.run(
        command,
        cwd=folder,
        env=settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def commit(folder):
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "A commit")):
        done = run(folder, "git", *command)
        assert done.returncode == 0, done.stderr
    return run(folder, "git", "rev-parse", "HEAD").stdout.strip()


def needed(names, extra=""):
    """These distributions, and what they require."""
    found = {}
    todo = list(names)
    while todo:
        requirement = Requirement(todo.pop())
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            distribution = metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            pytest.fail(f"{requirement} is not installed, so pip could not install it without network")
        if distribution.name not in found:
            found[distribution.name] = distribution
            todo += distribution.requires or []
    return found.values()


def pack(distribution, folder):
    """An installed distribution as a wheel again."""
    tag = next(
        line.removeprefix("Tag: ")
        for line in distribution.read_text("WHEEL").splitlines()
        if line.startswith("Tag: ")
    )
    name = f"{distribution.name.replace('-', '_')}-{distribution.version}-{tag}.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for file in distribution.files:
            if (
                ".." not in file.parts
                and file.suffix != ".pyc"
                and file.name not in {"INSTALLER", "REQUESTED"}
            ):
                wheel.write(file.locate(), str(file))


@pytest.fixture(scope="module")
def hooks(tmp_path_factory):
    """The repository of the hooks, its revision, and the settings under which pip needs no network."""
    base = tmp_path_factory.mktemp("hooks")
    repository = base / "repository"
    repository.mkdir()
    for name in HOOK_REPOSITORY:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, repository / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, repository / name)
    wheels = base / "wheels"
    wheels.mkdir()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for distribution in needed(project["build-system"]["requires"] + project["project"]["dependencies"]):
        pack(distribution, wheels)
    settings = {
        "PRE_COMMIT_HOME": str(base / "home"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "VIRTUALENV_NO_DOWNLOAD": "1",
    }
    return repository, commit(repository), settings


@pytest.fixture
def pre_commit(hooks, tmp_path):
    """A function that commits files to a repository that uses a hook, runs it, and gives what it said."""
    repository, revision, settings = hooks

    def check(hook, files):
        (tmp_path / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {repository.as_uri()}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n"
        )
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        commit(tmp_path)
        command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never", "--verbose")
        return run(tmp_path, *command, **settings)

    return check


def test_check_fails_on_a_finding(pre_commit, tmp_path):
    done = pre_commit("kerasfix", {"bad.py": BAD, "good.py": GOOD, "notes.txt": BAD})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "KF101" in done.stdout
    assert "bad.py:4:11" in done.stdout
    assert "good.py" not in done.stdout
    assert "notes.txt" not in done.stdout
    assert (tmp_path / "bad.py").read_text() == BAD


def test_check_passes_without_findings(pre_commit):
    done = pre_commit("kerasfix", {"good.py": GOOD})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_fix_changes_the_file_and_then_passes(pre_commit, tmp_path):
    done = pre_commit("kerasfix-fix", {"bad.py": BAD})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert (tmp_path / "bad.py").read_text() == FIXED
    again = pre_commit("kerasfix-fix", {"bad.py": FIXED})
    assert again.returncode == 0, again.stdout + again.stderr


def test_excluded_files_stay_excluded(pre_commit):
    settings = '[tool.kerasfix]\nextend-exclude = ["old"]\n'
    done = pre_commit("kerasfix", {"old/bad.py": BAD, "pyproject.toml": settings})
    assert done.returncode == 0, done.stdout + done.stderr
