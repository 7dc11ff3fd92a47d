"""Start the server as the package `_kerasfix_child`, so that no module here can shadow one of the user's."""

import importlib
import importlib.util
import sys
from pathlib import Path


def _start() -> None:
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != here]
    name = "_kerasfix_child"
    spec = importlib.util.spec_from_file_location(
        name, here / "__init__.py", submodule_search_locations=[str(here)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{name}.server").main()


if __name__ == "__main__":
    _start()
