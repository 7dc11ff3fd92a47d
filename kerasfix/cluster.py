"""Workers on other machines: those of an existing Dask cluster."""

import logging
import time
from dataclasses import dataclass
from typing import Any

import click

from kerasfix import __version__
from kerasfix.spread import Workers

PATIENCE = 60.0
"""Seconds without anybody after which the work is given up: a cluster starts workers again, or more of them."""


class CannotSpread(click.UsageError):
    """There is no executor as it was asked for; the message says what to do."""


def connect(address: str) -> Workers:
    """The workers behind an address: `dask://host:port`.

    Raises:
        CannotSpread: there is none.
    """
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise CannotSpread(f"--executor takes an address like `dask://host:8786`, not {address!r}.")
    try:
        from distributed import Client
    except ImportError:
        raise CannotSpread("--executor dask://... needs Dask: pip install 'kerasfix[dask]'.") from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what is wrong is said here
    try:
        client: Any = Client(f"tcp://{place}", timeout=10, set_as_default=False)  # type: ignore[no-untyped-call,unused-ignore]
        there_by_worker = client.run(_version)
    except ImportError as error:
        raise CannotSpread(f"{address}: the workers cannot import kerasfix: {error}.") from None
    except (OSError, ValueError) as error:
        raise CannotSpread(f"{address}: {error or 'no answer'}") from None
    there = set(there_by_worker.values())
    if there - {__version__}:
        raise CannotSpread(
            f"{address}: workers have kerasfix {', '.join(sorted(there))}, this is {__version__}."
        )
    if not there:
        raise CannotSpread(f"{address}: the cluster has no workers.")
    return Workers(lambda: client.get_executor(pure=False), len(there_by_worker), _Presence(address, client))


@dataclass
class _Presence:
    """Whether a cluster still has a scheduler, and workers."""

    address: str
    client: Any
    missing_since: float | None = None

    def __call__(self) -> str:
        try:
            workers = self.client.scheduler_info()["workers"]
        except Exception:  # of many kinds, while a connection is lost and when it is
            workers = {}
        if self.client.status in ("closing", "closed"):
            return f"{self.address}: the scheduler is gone"
        now = time.monotonic()
        self.missing_since = None if workers else self.missing_since or now
        if self.missing_since is not None and now - self.missing_since >= PATIENCE:
            return f"{self.address}: there has been no worker for {PATIENCE:g} seconds"
        return ""


def _version() -> str:
    return __version__
