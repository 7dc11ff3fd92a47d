"""`kerasfix generate-shell-completion`."""

import click


@click.command(short_help="Print what completes commands and options in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def generate_shell_completion(shell: str) -> None:
    """Print a script that completes commands, options and their values in a shell.

    \b
    bash:  eval "$(kerasfix generate-shell-completion bash)"      in ~/.bashrc
    zsh:   eval "$(kerasfix generate-shell-completion zsh)"       in ~/.zshrc
    fish:  kerasfix generate-shell-completion fish | source       in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from kerasfix.cli import main

    completion = get_completion_class(shell)
    assert completion
    click.echo(completion(main, {}, "kerasfix", "_KERASFIX_COMPLETE").source())
