"""`python -m generator`, and the script `seedbed`. Ctrl-C while the code is still being loaded ends it without a traceback."""

import os
import signal

_INTERRUPTED = 130
_hears = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever began it wants it unheard
if _hears:
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))

from generator.cli.app import main  # noqa: E402 - this is what takes so long

if _hears:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
