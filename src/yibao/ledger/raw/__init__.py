"""Raw files as columns of text, each record with its place: CSV, Excel and Parquet, the same for every source.

What a cell cannot say exactly (a number with more digits than it was stored with, an error of a formula) is a fault of
its record, never a value.
"""
