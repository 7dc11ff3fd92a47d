"""The completion of the shells, by the shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasfix.cli import main

ASK = {
    "bash": """
        eval "$(kerasfix generate-shell-completion bash)"
        COMP_WORDS=(kerasfix {words}); COMP_CWORD={place}; COMPREPLY=()
        _kerasfix_completion kerasfix
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    "zsh": """
        autoload -U compinit; compinit -u
        eval "$(kerasfix generate-shell-completion zsh)"
        compadd() {{ print -l -- ${{(P)@[-1]}} }}; _describe() {{ print -l -- ${{(P)3}} }}
        words=(kerasfix {words}); CURRENT={place_from_1}
        _kerasfix_completion
    """,
    "fish": """
        kerasfix generate-shell-completion fish | source
        complete -C 'kerasfix {line}'
    """,
}


def completions(shell: str, *words: str) -> list[str]:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = ASK[shell].format(
        words=" ".join(f"'{word}'" for word in words),
        line=" ".join(words),
        place=len(words),
        place_from_1=len(words) + 1,
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-c", script], capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    return [word for line in done.stdout.splitlines() if (word := line.split("\t")[0].split(":")[0])]


@pytest.mark.parametrize("shell", ASK)
def test_commands_options_and_values(shell: str) -> None:
    assert set(completions(shell, "s")) == {"server", "shapes"}
    assert {"--statistics", "--show-fixes"} <= set(completions(shell, "check", "--s"))
    assert "sarif" in completions(shell, "check", "--output-format", "sa")
    assert "KF203" in completions(shell, "check", "--select", "KF20")
    assert "missing-flatten" in completions(shell, "check", "--ignore", "missing-f")


def test_another_shell_is_refused() -> None:
    result = CliRunner().invoke(main, ["generate-shell-completion", "tcsh"])
    assert result.exit_code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in result.stderr
