"""The files of a batch: requests out, results in, one JSON object a line, in the form of OpenAI's Batch API.

A request is `{"custom_id", "method", "url", "body"}`, its `custom_id` the journal's key, its body what the back end
`openai` would post. A result is `{"custom_id", "response": {"status_code", "body"}, "error"}`. What is not a chat
completion is never taken for one.

Source: https://platform.openai.com/docs/api-reference/batch; vLLM's `run_batch` reads and writes the same.
Deviation: three line separators beyond ASCII, which JSON allows in a text, are escaped: some readers cut lines there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from generator.backends.openai_dialect import Dialect
from generator.backends.openai_wire import find_message, make_body, read_completion, read_error
from generator.errors import ConfigError
from generator.types import ChatRequest, Completion

URL = "/v1/chat/completions"
MOST_REQUESTS = 50_000  # in one file; the Batch API's limits
MOST_BYTES = 200_000_000
_BEGINNING = b'{"custom_id": "'
_SEPARATORS = re.compile("[\u0085\u2028\u2029]")
_LONGEST_QUOTE = 200
_REFUSING = (400, 413, 422)


@dataclass(frozen=True, slots=True)
class RequestFile:
    """A file that was written: where it lies, its one model, and how many requests it holds."""

    path: Path
    model: str
    requests: int


@dataclass(frozen=True, slots=True)
class Result:
    """One line of results: answered, failed (the server says why), or damaged (the line is not a result)."""

    status: Literal["answered", "failed", "damaged"]
    key: str = ""
    completion: Completion | None = None
    said: str = ""
    is_refused: bool = False  # by a status that tells that this request will never be answered


def check_target(path: Path) -> None:
    """Check that requests can be written there. Raises `ConfigError` where something else would be overwritten."""
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}.")
    for part in _list_parts(path):
        if not _is_ours(part):
            raise ConfigError(f"{part}: is there already, and is no file of batch requests. Choose another name.")


def _list_parts(path: Path) -> Iterator[Path]:
    """Yield FILE, FILE-2, … as far as they are there."""
    number = 1
    while (part := _name_part(path, number)).exists():
        yield part
        number += 1


def _name_part(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_BEGINNING)) in (_BEGINNING, b"")


def write_requests(path: Path, requests: Mapping[str, ChatRequest]) -> list[RequestFile]:
    """Write requests, by key, to FILE, FILE-2, …: one model a file, the oldest first; each file whole or not at all.

    What an earlier call left under these names goes.
    """
    files: list[RequestFile] = []
    try:
        in_order = sorted(requests.items(), key=lambda item: item[1].order)
        for model in dict.fromkeys(request.model for _, request in in_order):
            for lines in _cut(_make_line(key, request) for key, request in in_order if request.model == model):
                file = RequestFile(_name_part(path, len(files) + 1), model, len(lines))
                files.append(file)
                _name_temporary(file.path).write_bytes(b"".join(lines))
        for file in files:
            _name_temporary(file.path).replace(file.path)
    finally:
        for file in files:
            _name_temporary(file.path).unlink(missing_ok=True)
    for stale in [part for part in list(_list_parts(path))[len(files) :] if _is_ours(part)]:
        stale.unlink()
    return files


def _name_temporary(path: Path) -> Path:
    return path.with_name(path.name + ".tmp")


def _make_line(key: str, request: ChatRequest) -> bytes:
    body = _SEPARATORS.sub(lambda match: f"\\u{ord(match[0]):04x}", make_body(request, Dialect()).decode())
    return f'{{"custom_id": "{key}", "method": "POST", "url": "{URL}", "body": {body}}}\n'.encode()


def _cut(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines in lists that each make one file."""
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and (len(part) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part


def read_results(path: Path) -> Iterator[tuple[str, Result]]:
    """Yield `FILE:LINE` and the result of every line that is not blank. Raises `ConfigError` for an unreadable file."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path}:{number}", read_result(line)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error


def read_result(line: bytes) -> Result:
    """Return what one line says."""
    try:
        row = json.loads(line)
        return _read_row(row)
    except (ValueError, RecursionError):
        is_torn = not line.endswith(b"\n")
        return Result("damaged", said="the line is cut off" if is_torn else "not a line of JSON")


def _read_row(row: Any) -> Result:
    if not isinstance(row, dict) or not isinstance(key := row.get("custom_id"), str):
        return Result("damaged", said="not a result: it has no custom_id")
    if "response" not in row and "error" not in row:
        return Result("damaged", said="not a result: it has no response, as lines of a file of requests")
    response, error = row.get("response"), row.get("error")
    status, body = (response.get("status_code"), response.get("body")) if isinstance(response, dict) else (None, None)
    if error or status != 200:
        return _fail(key, status, find_message(error) or find_message(body))
    if (inner := read_error(body)) is not None:
        return _fail(key, *inner)
    try:
        return Result("answered", key, read_completion(body))
    except ValueError as fault:
        return Result("failed", key, said=str(fault))


def _fail(key: str, status: object, message: str) -> Result:
    what = f"HTTP {status}" if status is not None else "no response"
    said = (f"{what}: {message}" if message else what)[:_LONGEST_QUOTE]
    return Result("failed", key, said=said, is_refused=status in _REFUSING)
