"""Probability that a customer leaves within a horizon: calibrated, gated, explained, stored as tables.

`train.fit` learns from the table of past snapshots, `predict.predict` scores snapshots with the result.
Pure functions, frame in, frame out. Not here: the card (`scoring.card`), SQL that measures the
snapshots, reading and writing tables (`scoring.warehouse`).
"""
