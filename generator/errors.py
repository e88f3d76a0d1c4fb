"""The error tree. Every error that Seedbed raises on purpose is one of these; a message is for the person at the keyboard.

SeedbedError                  exit status 1: the run failed
├── InputError                exit status 2: the user's input is wrong; says what, where, and what to do
│   ├── SeedError             a seed file; carries file and line
│   ├── ConfigError           the configuration, a flag, or a run folder that belongs to another configuration
│   └── TemplateError         a prompt template: syntax, an undefined variable, a bad head
├── BackendError              a call that failed
│   ├── RetryableError        may work later (429, 5xx, time-out, dropped connection); may say when (`retry_after_s`)
│   ├── RefusedError          will never work for this request (400, content filter): the candidate fails, no other
│   ├── BackendSetupError     will never work for any request (401, 403, 404, nothing listens at the address)
│   └── BackendGoneError      has not answered for too long: the run ends, everything answered is kept
├── ReplyError                a completion that is not in the form asked for; carries the raw text
└── LimitReached              exit status 3: a limit (budget, candidates, stall) ends the run; what is there is whole
"""

from __future__ import annotations


class SeedbedError(Exception):
    """The root of the tree."""

    exit_status = 1


class InputError(SeedbedError):
    """What the user gave is wrong; nothing was spent."""

    exit_status = 2


class SeedError(InputError):
    """A seed file cannot be used. The message begins with `FILE:LINE:` where a line is to blame."""


class ConfigError(InputError):
    """The configuration cannot be used."""


class TemplateError(InputError):
    """A prompt template cannot be used. The message names the file and, where known, the line."""


class BackendError(SeedbedError):
    """A call to a model failed."""


class RetryableError(BackendError):
    """A call that may work later. `retry_after_s` is the server's own wish in seconds, None where it has none.

    `limited`: the server is there and turned the call away (429). `overloaded`: a sign that it has too much to do (any
    of those, 503, 504, a time-out).
    """

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, limited: bool = False, overloaded: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limited = limited
        self.overloaded = overloaded or limited


class RefusedError(BackendError):
    """The back end will never answer this request; others are untouched.

    `is_answer`: the server read the request and said so. Then it is kept like an answer.
    """

    def __init__(self, message: str, *, is_answer: bool = False) -> None:
        super().__init__(message)
        self.is_answer = is_answer


class BackendSetupError(BackendError):
    """The back end cannot answer any request as it is set up (address, key, model)."""

    exit_status = 2


class BackendGoneError(BackendError):
    """The back end has stopped answering."""


class ReplyError(SeedbedError):
    """A completion is not in the form asked for. `reason` is a short name for the funnel, `raw` the text as it came."""

    def __init__(self, reason: str, message: str, *, raw: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.raw = raw


class LimitReached(SeedbedError):  # noqa: N818  (it is an end, not a fault)
    """A limit ends the run; what is there is whole and valid."""

    exit_status = 3
