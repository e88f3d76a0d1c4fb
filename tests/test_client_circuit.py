"""The circuit: it opens at many faults in a row, lets one call at a time probe, and closes when one is answered."""

from __future__ import annotations

import contextlib

from generator.client.circuit import FIRST_PAUSE_S, LONGEST_PAUSE_S, OPEN_AFTER, PROBE_PATIENCE_S, SILENCE_S, Circuit
from generator.client.limiter import Limiter
from generator.errors import RetryableError
from generator.types import ChatRequest, Completion
from tests.simulated_time import run_simulated


class Failing:
    """Fails with one error after the other."""

    name = "failing"

    def __init__(self, errors: list[RetryableError]) -> None:
        self._errors = list(errors)

    async def complete(self, request: ChatRequest) -> Completion:
        raise self._errors.pop(0)

    async def close(self) -> None:
        pass


def open_circuit(at: float = 100.0) -> Circuit:
    circuit = Circuit()
    for _ in range(OPEN_AFTER):
        assert not circuit.is_open
        circuit.note_fault(at)
    assert circuit.is_open
    return circuit


def test_answers_between_faults_keep_it_closed() -> None:
    circuit = Circuit()
    for number in range(100):
        circuit.note_fault(number)
        if number % (OPEN_AFTER - 1) == 0:
            circuit.note_answer(sent=0.0, now=number)
    assert not circuit.is_open


def test_a_straggler_does_not_close_it() -> None:
    circuit = open_circuit()
    assert not circuit.note_answer(sent=99.0, now=101.0)
    assert circuit.is_open
    assert circuit.note_answer(sent=100.0, now=102.0)
    assert not circuit.is_open
    assert not circuit.note_answer(sent=101.0, now=103.0), "it closes once"


def test_probes_come_ever_more_seldom_up_to_a_limit() -> None:
    circuit = open_circuit()
    assert circuit.next_probe == 100 + FIRST_PAUSE_S
    circuit.note_fault(140.0)
    assert circuit.next_probe == 142.0
    circuit.note_fault(1000.0)
    assert circuit.next_probe == 1000 + LONGEST_PAUSE_S


def test_a_probe_that_hangs_is_followed_by_another() -> None:
    circuit = open_circuit()
    circuit.note_probe(101.0)
    assert circuit.next_probe == 101 + PROBE_PATIENCE_S


def test_after_it_closed_it_takes_as_many_faults_to_open_again() -> None:
    circuit = open_circuit()
    circuit.note_answer(sent=200.0, now=201.0)
    for _ in range(OPEN_AFTER - 1):
        circuit.note_fault(201.0)
    assert not circuit.is_open
    circuit.note_fault(201.0)
    assert circuit.is_open


def test_time_outs_open_it_only_where_nothing_is_answered() -> None:
    circuit = Circuit()
    circuit.note_answer(sent=0.0, now=10.0)
    for _ in range(100):  # a burst that times out in one moment
        circuit.note_fault(10.0 + SILENCE_S / 2, overloaded=True)
    assert not circuit.is_open
    for _ in range(OPEN_AFTER):
        circuit.note_fault(10.0 + SILENCE_S, overloaded=True)
    assert circuit.is_open


def test_a_server_that_turns_calls_away_between_its_faults_is_there() -> None:
    for between, is_open in ((RetryableError("HTTP 429", limited=True), False), (RetryableError("HTTP 500"), True)):
        errors = [*[RetryableError("HTTP 500")] * (OPEN_AFTER - 1), between, RetryableError("HTTP 500")]
        limiter = Limiter(Failing(errors), 1)

        async def work(limiter: Limiter = limiter, count: int = len(errors)) -> None:
            for number in range(count):
                with contextlib.suppress(RetryableError):
                    await limiter.complete(ChatRequest((), "m", draw=number))

        run_simulated(work())
        assert limiter.is_open is is_open
