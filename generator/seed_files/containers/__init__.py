"""Containers: one module a kind of file, each turning bytes into numbered raw records as a stream."""
