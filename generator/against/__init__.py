"""What candidates are held against beside the pool of their own run: earlier sets, and benchmarks."""
