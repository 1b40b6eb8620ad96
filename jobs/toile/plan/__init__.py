"""What a change does before it is merged: conf/ of two revisions, read alike and compared."""
