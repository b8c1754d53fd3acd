"""One child process with its whole family: started apart, watched, ended together."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import psutil

from cerebro_core.blocks.display import display
from cerebro_core.errors import RunError

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.2


class LimitReached(Exception):
    """A limit ended the child; the message says which."""


class Child:
    """A process in a session of its own, with its stdout and stderr to read."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], terminal: bool) -> None:
        """Start it.

        Args:
            command: program and arguments.
            environment: all of its environment.
            terminal: give it a terminal as stderr, so that libraries draw their progress bars.

        Raises:
            RunError: where it cannot be started.
        """
        near, far = _terminal() if terminal else (None, None)
        try:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if far is None else far,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except (OSError, ValueError) as error:
            if near is not None:
                os.close(near)
            raise RunError(f"{display(command[0], 400)} cannot be started: {display(error)}") from None
        finally:
            if far is not None:
                os.close(far)
        assert self._process.stdout is not None
        self.stdout: IO[bytes] = self._process.stdout
        self.stderr: IO[bytes] = os.fdopen(near, "rb", 0) if near is not None else self._process.stderr  # type: ignore[assignment]
        self._family: dict[int, psutil.Process] = {}

    def wait(self, timeout: float | None, memory: int | None, caught: Sequence[int]) -> int:
        """Wait until it ends.

        Args:
            timeout: seconds that it may take.
            memory: bytes that it and its children may hold in memory (resident set size).
            caught: signals that this process got; one is enough to stop waiting.

        Returns:
            its exit code; negative for the signal that killed it.

        Raises:
            LimitReached: naming the limit; the family still runs.
            KeyboardInterrupt: a signal was caught; the family still runs.
        """
        started = time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(POLL_SECONDS)
            if caught:
                raise KeyboardInterrupt
            if timeout is not None and time.monotonic() - started > timeout:
                raise LimitReached(f"ran longer than {timeout:g} s, the time limit (--timeout)")
            held = self._measure()
            if memory is not None and held > memory:
                raise LimitReached(f"held {_size(held)} of memory, more than the limit of {_size(memory)} (--memory)")

    def end(self) -> None:
        """End it and all that it started: asked first, killed after a grace."""
        if self._process.poll() is None:
            self._measure()
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        for member in self._family.values():
            with contextlib.suppress(psutil.Error):
                if member.is_running():  # the same process still, not another with its number
                    member.kill()
        self._process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            elif self._process.poll() is None:
                self._process.terminate()

    def _measure(self) -> int:
        """Resident bytes of the family; remembers its members, also those that leave the group."""
        held = 0
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            for member in (root, *root.children(recursive=True)):
                self._family[member.pid] = member
        for pid, member in list(self._family.items()):
            try:
                held += member.memory_info().rss
            except psutil.Error:
                del self._family[pid]
        return held


@contextlib.contextmanager
def deferred_signals() -> Iterator[list[int]]:
    """Collect SIGINT, SIGTERM and SIGHUP while a run lasts, so that cleaning up is never cut short.

    Yields:
        the signals caught so far; the caller ends the run when there is one. Outside the main thread nothing can
        be caught, and the list stays empty.
    """
    caught: list[int] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT)):
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None) and number not in before:
                before[number] = handler
                signal.signal(number, lambda signum, _frame: caught.append(signum))
    try:
        yield caught
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _terminal() -> tuple[int, int] | tuple[None, None]:
    """A pseudo-terminal as wide as ours, as descriptors of its near and far end; none where there are none."""
    try:
        import fcntl
        import pty
        import struct
        import termios

        near, far = pty.openpty()
    except (ImportError, OSError):
        return None, None
    size = shutil.get_terminal_size()
    with contextlib.suppress(OSError, termios.error):
        attributes = termios.tcgetattr(far)
        attributes[1] &= ~termios.OPOST  # leave line ends as the script writes them
        termios.tcsetattr(far, termios.TCSANOW, attributes)
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))
    return near, far


def _size(amount: int) -> str:
    return f"{amount / 2**30:.2f} GB" if amount >= 2**30 else f"{amount / 2**20:.0f} MB"
