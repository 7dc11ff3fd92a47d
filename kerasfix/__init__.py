"""kerasfix: a static checker and auto-fixer for Keras model code."""

from pathlib import Path

__version__ = "0.1.0"

_package = Path(__file__).parent
if not (_package / "rules").is_dir():  # a checkout: rules/ lies beside this package
    __path__.append(str(_package.parent))
