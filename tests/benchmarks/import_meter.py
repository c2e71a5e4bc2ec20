"""CPU seconds that a process spends on importing modules, wherever in its run it does so."""

from __future__ import annotations

import builtins
import importlib
import threading
import time
from typing import Any


class ImportMeter:
    """Sums the outermost imports of every thread from when it is installed."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0
        self._here = threading.local()

    def install(self) -> None:
        """Wrap the two ways in which Python imports."""
        builtins.__import__ = self._metered(builtins.__import__)
        importlib.import_module = self._metered(importlib.import_module)

    def _metered(self, load: Any) -> Any:
        def metered(*arguments: Any, **named: Any) -> Any:
            if getattr(self._here, "is_importing", False):
                return load(*arguments, **named)
            self._here.is_importing = True
            began = time.thread_time()
            try:
                return load(*arguments, **named)
            finally:
                self.cpu_seconds += time.thread_time() - began
                self._here.is_importing = False

        return metered
