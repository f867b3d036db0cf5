"""Perceptrons and multilayer nets: reading them, building them, counting their parameters."""
