"""Exit codes of `tenure`; scripts rely on them."""

OK = 0
FAILED = 1
USAGE = 2
CHECKS_FAILED = 3
WARNED = 4
LOCKED = 5
INTERRUPTED = 130
