"""Sources of raw files: each system that Tenure reads from has one module here.

`protocol` says what a source is; a connector to an API writes what it fetched to JSON lines and
delivers those files, so that typing, quarantine and idempotence stay in one place.
"""
