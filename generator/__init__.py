"""Seedbed: grows instruction data from seed tasks."""
