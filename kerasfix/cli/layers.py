"""What the command line sets over the configuration files."""

from itertools import chain
from pathlib import Path
from typing import Any

import click

Layer = dict[str, Any]
"""Keys of a configuration file with their values, as TOML has them."""

_SELECTORS = ("select", "extend-select", "ignore", "fixable", "unfixable")
_PER_FILE = ("per-file-ignores", "extend-per-file-ignores")
_LISTS = ("exclude", "extend-exclude")
_VALUES = ("unsafe-fixes", "baseline", "output-format")


def config_layers(
    config: tuple[str, ...], isolated: bool, options: dict[str, Any]
) -> tuple[tuple[Layer, ...], Path | None]:
    """The layers, weakest first, of `--config KEY=VALUE` and the options, and the file that `--config` names.

    Raises:
        click.UsageError: the options exclude each other.
        ConfigError: a layer is not valid.
    """
    pairs = [value for value in config if "=" in value and not Path(value).is_file()]
    files = [Path(value) for value in config if value not in pairs]
    if len(files) > 1:
        raise click.UsageError("--config can name only one file; settings can be added as `KEY=VALUE`.")
    if files and not files[0].is_file():
        raise click.UsageError(
            f"--config: there is no file {str(files[0])!r}; a setting is written `KEY=VALUE`."
        )
    if files and isolated:
        raise click.UsageError("--config and --isolated exclude each other.")
    layers: list[Layer] = []
    if pairs:
        from kerasfix.config.file import parse_pair

        layers += map(parse_pair, pairs)
    if own := _of_options(options):
        layers.append(own)
    return tuple(layers), files[0] if files else None


def _of_options(options: dict[str, Any]) -> Layer:
    """The keys that have an option of their own, as far as it was given."""
    layer: Layer = {}
    for key in (*_SELECTORS, *_PER_FILE, *_LISTS, *_VALUES):
        value = options.get(key.replace("-", "_"))
        if value is None or value == ():
            continue
        if key in _PER_FILE:
            layer[key] = {}
            for pattern, selector in chain(*value):
                layer[key].setdefault(pattern, []).append(selector)
        elif key in _VALUES:
            layer[key] = value
        else:
            layer[key] = list(chain(*value))
        _check(key, layer[key])
    return layer


def _check(key: str, value: Any) -> None:
    from kerasfix.config import check_selectors

    if key in _SELECTORS:
        check_selectors(value, f"--{key}")
    elif key in _PER_FILE:
        for selectors in value.values():
            check_selectors(selectors, f"--{key}")
