"""A small scorer out of a critic's verdicts."""
