"""Novelty filters: how like a text is to those that the pool already holds, and which of them is the nearest."""
