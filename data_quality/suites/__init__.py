"""The rules of each gate, declared: which rows are looked at, what should hold, what to do if not.

One rule, one home: rules about single rows (not null, unique, accepted values, relationships) are
dbt tests; here are the rules that need history, statistics, several tables or the raw files.
"""
