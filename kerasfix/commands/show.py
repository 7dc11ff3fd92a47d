"""What `--show-files` and `--show-settings` print."""

from dataclasses import fields
from typing import TYPE_CHECKING

import click

from kerasfix.config import Patterns
from kerasfix.report import clean

if TYPE_CHECKING:
    from kerasfix.commands.request import Request


def show_files(request: "Request") -> None:
    """The files that would be checked, one a line."""
    for path in request.files():
        click.echo(clean(str(path)))


def show_settings(request: "Request") -> None:
    """The settings that hold for the first of the files."""
    files = request.files()
    if not files:
        return
    settings = request.resolver.settings(files[0].parent)
    click.echo(f"Settings for {clean(str(files[0]))}")
    click.echo(f"file = {clean(str(settings.file)) if settings.file else 'none: the defaults hold'}")
    click.echo(f"rules = {' '.join(rule.code for rule in settings.rules_for(files[0]))}")
    for field in fields(settings):
        if field.name not in ("root", "file", "selections"):
            click.echo(f"{field.name.replace('_', '-')} = {clean(_text(getattr(settings, field.name)))}")


def _text(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Patterns(lines=lines, negated=negated):
            return ("!" if negated else "") + " ".join(lines)
        case tuple():
            return " ".join(map(_text, value))
        case _:
            return str(value)
