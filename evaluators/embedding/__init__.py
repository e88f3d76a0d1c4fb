"""Embedders: texts → vectors of length 1 whose inner product is the cosine similarity. One file each."""
