"""From raw files of a source to typed, immutable rows in the landing.

The way of a row: `sources` deliver files, `mapping` says which column is which, `raw_files` reads them
as text, `expressions` types them by contract, `conversion` parts good rows from bad, `versions` leaves
out what is landed already, `landing` publishes the load in one rename. Metrics do not belong here.
"""
