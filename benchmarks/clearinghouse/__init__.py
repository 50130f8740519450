"""The clearinghouse with ten thousand nodes and a hundred thousand vessels in PostgreSQL.

A file for each benchmark, with its targets; `database` and `filling` make what they are measured on.
"""
