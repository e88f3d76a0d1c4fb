"""Constraints that code can check: what each asks for, in words, and whether a response meets it."""
