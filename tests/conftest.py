"""Shared fixtures: the network is closed but for the loopback; the recorded data, where it is there."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


# A busy machine is no fault of the code's; and where a run decides about a change, it decides the same each time.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def close_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guard(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guard)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """The recorded runs and real data sets that lie beside a checkout, never in it."""
    folder = Path(os.environ.get("SEEDBED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder} (set SEEDBED_DATA)")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the recorded data, so that it runs only where it is asked for (`-m recorded`)."""
    for item in items:
        if "recorded_data" in getattr(item, "fixturenames", ()):
            item.add_marker("recorded")
