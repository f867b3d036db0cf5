"""How many parameters layers have."""

from __future__ import annotations


def dense(inputs: int, neurons: int, bias: int = 1) -> int:
    """Weights and biases of a fully connected layer: each neuron has a weight for each input, and `bias` biases (1, or
    0 where there are none). Goodfellow et al., Deep Learning, section 6.1: W is inputs by neurons, b is (neurons)."""
    return (inputs + bias) * neurons
