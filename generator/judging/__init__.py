"""Judging records: what comes after the response, in a run of any recipe and by itself."""
