"""Running the program for one notice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress

from alpr_core import InputError, Notice
from alpr_notify_command import CommandOptions

SURROUNDINGS = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All of the environment that the program sees: the node's own may hold secrets."""


class Program:
    """The notifier. Fulfils `alpr_core.Notifier`.

    Args:
        options: what to run, and how long it may take.
    """

    def __init__(self, options: CommandOptions) -> None:
        self._options = options

    def send(self, notice: Notice) -> None:
        """Run the program with the notice on its standard input; exit status 0 says that it is delivered.

        Raises:
            InputError: it cannot be run, takes too long, or ends otherwise. What it prints is never quoted.
        """
        program = self._options.run[0]
        try:
            running = subprocess.Popen(  # noqa: S603  its words stand in the settings, and no shell reads them
                self._options.run,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=SURROUNDINGS,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise InputError(f"{program} cannot be run: {error.strerror}") from error
        with running:
            try:
                running.communicate(_json(notice), timeout=self._options.timeout)
            except subprocess.TimeoutExpired as error:
                with suppress(ProcessLookupError):  # and whatever it started
                    os.killpg(running.pid, signal.SIGKILL)
                raise InputError(f"{program} took longer than {self._options.timeout:g} seconds") from error
        if running.returncode:
            raise InputError(f"{program} ended with exit status {running.returncode}")


def _json(notice: Notice) -> bytes:
    """Return the notice as one line of JSON."""
    fields = {
        "kind": notice.kind,
        "urgency": notice.urgency,
        "text": notice.text,
        "numbers": dict(notice.numbers),
        "node": notice.node,
        "at": notice.at.isoformat(timespec="seconds"),
        "to": notice.to,
    }
    return json.dumps(fields).encode() + b"\n"
