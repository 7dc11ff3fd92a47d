"""`python -m kerasfix`."""

import sys

if __name__ == "__main__":
    # `-m` puts the current folder first: what lies there is checked, never imported.
    if not sys.flags.safe_path:
        del sys.path[0]
    from kerasfix.cli import main

    main(prog_name="kerasfix")
