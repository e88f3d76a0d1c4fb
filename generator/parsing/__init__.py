"""Completion text to records: one module a reply form, all of it pure."""
