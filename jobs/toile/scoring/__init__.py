"""The champion at work: whole partitions of rows, and the few of a smoke test."""
