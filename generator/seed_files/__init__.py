"""Seed files → seed tasks: containers (bytes → numbered raw records) apart from shapes (raw record → seed task)."""
