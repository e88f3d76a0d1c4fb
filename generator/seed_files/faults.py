"""What is wrong in a seed file, by line: collected rather than raised, and bounded however broken the file is.

A fault stops a run before anything is spent; a warning never stops one. A message reads `what is wrong. What to do.`
and takes its `FILE:LINE:` when it is shown. Text of the file enters a message only quoted, so that neither control
characters nor lone surrogates reach a terminal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MAX_SHOWN = 20  # faults, and warnings, kept of one file; the rest is counted. A screenful; chosen, not measured
MAX_REPORTED = 10_000  # of each, in a report that is to have them all: a few megabytes
MAX_QUOTED = 40  # characters of the file's own text in a message
MAX_NAMES = 8  # field names listed in a message


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `line` counts from 1; None where the file as a whole is to blame. `element` as in `Notes`."""

    line: int | None
    message: str
    element: int = 0


@dataclass(slots=True)
class Notes:
    """The faults and warnings of one file: the first `kept` distinct ones of each, and how many there were.

    `element` is for records that share a line: the place in the array (from 1), 0 where the line says enough.
    `on_fault` is told every fault as it is found, those beyond `kept` too; it may raise to end the reading.
    `on_left_out` is told of each record that is sound but holds no task, which is a warning.
    """

    kept: int = MAX_SHOWN
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    warning_count: int = 0
    unshown_warning_count: int = 0
    on_fault: Callable[[Fault], None] | None = None
    on_left_out: Callable[[Fault], None] | None = None
    _warnings: dict[str, tuple[Fault, int]] = field(default_factory=dict)

    def fault(self, line: int | None, message: str, element: int = 0) -> None:
        """Note a fault."""
        self.fault_count += 1
        fault = Fault(line, _name_element(message, element), element)
        if len(self.faults) < self.kept:
            self.faults.append(fault)
        if self.on_fault is not None:
            self.on_fault(fault)

    def warn(self, line: int | None, message: str, element: int = 0, count: int = 1) -> None:
        """Note a warning, `count` times. The same message again is counted with its first place, not shown anew."""
        self.warning_count += count
        if message in self._warnings:
            first, times = self._warnings[message]
            self._warnings[message] = (first, times + count)
        elif len(self._warnings) < self.kept:
            self._warnings[message] = (Fault(line, _name_element(message, element)), count)
        else:
            self.unshown_warning_count += count

    def leave_out(self, line: int | None, message: str, element: int = 0) -> None:
        """Note that a record is left out, as a warning."""
        self.warn(line, message, element)
        if self.on_left_out is not None:
            self.on_left_out(Fault(line, _name_element(message, element), element))

    @property
    def warnings(self) -> list[Fault]:
        """The warnings, each at its first place and with how often it came."""
        return [
            first if times == 1 else Fault(first.line, f"{first.message} ({times} times, the first here.)")
            for first, times in self._warnings.values()
        ]


def _name_element(message: str, element: int) -> str:
    return f"element {element}: {message}" if element else message


def quote_text(text: str) -> str:
    """Return the text's beginning in quotes, with everything unprintable escaped."""
    return repr(text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…")


def quote_names(names: list[str]) -> str:
    """Return field names as a quoted, bounded list."""
    shown = ", ".join(quote_text(name) for name in names[:MAX_NAMES])
    return f"{shown}, …" if len(names) > MAX_NAMES else shown or "nothing"


def name_path(path: Path) -> str:
    """Return the path as shown to a person: as it was given, a byte that is not UTF-8 escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def format_fault(path: Path, fault: Fault) -> str:
    """Return `FILE:LINE: message`, or `FILE: message` where no line is to blame."""
    place = name_path(path) if fault.line is None else f"{name_path(path)}:{fault.line}"
    return f"{place}: {fault.message}"
