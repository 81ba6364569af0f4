"""One page per child and one per unit: what the signed-in user may see, and nothing else."""
