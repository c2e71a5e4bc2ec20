"""Data quality: the contracts of raw objects and the gates between the layers."""
