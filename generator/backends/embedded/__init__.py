"""A back end that works by rules: real records without a model, a key or a download."""
