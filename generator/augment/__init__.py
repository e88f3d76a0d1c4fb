"""Augmentations: a set is widened, and its meaning is kept where it should be."""
