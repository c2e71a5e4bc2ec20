"""Releases: a staged copy of the marts that is audited, sealed and then swapped in at once.

Read `publish.py` first. What a release contains is in `staged_copy.py` and `manifest.py`, what must
hold before readers see it in `audit.py`, how it reaches them in `current_link.py`.
Not here: the checks of the warehouse itself and the comparison of closed months (`data_quality`),
the report (`orchestration/reporting`).
"""
