"""Hygiene of records: what they hold that does not belong into a data set."""
