"""Whether a Dask scheduler is at an address: asked with a plain socket, which gives up in time and minds Ctrl-C."""

from __future__ import annotations

import re
import socket
import time

from valuechain.errors import ParameterError, SchedulerError

_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://(\[[^\s/\]]+\]|[^\s/:]+):(\d{1,5})/?")

_MOST_GREETING = 1 << 20
"""A scheduler greets with the length of its greeting, eight bytes; whatever seems longer than this is no greeting."""

_RETRY_SECONDS = 0.5


def parsed_address(address: str) -> tuple[str, str, int]:
    """Return protocol, host and port of an address; refuse what is none."""
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found is None or not 0 < int(found[3]) < 65_536:
        raise ParameterError(f"scheduler {address!r} is no address; write it as tcp://host:8786")
    return found[1], found[2].strip("[]"), int(found[3])


def refuse_silence(address: str, seconds: float) -> None:
    """Refuse an address where nobody answers within some seconds, or somebody else than a Dask scheduler.

    Raises
    ------
    SchedulerError
        Saying what the system says: connection refused, unknown host, no answer.
    """
    protocol, host, port = parsed_address(address)
    until = time.monotonic() + seconds
    while True:
        try:
            left = max(0.1, until - time.monotonic())
            with socket.create_connection((host, port), timeout=left) as opened:
                # A scheduler speaks first. The other protocols begin with the client's words.
                is_dask = protocol != "tcp" or _greets(opened)
            break
        except OSError as error:
            # It may have been started just now.
            if time.monotonic() + _RETRY_SECONDS > until:
                reason = error.strerror or str(error) or type(error).__name__
                raise SchedulerError(
                    f"scheduler {address} does not answer ({reason}); check the address, and that it runs"
                ) from error
            time.sleep(_RETRY_SECONDS)
    if not is_dask:
        raise SchedulerError(f"{address} is no Dask scheduler; check host and port")


def _greets(opened: socket.socket) -> bool:
    words = b""
    while len(words) < 8:
        more = opened.recv(8 - len(words))
        if not more:
            return False
        words += more
    return int.from_bytes(words, "little") < _MOST_GREETING
