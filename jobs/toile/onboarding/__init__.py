"""Makes a model of a table: looks at it, proposes, and writes files that a person reviews."""
