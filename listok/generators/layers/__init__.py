"""Layers and regularisation: activations, temperature, ridge, dropout, initialisation."""
