"""Shapes: one module a form of record, each turning a raw record into a seed task."""
