"""Scores in the warehouse: reads inputs and seeds, appends tables in schema `scores`.

Only reading, writing and their order belong here; every number is made by the pure packages beside it.
"""
