"""Elimination: the cheap rules that run before anything that costs a call, each with a reason of its own."""
