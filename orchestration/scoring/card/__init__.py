"""The transparent health card: measured inputs in, a score per customer and snapshot and its points out.

Begin with `score.py`. Not here: what the inputs are measured from, files, the warehouse.
"""
