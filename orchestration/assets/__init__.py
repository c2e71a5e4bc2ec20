"""Assets: one per table, named schema/table, in the order in which the data flows.

simulated → landing → reference, staging → intermediate, marts → scores → release. Each module turns
one step of the run into assets; the work itself is done by the packages that know no Dagster.
"""
