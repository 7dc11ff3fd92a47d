"""`kerasfix rule`."""

import sys

import click

from kerasfix.cli.options import color_option
from kerasfix.console import FAILED, Console


@click.command()
@click.argument("key", required=False, metavar="[CODE|NAME]")
@click.option("--all", "everything", is_flag=True, help="Explain all rules.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@color_option
def rule(key: str | None, everything: bool, output_format: str, color: str) -> None:
    """Explain a rule, or all of them."""
    from kerasfix import registry
    from kerasfix.report import rules

    console = Console(color)
    if bool(key) == everything:
        raise click.UsageError("Name one rule, or give --all.")
    found = registry.all_rules() if everything else (registry.rule_by_code_or_name(key or ""),)
    if found == (None,):
        from difflib import get_close_matches

        known = [name for rule in registry.all_rules() for name in (rule.code, rule.name)]
        near = get_close_matches(key or "", known, n=3)
        hint = f" Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
        console.error(f"No rule is called `{key}`.{hint} `kerasfix rule --all` lists the rules.")
        sys.exit(FAILED)
    known_rules = [rule for rule in found if rule]
    if output_format == "json":
        click.echo(rules.as_json(known_rules, everything))
    else:
        text = "\n\n".join(rules.as_text(rule) for rule in known_rules)
        click.echo(
            rules.painted(text, console.paint()) if console.colored() else text, color=console.colored()
        )
