"""Where an OpenAI-compatible server is, and what this process needs to reach it: address, key, open files."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from generator.errors import ConfigError

OFFICIAL_URL = "https://api.openai.com/v1"
SPARE_FILES = 128  # open files beside the connections
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0)$")
_KEY = re.compile(r"^[!-~]+$")


def is_on_this_machine(url: str) -> bool:
    """Say whether an address is one of this machine's own."""
    return _LOOPBACK.match(urlsplit(url).hostname or "") is not None


def check_address(base_url: str | None, api_key_env: str) -> tuple[str, str | None]:
    """Return address and key to use. Raises `ConfigError` for a malformed address or key, or a missing key."""
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OFFICIAL_URL
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise ConfigError(f"--base-url {url}: not an address; it looks like http://127.0.0.1:8000/v1.")
    if "@" in parts.netloc:
        raise ConfigError(f"--base-url: a key or password has no place in the address; put the key into {api_key_env}.")
    key = os.environ.get(api_key_env, "").strip()
    if key and not _KEY.match(key):
        raise ConfigError(f"{api_key_env}: not a key; it holds spaces or signs beyond ASCII.")
    if not key and not is_on_this_machine(url):
        raise ConfigError(
            f"No key for {host}: set {api_key_env}, or point --base-url at a server on this machine, "
            "or use --backend embedded, which needs none."
        )
    return url, key or None


def allow_connections(count: int) -> None:
    """Let this process hold so many connections. Raises `ConfigError` where the system does not."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    wanted = count + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"--concurrency {count}: the system allows this process {hard} open files. Ask for less, or raise "
            "`ulimit -n`."
        ) from error
