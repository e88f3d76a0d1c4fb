"""Duplicates in files that others made: found by the filters of a run, taken out, and accounted for."""
