"""Reporting: what people read about a release. Computing a figure does not belong here."""
