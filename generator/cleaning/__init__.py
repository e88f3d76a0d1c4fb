"""Cleaning: profiles of small steps that mend or drop records, with every change counted."""
